"""What the pages say, as tests read it."""

from __future__ import annotations

import re
from html import unescape

__all__ = ["address_of", "fact", "names"]

_NAMED = re.compile(r'<a class="name" href="/contacts/[^"]*">([^<]*)</a><span class="sub">')


def names(page: str) -> list[str]:
    """Whom a table of contacts names, in its order."""
    return [unescape(name) for name in _NAMED.findall(page)]


def fact(page: str, name: str) -> str:
    """What stands beside a term."""
    found = re.search(rf"<dt>{name}</dt><dd[^>]*>(.*?)</dd>", page, re.DOTALL)
    assert found is not None, f"the page says nothing of {name!r}"
    return " ".join(unescape(re.sub(r"<svg.*?</svg>|<[^>]*>", " ", found[1])).split())


def address_of(page: str, identity: str) -> str | None:
    """Where the link with this id leads; None where there is none."""
    found = re.search(rf'id="{identity}" href="([^"]*)"', page)
    return None if found is None else unescape(found[1])
