"""Twelve definitions over all kinds of leaf, and ten ways to change one condition of the big one.

Each is asked of every contestant as `count` (one number) and as `breakdown` (the count of every step, group and
condition). The hand-written statements lie in `bench/handwritten/`, one module per database, under the same keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["BIG", "CHANGES", "DEFINITIONS", "Question", "changed"]


@dataclass(frozen=True, slots=True)
class Question:
    """A definition as people write it: YAML text, the zone in which its days are read, the segments it refers to."""

    key: str
    text: str
    time_zone: str = "UTC"
    segments: Mapping[str, str] = field(default_factory=dict)


SIMPLE_PROFILE = Question(
    "simple-profile",
    """
blocks:
  - block:
      kind: profile
      where:
        all:
          - {attribute: city, operator: is, value: New York}
          - {attribute: age, operator: between, value: [25, 40]}
""",
)

NESTED_PROFILE = Question(
    "nested-profile",
    """
blocks:
  - block:
      kind: profile
      where:
        all:
          - any:
              - all:
                  - {attribute: city, operator: begins_with, value: San}
                  - not: {attribute: email, operator: ends_with, value: "@example.org"}
              - all:
                  - {attribute: last_name, operator: contains, value: SON}
                  - {attribute: age, operator: at_least, value: 50}
              - {attribute: city, operator: is_in, value: [Boston, Chicago, Seattle]}
          - {attribute: language, operator: is_not, value: de}
          - not: {attribute: first_name, operator: begins_with, value: Al}
""",
)

DATES = Question(
    "dates",
    """
blocks:
  - block:
      kind: profile
      where:
        all:
          - {attribute: birth_date, operator: anniversary, value: {in_next: {count: 45, unit: days}}}
          - {attribute: created_on, operator: in_last, value: {count: 18, unit: months}}
          - any:
              - {attribute: birth_date, operator: before, value: 1980-01-01}
              - {attribute: birth_date, operator: partial, value: {months: [this_month], weekdays: [saturday, sunday]}}
""",
    time_zone="America/New_York",
)

MULTI_CHOICE = Question(
    "multi-choice",
    """
blocks:
  - block:
      kind: profile
      where:
        all:
          - {attribute: interests, operator: includes_any, value: [running, cycling]}
          - {attribute: interests, operator: does_not_include_all, value: [cooking, travel]}
          - any:
              - {attribute: interests, operator: includes_all, value: [music, reading]}
              - {attribute: interests, operator: includes_none, value: [gaming]}
""",
)

RELATED_RECORD = Question(
    "related-record",
    """
blocks:
  - block:
      kind: profile
      where:
        all:
          - {attribute: subscribed, operator: is, value: true}
          - relation: leads
            quantifier: {kind: any}
            where:
              all:
                - {attribute: score, operator: at_least, value: 50}
                - {attribute: status, operator: is_not, value: lost}
""",
)

TWO_HOPS = Question(
    "two-hops",
    """
blocks:
  - block:
      kind: profile
      where:
        any:
          - relation: registrations
            quantifier: {kind: count, operator: at_least, value: 2}
            where:
              all:
                - {attribute: cancelled, operator: is, value: false}
                - relation: registrations.event
                  quantifier: {kind: any}
                  where:
                    all:
                      - {attribute: format, operator: is, value: webinar}
                      - {attribute: starts_on, operator: in_last, value: {count: 12, unit: months}}
          - relation: account
            quantifier: {kind: any}
            where: {attribute: industry, operator: is_in, value: [retail, media]}
""",
    time_zone="America/New_York",
)

AT_LEAST = Question(
    "at-least",
    """
blocks:
  - block:
      kind: interaction
      interaction: email_opened
      where:
        all:
          - {attribute: message, operator: begins_with, value: Spring}
          - {attribute: device, operator: is_in, value: [mobile, desktop]}
      window: {kind: last, count: 30, unit: days}
      operator: at_least
      value: 2
""",
    time_zone="America/New_York",
)

DID_NOT = Question(
    "did-not",
    """
blocks:
  - block:
      kind: interaction
      interaction: purchase
      window: {kind: last, count: 90, unit: days}
      operator: is
      value: 0
  - combine: and_also
    block:
      kind: interaction
      interaction: email_opened
      window: {kind: last, count: 90, unit: days}
      operator: at_least
      value: 1
""",
    time_zone="America/New_York",
)

SUM_IN_PERIOD = Question(
    "sum-in-period",
    """
blocks:
  - block:
      kind: interaction
      interaction: purchase
      window: {kind: period, period: last_quarter}
      measure: {kind: sum, attribute: amount}
      operator: at_least
      value: "300.50"
  - combine: or
    block:
      kind: interaction
      interaction: purchase
      where: {attribute: product, operator: contains, value: bike}
      window: {kind: period, period: this_year}
      measure: {kind: sum, attribute: amount}
      operator: greater_than
      value: 500
""",
)

DISTINCT_AND_DAYS = Question(
    "distinct-and-days",
    """
blocks:
  - block:
      kind: interaction
      interaction: purchase
      window: {kind: last, count: 12, unit: months}
      measure: {kind: distinct, attribute: product}
      operator: at_least
      value: 3
  - combine: and_also
    block:
      kind: interaction
      interaction: website_visited
      window: {kind: last, count: 6, unit: months}
      measure: {kind: days}
      operator: at_least
      value: 4
""",
    time_zone="America/New_York",
)

FIRST_LAST_AVERAGE = Question(
    "first-last-average",
    """
blocks:
  - block:
      kind: interaction
      interaction: email_clicked
      measure: {kind: first_at}
      operator: before
      value: 2025-06-01
  - combine: and_also
    block:
      kind: interaction
      interaction: purchase
      measure: {kind: last_at}
      operator: in_last
      value: {count: 60, unit: days}
  - combine: but_not
    block:
      kind: interaction
      interaction: purchase
      measure: {kind: average, attribute: amount}
      operator: less_than
      value: 100
""",
    time_zone="America/New_York",
)

_UNREACHABLE = """
coterie: 1
segment: unreachable
name: Unreachable
type: dynamic
definition:
  blocks:
    - block: {kind: profile, where: {attribute: subscribed, operator: is, value: false}}
    - combine: and_also
      block:
        kind: interaction
        interaction: email_opened
        window: {kind: last, count: 180, unit: days}
        operator: is
        value: 0
"""

BIG = Question(
    "ten-conditions",
    """
blocks:
  - block:
      kind: profile
      where:
        all:
          - {attribute: city, operator: is_in, value: [New York, London, Paris, Berlin, Chicago, Madrid, Tokyo]}
          - {attribute: age, operator: between, value: [21, 65]}
          - any:
              - {attribute: score, operator: at_least, value: "62.5"}
              - {attribute: interests, operator: includes_any, value: [yoga, hiking]}
              - relation: leads
                quantifier: {kind: any}
                where:
                  all:
                    - {attribute: score, operator: at_least, value: 50}
                    - {attribute: status, operator: is_not, value: lost}
  - combine: and_also
    block:
      kind: interaction
      interaction: email_opened
      where: {attribute: device, operator: is_not, value: tablet}
      window: {kind: last, count: 60, unit: days}
      operator: at_least
      value: 2
  - combine: or
    block:
      kind: group
      blocks:
        - block:
            kind: interaction
            interaction: purchase
            window: {kind: last, count: 6, unit: months}
            measure: {kind: sum, attribute: amount}
            operator: at_least
            value: 500
        - combine: and_also
          block:
            kind: interaction
            interaction: website_visited
            window: {kind: last, count: 90, unit: days}
            operator: at_least
            value: 3
        - combine: but_not
          block: {kind: profile, where: {attribute: language, operator: is, value: de}}
  - combine: but_not
    block:
      kind: interaction
      interaction: purchase
      where: {attribute: product, operator: begins_with, value: Trail}
      window: {kind: last, count: 14, unit: days}
      operator: at_least
      value: 1
  - combine: but_not
    block: {kind: segment, segment: unreachable}
""",
    time_zone="America/New_York",
    segments={"unreachable": _UNREACHABLE},
)

DEFINITIONS: tuple[Question, ...] = (
    SIMPLE_PROFILE,
    NESTED_PROFILE,
    DATES,
    MULTI_CHOICE,
    RELATED_RECORD,
    TWO_HOPS,
    AT_LEAST,
    DID_NOT,
    SUM_IN_PERIOD,
    DISTINCT_AND_DAYS,
    FIRST_LAST_AVERAGE,
    BIG,
)

CHANGES: tuple[tuple[str, str], ...] = (
    ("Madrid, Tokyo]", "Madrid, Kyoto]"),
    ("value: [21, 65]", "value: [21, 60]"),
    ('value: "62.5"', 'value: "60.5"'),
    ("value: [yoga, hiking]", "value: [yoga, film]"),
    ("operator: at_least, value: 50}", "operator: at_least, value: 60}"),
    ("operator: is_not, value: tablet", "operator: is_not, value: desktop"),
    ("value: 500", "value: 400"),
    ("window: {kind: last, count: 90, unit: days}", "window: {kind: last, count: 80, unit: days}"),
    ("operator: is, value: de}", "operator: is, value: fr}"),
    ("value: Trail}", "value: Tent}"),
)
"""One edit for each of the ten conditions of `BIG`, in their order: the text that goes, and what takes its place."""


def changed(change: tuple[str, str]) -> Question:
    """`BIG` with one of its ten conditions changed."""
    before, after = change
    assert BIG.text.count(before) == 1, f"{before!r} names one condition"
    return Question(BIG.key, BIG.text.replace(before, after), BIG.time_zone, BIG.segments)
