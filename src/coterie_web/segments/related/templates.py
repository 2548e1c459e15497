"""Templates that have to do with a segment."""

from __future__ import annotations

from coterie_web.accounts.models import User
from coterie_web.segments.models import Segment
from coterie_web.segments.references import referred_keys
from coterie_web.segments.starting.offers import Offer, offer_named, offers_for, visible_templates

__all__ = ["began_from", "templates_of"]


def began_from(segment: Segment, user: User) -> Offer | None:
    """The template from which the segment began, where it is still there and the person sees it."""
    return offer_named(segment.template, user) if segment.template else None


def templates_of(segment: Segment, user: User) -> list[tuple[Offer, str]]:
    """Templates that were saved from the segment, or refer to it, each with which."""
    saved = {str(template.id) for template in visible_templates(user) if template.made_from == segment.key}
    found = []
    for offer in offers_for(user):
        if offer.identity in saved:
            found.append((offer, "saved from this segment"))
        elif segment.key in referred_keys({"definition": offer.definition}):
            found.append((offer, "refers to this segment"))
    return found
