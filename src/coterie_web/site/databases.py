"""The control database: SQLite in the folder, or PostgreSQL by one setting."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from coterie_web.site.configuration import Configuration, ConfigurationError

__all__ = ["database"]

_WAIT_SECONDS = 20


def database(configuration: Configuration) -> dict[str, Any]:
    """Django's settings of the control database. Raises ConfigurationError."""
    return _postgres(configuration.database_url) if configuration.database_url else _sqlite(configuration)


def _sqlite(configuration: Configuration) -> dict[str, Any]:
    # FULL: what was committed survives the machine losing power, as an acknowledged record must.
    start = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY"
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": configuration.control,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": _WAIT_SECONDS, "init_command": start},
        "CONN_MAX_AGE": None,
        "ATOMIC_REQUESTS": False,
        "TEST": {"NAME": configuration.folder / "test.sqlite3"},
    }


def _postgres(address: str) -> dict[str, Any]:
    parts = urlsplit(address)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ConfigurationError(
            "The setting database_url must look like postgresql://user:password@host:5432/database."
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }
