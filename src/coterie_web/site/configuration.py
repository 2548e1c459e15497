"""The settings of a server: from the file `coterie.toml` in its folder, and over it from the environment."""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

__all__ = ["FOLDER", "Configuration", "ConfigurationError", "configuration", "from_process"]

FOLDER = "COTERIE_FOLDER"
"""The variable that names the folder in which a server keeps everything."""

_PREFIX = "COTERIE_"
_FILE = "coterie.toml"
_EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not listened on
_LOCAL = ("localhost", "127.0.0.1", "[::1]")
_SECRET = "secret-key"  # noqa: S105 - the name of the file, which is made at the first start


class ConfigurationError(Exception):
    """The server cannot run as it is configured; the message says where, what is wrong, and what to do."""

    def __init__(self, message: str, *, code: str = "invalid_setting", exit_code: int = 2) -> None:
        self.code, self.exit_code = code, exit_code
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """How a server runs. `docs/operating.md` describes each setting."""

    folder: Path
    secret_key: str
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    database_url: str = ""
    catalog: str = "catalog.yaml"
    threads: int = 8
    live_quota: int = 1_000
    keep_days: int = 90
    cache_memory: int = 1 << 30
    test_clock: str = ""
    let_in: str = ""
    demo: bool = False
    demo_contacts: int = 100_000
    demo_interactions: int = 2_000_000
    debug: bool = False

    @property
    def store(self) -> Path:
        """The insights store."""
        return self.folder / "insights.duckdb"

    @property
    def control(self) -> Path:
        """The control database, where it is SQLite."""
        return self.folder / "control.sqlite3"

    @property
    def catalog_path(self) -> Path:
        """The catalog; a relative one lies in the folder."""
        return self.folder / self.catalog

    @property
    def static(self) -> Path:
        """Where static files are gathered."""
        return self.folder / "static"

    @property
    def keep(self) -> timedelta:
        """How long publications of the past are kept."""
        return timedelta(days=self.keep_days)

    @property
    def address(self) -> str:
        """What people type to get here, without a slash at the end."""
        host = "localhost" if self.host in _EVERYWHERE else self.host
        return self.public_url.rstrip("/") or f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names under which requests are answered; under all others they are refused."""
        public = urlsplit(self.public_url).hostname
        here = () if self.host in _EVERYWHERE else (f"[{self.host}]" if ":" in self.host else self.host,)
        return (*_LOCAL, *here, *([public] if public else []), *self.allowed_hosts)


def configuration(folder: Path, environment: Mapping[str, str]) -> Configuration:
    """The settings of the server in that folder. Raises ConfigurationError."""
    names = {field.name for field in fields(Configuration)} - {"folder", "secret_key"}
    given = _read(folder / _FILE, names)
    for name in names:
        if (text := environment.get(_PREFIX + name.upper())) is not None:
            given[name] = text
    typed = {name: _typed(name, value) for name, value in given.items()}
    return Configuration(folder=folder, secret_key=_secret_key(folder), **typed)  # type: ignore[arg-type]


def from_process() -> Configuration:
    """The settings of this process's server: its environment names the folder."""
    environment = os.environ  # noqa: TID251 - the door through which settings come in
    if FOLDER not in environment:
        raise ConfigurationError(f"{FOLDER} is not set: it names the folder of the server. Use `coterie serve FOLDER`.")
    return configuration(Path(environment[FOLDER]), environment)


def _read(file: Path, names: set[str]) -> dict[str, object]:
    """The settings of the file; none where it is not there."""
    if not file.exists():
        return {}
    try:
        read = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}. Mend it, or delete it.") from error
    if unknown := set(read) - names:
        known = ", ".join(sorted(names))
        raise ConfigurationError(f"{file} has unknown settings: {', '.join(sorted(unknown))}. Known: {known}.")
    return read


def _typed(name: str, value: object) -> object:
    """A setting in its type; text of the environment is read, other values must fit."""
    kind = {field.name: field.type for field in fields(Configuration)}[name]
    try:
        match kind:
            case "int":
                number = int(str(value))
                if number < 0:
                    raise ValueError
                return number
            case "bool":
                return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[
                    str(value).lower()
                ]
            case "tuple[str, ...]":
                listed = value if isinstance(value, list) else str(value).split(",")
                return tuple(str(each).strip() for each in listed if str(each).strip())
            case _:
                return str(value)
    except (ValueError, KeyError):
        what = {"int": "a whole number from 0", "bool": "true or false"}[str(kind)]
        raise ConfigurationError(f"The setting {name} is {value!r}, and must be {what}.") from None


def _secret_key(folder: Path) -> str:
    """The key that signs sessions: made at the first start, readable by the server's account alone."""
    file = folder / _SECRET
    try:
        if not file.exists():
            _write_secret(file)
        key = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{file} cannot be used: {error}. The account that serves must be able to write into the folder."
        ) from error
    if not key:
        raise ConfigurationError(f"{file} is empty. Delete it: another one is made, and everybody signs in again.")
    return key


def _write_secret(file: Path) -> None:
    """Whole or not at all: a start that is broken off must not leave half a key."""
    made = file.with_name(f"{file.name}.new")
    made.unlink(missing_ok=True)
    with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as opened:  # noqa: PTH123
        opened.write(secrets.token_urlsafe(48))
    made.rename(file)
