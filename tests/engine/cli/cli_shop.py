"""The small shop of these tests: four contacts, three purchases."""

from __future__ import annotations

from collections.abc import Callable

from typer.testing import Result

CATALOG = """\
coterie: 1
organization: {time_zone: Europe/Paris}
contact:
  key: contact_id
  name: [first_name]
  attributes: {city: text, age: number}
interactions:
  purchase: {attributes: {amount: number}}
"""

CONTACTS = """\
contact_id,first_name,city,age
00001,Ann,Paris,31
00002,Bob,Lyon,
00003,Cleo,Paris,52
=4+1,"Dan, the man",paris,19
"""

PURCHASES = """\
message_id,contact_id,occurred_at,amount
m1,00001,2026-11-20T10:00Z,20.5
m2,00001,2026-11-21T10:00Z,9.5
m3,00003,2026-01-05T10:00Z,80
"""

PARISIANS = """\
blocks:
  - block: {kind: profile, where: {all: [{attribute: city, operator: is, value: Paris}]}}
"""

BUYERS = """\
coterie: 1
segment: buyers
name: Buyers
type: dynamic
definition:
  blocks:
    - block: {kind: segment, segment: parisians}
    - combine: and_also
      block:
        kind: interaction
        interaction: purchase
        window: {kind: last, count: 7, unit: days}
        operator: at_least
        value: 1
"""

AS_OF = ("--as-of", "2026-11-23T12:00Z")

Run = Callable[..., Result]
