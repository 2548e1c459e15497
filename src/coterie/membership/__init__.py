"""Sets of contacts: roaring bitmaps of permanent ordinals."""

from coterie.membership.building import from_bits, from_flags, from_ordinals
from coterie.membership.membership import ContactDirectory, Membership

__all__ = ["ContactDirectory", "Membership", "from_bits", "from_flags", "from_ordinals"]
