"""Static files, gathered where the server hands them out: compressed, and named by what is in them."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

__all__ = ["gather"]

_MARK = "gathered"


def gather(folder: Path) -> None:
    """Gather them in `folder`, unless those of this version are there already. OSError where it cannot be written."""
    mark, wanted = folder / _MARK, _digest()
    if mark.exists() and mark.read_text(encoding="ascii") == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    call_command("collectstatic", verbosity=0, interactive=False)
    mark.write_text(wanted, encoding="ascii")


def _digest() -> str:
    """Of what there is to gather: another one where a file came, went or was changed."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            digest.update(f"{name} {storage.size(name)} {storage.get_modified_time(name)}\n".encode())
    return digest.hexdigest()
