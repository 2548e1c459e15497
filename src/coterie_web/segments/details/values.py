"""What people may say of a segment: each part trimmed, checked, and put into the form in which it is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from coterie.errors import did_you_mean
from coterie.values.times import find_zone, zone_names
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine
from coterie_web.segments.models import Segment

__all__ = ["cleaned", "tags_in"]

_MOST_TAGS, _LONGEST_TAG = 20, 50
_LONGEST_NAME, _LONGEST_DESCRIPTION = 300, 5_000


def cleaned(given: Mapping[str, object], *, owner: User) -> dict[str, object]:
    """The parts as they are kept. Raises ValidationError, with a message and a code for each part that cannot be."""
    kept: dict[str, object] = {}
    problems: dict[str, ValidationError] = {}
    for part, value in given.items():
        try:
            kept[part] = _CLEANERS[part](value)
        except ValidationError as error:
            problems[part] = error
    if kept.get("scope") == Segment.Scope.BUSINESS_UNIT and (problem := _no_unit(owner)):
        problems["scope"] = problem
    if problems:
        raise ValidationError(problems)
    return kept


def tags_in(text: str) -> list[str]:
    """Tags as people type them, between commas; each once, whatever its case."""
    tags = (" ".join(tag.split()) for tag in text.split(","))
    return list({tag.casefold(): tag for tag in tags if tag}.values())


def _no_unit(owner: User) -> ValidationError | None:
    """Why a segment of this owner cannot be of their business unit."""
    if engine().catalog.contact.business_unit is None:
        return ValidationError(
            "The catalog names no business unit of contacts: every scope is the organization.", "scope"
        )
    if owner.unit is None:
        return ValidationError(f"{owner.name} belongs to no business unit.", "scope")
    return None


def _text(value: object, longest: int) -> str:
    text = str(value).replace("\r\n", "\n").strip()
    if any(not (sign.isprintable() or sign in "\n\t") for sign in text):
        raise ValidationError("It holds a control character, which nobody can read.", "invalid_value")
    if len(text) > longest:
        raise ValidationError(f"It is {len(text):,} characters long; {longest:,} are the most.", "limit_exceeded")
    return text


def _name(value: object) -> str:
    name = " ".join(_text(value, _LONGEST_NAME).split())
    if not name:
        raise ValidationError("Give it a name.", "missing_key")
    return name


def _time_zone(value: object) -> str:
    name = str(value).strip()
    if name and find_zone(name) is None:
        hint = did_you_mean(name, sorted(zone_names()))
        raise ValidationError(f"There is no time zone {name[:60]!r}. {hint}", "unknown_time_zone")
    return name


def _scope(value: object) -> str:
    if value not in Segment.Scope.values:
        raise ValidationError("The scope is the organization, or the owner's business unit.", "invalid_value")
    return str(value)


def _tags(value: object) -> list[str]:
    tags = (
        tags_in(value)
        if isinstance(value, str)
        else tags_in(",".join(map(str, value if isinstance(value, list) else ())))
    )
    if len(tags) > _MOST_TAGS or any(len(tag) > _LONGEST_TAG for tag in tags):
        message = f"At most {_MOST_TAGS} tags of {_LONGEST_TAG} characters each."
        raise ValidationError(message, "limit_exceeded")
    return [_text(tag, _LONGEST_TAG) for tag in tags]


def _address(value: object) -> str:
    address = _text(value, 1_000)
    if address:
        URLValidator(schemes=["http", "https"], message="Write an address that begins with https:// or http://.")(
            address
        )
    return address


_CLEANERS: Mapping[str, Callable[[object], object]] = {
    "name": _name,
    "description": lambda value: _text(value, _LONGEST_DESCRIPTION),
    "time_zone": _time_zone,
    "scope": _scope,
    "tags": _tags,
    "external_source": lambda value: _text(value, 200),
    "external_url": _address,
}
