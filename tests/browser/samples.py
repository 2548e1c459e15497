"""Every page of the application: one address of each, or why there is none to look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Page

__all__ = ["NOT_LOOKED_AT", "SAMPLES", "addresses", "prepare"]

SAMPLES = {
    "segments:list": ["/segments/", "/segments/?q=nobody+has+this", "/segments/?sort=-members&type=dynamic"],
    "segments:new": ["/segments/new/", "/segments/new/?type=static"],
    "segments:choose-template": ["/segments/new/dynamic/"],
    "segments:save-as-template": ["/segments/{live}/save-as-template/"],
    "segments:definition": [
        "/segments/{live}/",
        "/segments/{editing}/",
        "/segments/{static}/",
        "/segments/{draft}/",
        "/segments/{chosen}/",
    ],
    "segments:people": ["/segments/{live}/people/"],
    "segments:text": ["/segments/{live}/text/", "/segments/{editing}/text/"],
    "segments:check-contact": ["/segments/{live}/check/", "/segments/{live}/check/?contact=C000001"],
    "segments:delete": ["/segments/{draft}/delete/"],
    "segments:problems": ["/segments/{draft}/problems/"],
    "segments:dry-run": ["/segments/{editing}/dry-run/"],
    "segments:entering": ["/segments/{editing}/dry-run/entering/"],
    "segments:leaving": ["/segments/{editing}/dry-run/leaving/"],
    "segments:general": ["/segments/{live}/general/", "/segments/{draft}/general/"],
    "segments:members": ["/segments/{live}/members/", "/segments/{static}/members/", "/segments/{draft}/members/"],
    "segments:changes": ["/segments/{live}/members/changes/"],
    "segments:add-members": ["/segments/{chosen}/members/add/"],
    "segments:upload": ["/segments/{chosen}/members/upload/"],
    "segments:related": ["/segments/{live}/related/"],
    "segments:versions": ["/segments/{live}/versions/"],
    "accounts:welcome": ["/welcome/"],
    "accounts:preferences": ["/settings/"],
    "accounts:people": ["/settings/people/"],
    "accounts:invite": ["/settings/people/invite/"],
    "accounts:person": ["/settings/people/{person}/"],
    "accounts:units": ["/settings/units/"],
    "accounts:new-unit": ["/settings/units/new/"],
    "accounts:unit": ["/settings/units/{unit}/"],
    "accounts:tokens": ["/settings/tokens/"],
    "accounts:history": ["/settings/history/"],
    "catalogs:organization": ["/settings/organization/"],
    "catalogs:units-found": ["/settings/units/found/"],
    "search:search": ["/search/?q=paris", "/search/?q=nobody+has+this"],
    "contacts:list": ["/contacts/", "/contacts/?q=nobody+has+this"],
    "contacts:contact": ["/contacts/C000001/", "/contacts/nobody/"],
    "contacts:check": ["/contacts/C000001/check/"],
    "data:overview": ["/data/"],
}
"""Addresses of pages by the name of their URL, `{kind}` standing for the id of something of that kind."""

NOT_LOOKED_AT = {
    "a redirect": {"segments:home"},
    "looked at by who has not signed in": {"accounts:sign-in", "accounts:sign-in-by-link", "accounts:forgotten"},
    "a part of a page, which is looked at whole": {
        "segments:counts", "segments:against-live", "segments:values", "segments:contact-names", "segments:head",
    },
    "only posted to": {
        "segments:bulk", "segments:delete-template", "segments:go-live", "segments:edit", "segments:discard",
        "segments:publish", "segments:stop", "segments:duplicate", "segments:transfer", "segments:remove-members",
        "segments:roll-back", "segments:query",
        "accounts:sign-out", "accounts:theme", "accounts:password", "accounts:make-link",
        "accounts:deactivate", "accounts:reactivate", "accounts:remove-unit", "accounts:revoke-token", "demo:switch",
        "data:set-aside",
    },
    "a file": {"segments:export-definition", "segments:export", "segments:not-found"},
    "of what was found or has changed before": {"segments:found", "segments:changed", "segments:day"},
    "for machines": {"healthz", "metrics"},
}  # fmt: skip
"""Names of URLs that have no page of their own, by the reason."""


def addresses() -> set[str]:
    """The names of all URLs but those of the API."""
    pages = [each for each in get_resolver().url_patterns if not str(each.pattern).startswith("api/")]
    return set(_names(pages, ""))


def _names(patterns: Sequence[URLPattern | URLResolver], space: str) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}"
        else:
            yield from _names(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else space)


def prepare(page: Page) -> dict[str, str]:
    """Something of every kind, made where there is none; the ids by kind."""
    page.goto("/segments/")
    ids = {kind: _id_behind(page, name) for kind, name in _SEGMENTS.items()}
    ids |= {"draft": _make(page, "dynamic"), "chosen": _make(page, "static")}
    page.goto(f"/segments/{ids['editing']}/")
    page.get_by_role("group", name="Commands").get_by_role("button", name="Edit").click()
    page.goto("/settings/people/")
    ids["person"] = _id_behind(page, "Ben Okafor")
    page.goto("/settings/units/")
    ids["unit"] = _id_behind(page, "EMEA")
    return ids


_SEGMENTS = {
    "live": "Engaged runners in need of shoes",
    "editing": "Coming to a race or workshop soon",
    "static": "Product testers",
}


def _id_behind(page: Page, name: str) -> str:
    """The id in the address of the link with that name."""
    address = page.get_by_role("link", name=name, exact=True).first.get_attribute("href") or ""
    return re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", address)[0]


def _make(page: Page, kind: str) -> str:
    page.goto(f"/segments/new/?type={kind}")
    page.get_by_label("Name").fill(f"A {kind} draft with quite a long name, as people give them in a hurry")
    page.get_by_role("button", name="Create draft").click()
    page.wait_for_url(re.compile(r"/segments/[0-9a-f-]{36}/"))
    return re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", page.url)[0]
