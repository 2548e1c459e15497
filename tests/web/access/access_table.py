"""The one table of who may call which page. An address without a row fails the tests: none can be forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from access_rules import Rule

__all__ = ["PAGES", "Page"]

_R = Rule


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page: who may GET and who may POST it; None where it does not take the method.

    `about` is the kind of thing that its address names by `argument`, of which all relations are tried; `fixed` are
    other parts of the address. `form` is what is posted, where `{kind}` stands for the id of that kind: each is tried
    with an id that is foreign, and one that is absent. `query` are such parameters of GET, and `words` parameters by
    which one looks for something.
    """

    get: Rule | None = None
    post: Rule | None = None
    about: tuple[str, ...] = ()
    argument: str = ""
    fixed: Mapping[str, object] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    is_gone: bool = False
    """Whether the fixed parts of the address name nothing: even who may is told so."""

    @property
    def rules(self) -> dict[str, Rule]:
        """Who may call it, by method."""
        return {method: rule for method, rule in (("GET", self.get), ("POST", self.post)) if rule is not None}


def _of(kinds: str, argument: str, get: Rule | None = None, post: Rule | None = None, **more: object) -> Page:
    return Page(about=tuple(kinds.split()), argument=argument, get=get, post=post, **more)  # type: ignore[arg-type]


_PERSON = {"name": "Bo", "role": "viewer", "unit": "{unit}"}
_UNIT = {"name": "Hills", "key": "hills", "parent": "{unit}"}

_FIRST_CHANGE = {"publication": 1, "cause": "definition", "direction": "entered"}

_NEW = {"name": "Hill runners", "key": "hill-runners", "scope": "organization"}
_DETAILS = {"name": "Runners", "scope": "organization", "time_zone": "Europe/Oslo"}

PAGES: dict[str, Page] = {
    "healthz": Page(get=_R.ANYBODY),
    "metrics": Page(get=_R.ORGANIZATION),
    # --- accounts
    "accounts:sign-in": Page(get=_R.ANYBODY, post=_R.ANYBODY, form={"email": "x@example.com", "password": "x"}),
    "accounts:sign-in-by-link": Page(get=_R.ANYBODY, post=_R.ANYBODY, fixed={"secret": "none"}),
    "accounts:forgotten": Page(get=_R.ANYBODY),
    "accounts:sign-out": Page(post=_R.SIGNED_IN),
    "accounts:welcome": Page(get=_R.SIGNED_IN, post=_R.SIGNED_IN),
    "accounts:preferences": Page(get=_R.SIGNED_IN, post=_R.SIGNED_IN, form={"name": "Bo", "time_zone": ""}),
    "accounts:theme": Page(post=_R.SIGNED_IN, form={"theme": "dark"}),
    "accounts:password": Page(get=_R.SIGNED_IN, post=_R.SIGNED_IN, form={"old": "a long password", "new": "x"}),
    "accounts:people": Page(get=_R.SIGNED_IN, words=("q",)),
    "accounts:invite": Page(get=_R.ORGANIZATION, post=_R.ORGANIZATION, form={**_PERSON, "email": "bo@example.com"}),
    "accounts:person": _of("person", "person_id", _R.SEES, _R.MANAGES, form=_PERSON),
    "accounts:make-link": _of("person", "person_id", post=_R.MANAGES),
    "accounts:deactivate": _of("person", "person_id", post=_R.MANAGES),
    "accounts:reactivate": _of("person", "person_id", post=_R.MANAGES),
    "accounts:units": Page(get=_R.SIGNED_IN),
    "accounts:new-unit": Page(get=_R.ORGANIZATION, post=_R.ORGANIZATION, form=_UNIT),
    "accounts:unit": _of("unit", "unit_id", _R.SEES, _R.KEEPS, form=_UNIT),
    "accounts:remove-unit": _of("unit", "unit_id", post=_R.KEEPS),
    "accounts:tokens": Page(get=_R.SIGNED_IN, post=_R.SIGNED_IN, form={"name": "Sync", "scopes": "read", "days": "30"}),
    "accounts:revoke-token": _of("token", "token_id", post=_R.SEES),
    "accounts:history": Page(get=_R.MANAGER, query={"who": "{person}", "kind": "segment", "before": "9"}),
    # --- the organization
    "catalogs:organization": Page(get=_R.SIGNED_IN),
    "catalogs:units-found": Page(get=_R.ORGANIZATION),
    "search:search": Page(get=_R.SIGNED_IN, words=("q",)),
    # --- data
    "data:overview": Page(get=_R.UNBOUND),
    "data:set-aside": Page(post=_R.ORGANIZATION, form={"do": "again"}),
    "demo:switch": Page(post=_R.SIGNED_IN, is_gone=True),  # there is no stream where no demo is
    # --- contacts
    "contacts:list": Page(get=_R.SIGNED_IN, query={"columns": "city", "sort": "age"}, words=("q",)),
    "contacts:contact": _of("contact", "key", _R.SEES, query={"kind": "purchase"}),
    "contacts:check": _of("contact", "key", _R.SEES, words=("q",)),
    # --- segments
    "segments:home": Page(get=_R.SIGNED_IN),
    "segments:list": Page(get=_R.SIGNED_IN, query={"owner": "{person}", "sort": "members"}, words=("q", "tag")),
    "segments:bulk": Page(post=_R.SIGNED_IN, form={"do": "stop", "segment": "{live}"}),
    "segments:new": Page(get=_R.MARKETER, post=_R.MARKETER, form=_NEW, query={"template": "{template}"}),
    "segments:choose-template": Page(get=_R.MARKETER, query={"template": "{template}"}, words=("q",)),
    "segments:delete-template": _of("template", "template_id", post=_R.DELETES),
    "segments:save-as-template": _of("draft live", "segment_id", _R.MAKES, _R.MAKES, form={"name": "Runners"}),
    "segments:head": _of("draft live static", "segment_id", _R.SEES),
    "segments:go-live": _of("draft live static", "segment_id", post=_R.CHANGES),
    "segments:edit": _of("live draft", "segment_id", post=_R.CHANGES),
    "segments:discard": _of("live draft", "segment_id", post=_R.CHANGES),
    "segments:publish": _of("live draft", "segment_id", post=_R.CHANGES),
    "segments:stop": _of("live draft", "segment_id", post=_R.CHANGES),
    "segments:duplicate": _of("draft live static", "segment_id", post=_R.MAKES),
    "segments:delete": _of("draft live", "segment_id", _R.SEES, _R.CHANGES, form={"sure": "yes"}),
    "segments:problems": _of("draft live", "segment_id", _R.SEES),
    "segments:dry-run": _of("live draft", "segment_id", _R.SEES),
    "segments:entering": _of("live draft", "segment_id", _R.SEES),
    "segments:leaving": _of("live draft", "segment_id", _R.SEES),
    "segments:export-definition": _of("draft live static", "segment_id", _R.SEES),
    "segments:general": _of("draft live static", "segment_id", _R.SEES, _R.CHANGES, form=_DETAILS),
    "segments:transfer": _of("draft live", "segment_id", post=_R.GIVES, form={"owner": "{person}"}),
    "segments:related": _of("draft live static", "segment_id", _R.SEES, query={"before": "9"}),
    "segments:versions": _of("live draft static", "segment_id", _R.SEES, query={"from": "1", "to": "draft"}),
    "segments:roll-back": _of("live", "segment_id", post=_R.CHANGES, fixed={"number": 1}),
    # --- members
    "segments:members": _of("live draft static", "segment_id", _R.SEES, words=("q",), query={"at": "2026-11-23T13:00"}),
    "segments:changes": _of("live draft static", "segment_id", _R.SEES),
    "segments:changed": _of("live draft static", "segment_id", _R.SEES, fixed=_FIRST_CHANGE, words=("q",)),
    "segments:day": _of("live draft static", "segment_id", _R.SEES, fixed={"direction": "entered"}),
    "segments:export": _of("live", "segment_id", _R.SEES, _R.MAKES, form={"format": "csv", "columns": "first_name"}),
    "segments:add-members": _of(
        "static", "segment_id", _R.CHANGES, _R.CHANGES, form={"do": "add", "contact": "{contact}"}, words=("q",)
    ),
    "segments:remove-members": _of("static", "segment_id", post=_R.CHANGES, form={"contact": "{contact}"}),
    "segments:query": _of("static", "segment_id", post=_R.CHANGES),
    "segments:upload": _of("static", "segment_id", _R.CHANGES, _R.CHANGES),
    "segments:found": _of("static", "segment_id", _R.CHANGES, _R.CHANGES, fixed={"token": "none"}),
    "segments:not-found": _of("static", "segment_id", _R.CHANGES, fixed={"token": "none"}),
    # --- the designer
    "segments:definition": _of("draft static", "segment_id", _R.SEES, _R.CHANGES, form={"do": "add-everyone"}),
    "segments:counts": _of("draft live static", "segment_id", _R.SEES),
    "segments:against-live": _of("live", "segment_id", _R.SEES),
    "segments:people": _of("draft live static", "segment_id", _R.SEES),
    "segments:values": _of("draft live static", "segment_id", _R.SEES),
    "segments:contact-names": _of("draft live static", "segment_id", _R.SEES, words=("contact",)),
    "segments:text": _of("draft", "segment_id", _R.SEES, _R.CHANGES, form={"text": "blocks: []"}),
    "segments:check-contact": _of("draft live static", "segment_id", _R.SEES, words=("contact",)),
}
