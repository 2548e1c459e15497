"""Makes ready what a server needs before it starts; running it again is harmless."""

from __future__ import annotations

from django.core.management import call_command
from django.db import Error as DatabaseFailure
from django.db import connections

from coterie.cli.failures import ExitCode
from coterie_web.accounts.first import first_link
from coterie_web.demo.shop import catalog_text
from coterie_web.site.configuration import Configuration, ConfigurationError
from coterie_web.site.static_files import gather

__all__ = ["first_link", "prepare"]

_EMPTY_CATALOG = """\
# What may be asked about: see docs/conditions.md. `coterie catalog infer` proposes one from data files.
coterie: 1
organization: {time_zone: UTC}
contact:
  key: contact_id
  name: [name]
  email: email
  attributes: {name: text, email: text, city: text, created_on: datetime}
entities: {}
relations: {}
interactions: {}
"""


def prepare(configuration: Configuration) -> None:
    """Bring the control database to this version, gather static files, and write a first catalog where none is.

    Raises ConfigurationError (`control_database_failed`, `unwritable_folder`).
    """
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except DatabaseFailure as error:
        raise _unusable(configuration, error) from error
    finally:
        connections.close_all()
    try:
        gather(configuration.static)
        if not configuration.catalog_path.exists():
            text = catalog_text() if configuration.demo else _EMPTY_CATALOG
            configuration.catalog_path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{error.filename}: {error.strerror}.", code="unwritable_folder") from error


def _unusable(configuration: Configuration, error: DatabaseFailure) -> ConfigurationError:
    where = "database_url" if configuration.database_url else str(configuration.control)
    said = " ".join(str(error).split())
    return ConfigurationError(
        f"{where}: the control database cannot be used: {said}. See docs/operating.md.",
        code="control_database_failed",
        exit_code=ExitCode.STORE,
    )
