"""The wording: what a definition says in plain English, and that no two that differ say the same."""

from __future__ import annotations

from itertools import combinations

import pytest

from coterie.catalog import parse_catalog
from coterie.definition import describe, describe_block, describe_node, parse, typed
from coterie.definition.nodes import Definition, DynamicSegment, ProfileBlock, StaticSegment

CATALOG = parse_catalog("""
contact:
  key: contact_id
  attributes:
    city: text
    age: number
    vip: {type: boolean, label: VIP}
    plan: choice
    created_on: datetime
    birth_date: {type: date, label: Birthday}
    interests: {type: multi_choice, choices: [running, cycling, cooking]}
    home: {type: text, label: Address}
    work: {type: text, label: Address}
entities:
  account: {key: account_id, label: Company, attributes: {industry: choice}}
  lead: {key: lead_id, attributes: {score: number, status: choice}}
relations:
  account: {from: contact, to: account, many_to_one: account_id}
  leads: {from: contact, to: lead, one_to_many: contact_id}
  account.leads: {from: account, to: lead, one_to_many: account_id}
  account.sold: {from: account, to: lead, one_to_many: sold_by, label: Sales}
interactions:
  email_opened: {attributes: {message: text}}
  sms_sent: {label: Texted}
  purchase: {attributes: {amount: number, product: text}}
  shop_visit: {}
""")


def definition(text: str) -> Definition:
    parsed = parse(text)
    assert isinstance(parsed, Definition)
    return parsed


def node_words(node: str) -> str:
    """What the node says, the same whether its constants are typed or as written."""
    shape = definition(f"blocks: [{{block: {{kind: profile, where: {node}}}}}]")
    known = typed(shape, CATALOG, {})
    words = set()
    for each in (shape, known):
        block = each.steps[0].block
        assert isinstance(block, ProfileBlock)
        words.add(describe_node(block.where, CATALOG))
    assert len(words) == 1
    return words.pop()


def attribute(name: str, operator: str, value: str = "", more: str = "") -> str:
    given = f", value: {value}" if value else ""
    return f"{{attribute: {name}, operator: {operator}{given}{more}}}"


def interaction_words(rest: str, name: str = "purchase") -> str:
    shape = definition(f"blocks: [{{block: {{kind: interaction, interaction: {name}, {rest}}}}}]")
    return describe_block(typed(shape, CATALOG, {}).steps[0].block, CATALOG)


def sentence(*steps: str) -> str:
    return describe(definition("blocks:\n" + "".join(f"  - {step}\n" for step in steps)), CATALOG)


def profile(where: str, combine: str = "") -> str:
    joined = f"combine: {combine}, " if combine else ""
    return f"{{{joined}block: {{kind: profile, where: {where}}}}}"


PARIS, ADULT, VIP = attribute("city", "is", "Paris"), attribute("age", "at_least", "18"), attribute("vip", "is", "true")

# --- conditions ------------------------------------------------------------------------------------------------------

CONDITIONS = {
    PARIS: "City is Paris",
    attribute("city", "is", "New York"): "City is New York",
    attribute("city", "is", "lost or won"): 'City is "lost or won"',
    attribute("city", "is", "'say \"hi\"'"): 'City is "say ""hi"""',
    attribute("city", "is", "Paris", ", match_case: true"): "City is Paris (matching case)",
    attribute("city", "is_not", "Paris"): "City is not Paris (includes contacts with no City)",
    attribute("city", "is_not", "Paris", ", match_case: true"): (
        "City is not Paris (matching case; includes contacts with no City)"
    ),
    attribute("city", "is_in", "[Paris, Rome, Oslo]"): "City is one of Paris, Rome or Oslo",
    attribute("city", "is_in", "['Paris, Rome', Oslo]"): 'City is one of "Paris, Rome" or Oslo',
    attribute("city", "is_not_in", "[Paris, Rome]"): "City is none of Paris or Rome (includes contacts with no City)",
    attribute("city", "contains", "ar"): 'City contains "ar"',
    attribute("city", "does_not_contain", "ar"): 'City does not contain "ar" (includes contacts with no City)',
    attribute("city", "begins_with", "P"): 'City begins with "P"',
    attribute("city", "does_not_begin_with", "P"): 'City does not begin with "P" (includes contacts with no City)',
    attribute("city", "ends_with", "s"): 'City ends with "s"',
    attribute("city", "does_not_end_with", "s"): 'City does not end with "s" (includes contacts with no City)',
    attribute("city", "matches", "'^P.*s$'"): 'City matches the pattern "^P.*s$"',
    attribute("city", "does_not_match", "'^P'"): (
        'City does not match the pattern "^P" (includes contacts with no City)'
    ),
    attribute("city", "has_value"): "City has a value",
    attribute("city", "has_no_value"): "City has no value",
    attribute("vip", "is", "true"): "VIP is true",
    attribute("vip", "is_not", "true"): "VIP is not true (includes contacts with no VIP)",
    attribute("home", "is", "here"): "Address [home] is here",
    attribute("interests", "includes_any", "[running, cycling]"): "Interests includes any of running or cycling",
    attribute("interests", "includes_none", "[running]"): (
        "Interests includes none of running (includes contacts with no Interests)"
    ),
    attribute("interests", "includes_all", "[running, cycling]"): "Interests includes all of running and cycling",
    attribute("interests", "does_not_include_all", "[running, cycling]"): (
        "Interests does not include all of running and cycling (includes contacts with no Interests)"
    ),
    attribute("age", "is", "'18.50'"): "Age is 18.5",
    attribute("age", "is", "1e3"): "Age is 1000",
    attribute("age", "is_not", "18"): "Age is not 18 (includes contacts with no Age)",
    attribute("age", "less_than", "18"): "Age is less than 18",
    attribute("age", "at_most", "18"): "Age is at most 18",
    attribute("age", "greater_than", "18"): "Age is more than 18",
    ADULT: "Age is at least 18",
    attribute("age", "between", "[18, 25]"): "Age is between 18 and 25",
    attribute("age", "not_between", "[18, 25]"): "Age is not between 18 and 25 (includes contacts with no Age)",
    attribute("birth_date", "on", "2026-10-24"): "Birthday is on 24 Oct 2026",
    attribute("birth_date", "not_on", "2026-10-24"): (
        "Birthday is not on 24 Oct 2026 (includes contacts with no Birthday)"
    ),
    attribute("created_on", "before", "2026-10-24"): "Created on is before 24 Oct 2026",
    attribute("created_on", "after", "2026-10-24"): "Created on is after 24 Oct 2026",
    attribute("created_on", "on_or_before", "2026-10-24"): "Created on is on or before 24 Oct 2026",
    attribute("created_on", "on_or_after", "'2026-10-24'"): "Created on is on or after 24 Oct 2026",
    attribute("created_on", "between", "[2026-10-01, 2026-10-24]"): (
        "Created on is between 1 Oct 2026 and 24 Oct 2026"
    ),
    attribute("created_on", "not_between", "[2026-10-01, 2026-10-24]"): (
        "Created on is not between 1 Oct 2026 and 24 Oct 2026 (includes contacts with no Created on)"
    ),
    attribute("created_on", "in_last", "{count: 30, unit: days}"): "Created on is in the last 30 days",
    attribute("created_on", "in_last", "{count: 1, unit: days}"): "Created on is in the last 1 day",
    attribute("created_on", "in_last", "{count: 30, unit: rolling_days}"): (
        "Created on is in the last 30 days of 24 hours"
    ),
    attribute("created_on", "not_in_last", "{count: 2, unit: hours}"): (
        "Created on is not in the last 2 hours (includes contacts with no Created on)"
    ),
    attribute("created_on", "before_last", "{count: 1, unit: quarters}"): "Created on is before the last 1 quarter",
    attribute("created_on", "in_next", "{count: 2, unit: weeks}"): "Created on is in the next 2 weeks",
    attribute("created_on", "after_next", "{count: 1, unit: months}"): "Created on is after the next 1 month",
    attribute("created_on", "in_last", "{count: 1, unit: months}"): "Created on is in the last 1 month",
    attribute("created_on", "in_period", "last_month"): "Created on is in last month",
    attribute("created_on", "in_period", "next_fiscal_year"): "Created on is in next fiscal year",
    attribute("created_on", "in_period", "today"): "Created on is today",
    attribute("created_on", "not_in_period", "today"): (
        "Created on is not today (includes contacts with no Created on)"
    ),
    attribute("birth_date", "partial", "{days: [1, 15, today], weekdays: [monday]}"): (
        "Birthday falls on the 1st, the 15th or the same day of the month as today and on a Monday"
    ),
    attribute("birth_date", "partial", "{months: [12, this_month], years: [2026, this_year]}"): (
        "Birthday falls in December or the same month as today and in 2026 or the same year as today"
    ),
    attribute("birth_date", "partial", "{months: [this_month]}"): "Birthday falls in the same month as today",
    attribute("birth_date", "partial", "{weekdays: [today]}"): "Birthday falls on the same weekday as today",
    attribute("birth_date", "in_period", "this_month"): "Birthday is in this month",
    attribute("birth_date", "anniversary", "{in_last: {count: 7, unit: days}}"): (
        "Birthday has its anniversary in the last 7 days"
    ),
    attribute("birth_date", "anniversary", "{in_next: {count: 7, unit: days}}"): (
        "Birthday has its anniversary in the next 7 days"
    ),
    attribute("birth_date", "anniversary", "{in_period: today}"): "Birthday has its anniversary today",
    attribute("birth_date", "anniversary", "{month: 12, day: 24}"): "Birthday falls on 24 Dec of any year",
    f"{{not: {PARIS}}}": "not (City is Paris)",
    f"{{all: [{PARIS}]}}": "City is Paris",
    f"{{all: [{PARIS}, {ADULT}, {VIP}]}}": "City is Paris and Age is at least 18 and VIP is true",
    f"{{any: [{PARIS}, {ADULT}, {VIP}]}}": "City is Paris or Age is at least 18 or VIP is true",
    f"{{all: [{PARIS}, {{any: [{ADULT}, {VIP}]}}]}}": "City is Paris and (Age is at least 18 or VIP is true)",
    f"{{any: [{{all: [{PARIS}, {ADULT}]}}, {VIP}]}}": "(City is Paris and Age is at least 18) or VIP is true",
    f"{{not: {{any: [{PARIS}, {ADULT}]}}}}": "not (City is Paris or Age is at least 18)",
    f"{{any: [{{not: {PARIS}}}, {ADULT}]}}": "not (City is Paris) or Age is at least 18",
}

WON, STRONG = attribute("status", "is", "won"), attribute("score", "at_least", "50")


def relation(quantifier: str, where: str = "", name: str = "leads") -> str:
    inner = f", where: {where}" if where else ""
    return f"{{relation: {name}, quantifier: {{kind: {quantifier}}}{inner}}}"


RELATIONS = {
    relation("any"): "has a lead",
    relation("any", STRONG): "has a lead whose Score is at least 50",
    relation("any", name="account"): "has a company",
    relation("any", attribute("status", "is_not", "lost")): (
        "has a lead whose Status is not lost (includes leads with no Status)"
    ),
    relation("none"): "has no lead",
    relation("none", STRONG): "has no lead whose Score is at least 50",
    relation("all", STRONG): "has at least one lead and only leads whose Score is at least 50",
    relation("any", f"{{all: [{STRONG}, {WON}]}}"): "has a lead (whose Score is at least 50 and whose Status is won)",
    relation("any", f"{{any: [{STRONG}, {WON}]}}"): "has a lead (whose Score is at least 50 or whose Status is won)",
    relation("any", f"{{not: {WON}}}"): "has a lead (for which it is not true that (Status is won))",
    f"{{all: [{relation('any', STRONG)}, {relation('any', WON)}]}}": (
        "has a lead (whose Score is at least 50) and has a lead (whose Status is won)"
    ),
    f"{{all: [{relation('any', STRONG)}, {PARIS}]}}": "has a lead (whose Score is at least 50) and City is Paris",
    relation("count, operator: at_least, value: 2", WON): "has at least 2 leads whose Status is won",
    relation("count, operator: at_least, value: 1", WON): "has at least 1 lead whose Status is won",
    relation("count, operator: at_most, value: 2"): "has at most 2 leads (including none)",
    relation("count, operator: is, value: 0"): "has exactly 0 leads (including none)",
    relation("count, operator: is_in, value: [0, 2]"): "has exactly 0 or 2 leads (including none)",
    relation(
        "sum, attribute: score, operator: greater_than, value: 9"
    ): "has a total Score of more than 9 across leads",
    relation("sum, attribute: score, operator: less_than, value: 9"): (
        "has a total Score of less than 9 across leads (including none)"
    ),
    relation("average, attribute: score, operator: less_than, value: 9"): (
        "has an average Score of less than 9 across leads"
    ),
    relation("minimum, attribute: score, operator: is_not, value: 9", WON): (
        "has a lowest Score of not exactly 9 across leads whose Status is won (including none)"
    ),
    relation("maximum, attribute: score, operator: is, value: 9"): "has a highest Score of exactly 9 across leads",
    relation("any", relation("any", WON, "account.leads"), "account"): (
        'has a company (that has a lead ("Account.leads") whose Status is won)'
    ),
    relation("any", relation("any", WON, "account.sold"), "account"): (
        'has a company (that has a lead ("Sales") whose Status is won)'
    ),
}

NODES = CONDITIONS | RELATIONS


@pytest.mark.parametrize(("node", "words"), NODES.items())
def test_a_node_says_what_it_asks(node: str, words: str) -> None:
    assert node_words(node) == words


def test_a_node_of_an_interaction_speaks_of_it() -> None:
    block = (
        definition(
            "blocks: [{block: {kind: interaction, interaction: email_opened, operator: at_least, value: 1,"
            f" where: {attribute('message', 'is_not', 'x')}}}}}]"
        )
        .steps[0]
        .block
    )
    where = getattr(block, "where", None)
    assert where is not None
    assert describe_node(where, CATALOG, entity="email_opened") == "Message is not x (includes those with no Message)"


# --- interactions ----------------------------------------------------------------------------------------------------

ONCE = "operator: at_least, value: 1"
TOTAL = "measure: {kind: sum, attribute: amount}"

INTERACTIONS = {
    ONCE: "made a purchase at least once",
    "operator: at_most, value: 1": "made a purchase at most once (including none)",
    "operator: is, value: 1": "made a purchase exactly once",
    "operator: is, value: 0": "made a purchase exactly 0 times (including none)",
    "operator: is_not, value: 3": "made a purchase not exactly 3 times (including none)",
    "operator: is_not, value: 0": "made a purchase not exactly 0 times",
    "operator: less_than, value: 3": "made a purchase less than 3 times (including none)",
    "operator: greater_than, value: 3": "made a purchase more than 3 times",
    "operator: between, value: [2, 5]": "made a purchase between 2 and 5 times",
    "operator: between, value: [0, 5]": "made a purchase between 0 and 5 times (including none)",
    "operator: not_between, value: [2, 5]": "made a purchase not between 2 and 5 times (including none)",
    "operator: is_in, value: [1, 3]": "made a purchase exactly 1 or 3 times",
    "operator: is_not_in, value: [1, 3]": "made a purchase not exactly 1 or 3 times (including none)",
    f"window: {{kind: last, count: 30, unit: days}}, {ONCE}": "made a purchase at least once in the last 30 days",
    f"window: {{kind: before_last, count: 30, unit: days}}, {ONCE}": (
        "made a purchase at least once before the last 30 days"
    ),
    f"window: {{kind: between, from: 2026-01-01, to: 2026-01-31}}, {ONCE}": (
        "made a purchase at least once between 1 Jan 2026 and 31 Jan 2026"
    ),
    f"window: {{kind: since, from: 2026-01-01}}, {ONCE}": "made a purchase at least once since 1 Jan 2026",
    f"window: {{kind: until, to: 2026-01-01}}, {ONCE}": "made a purchase at least once until 1 Jan 2026",
    f"window: {{kind: period, period: last_month}}, {ONCE}": "made a purchase at least once last month",
    f"window: {{kind: last, count: 1, unit: months}}, {ONCE}": "made a purchase at least once in the last 1 month",
    f"where: {attribute('amount', 'at_least', '50')}, {ONCE}": (
        "made a purchase (where Amount is at least 50) at least once"
    ),
    "measure: {kind: days}, operator: at_least, value: 3": "made a purchase on at least 3 different days",
    "measure: {kind: days}, operator: at_most, value: 1": "made a purchase on at most 1 day (including none)",
    "measure: {kind: distinct, attribute: product}, operator: at_least, value: 3": (
        "made a purchase with at least 3 different values of Product"
    ),
    f"{TOTAL}, operator: at_least, value: 99.90": "made a purchase with a total Amount of at least 99.9",
    f"{TOTAL}, operator: at_most, value: 99.90": "made a purchase with a total Amount of at most 99.9 (including none)",
    "measure: {kind: average, attribute: amount}, operator: at_most, value: 9": (
        "made a purchase with an average Amount of at most 9"
    ),
    "measure: {kind: average, attribute: amount}, operator: is_not, value: 9": (
        "made a purchase with an average Amount of not exactly 9 (including none)"
    ),
    "measure: {kind: minimum, attribute: amount}, operator: at_most, value: 9": (
        "made a purchase with a lowest Amount of at most 9"
    ),
    "measure: {kind: maximum, attribute: amount}, operator: at_most, value: 9": (
        "made a purchase with a highest Amount of at most 9"
    ),
    "measure: {kind: first_at}, operator: in_last, value: {count: 5, unit: days}": (
        "made a purchase for the first time in the last 5 days"
    ),
    "measure: {kind: last_at}, operator: before_last, value: {count: 5, unit: days}": (
        "made a purchase for the last time before the last 5 days"
    ),
    "measure: {kind: last_at}, operator: not_on, value: 2026-01-01": (
        "made a purchase for the last time not on 1 Jan 2026 (including none)"
    ),
    "measure: {kind: first_at}, operator: on, value: 2026-01-01, window: {kind: last, count: 2, unit: years}": (
        "made a purchase for the first time on 1 Jan 2026 (counting only those in the last 2 years)"
    ),
    "measure: {kind: first_at}, operator: anniversary, value: {in_period: today}": (
        "made a purchase for the first time with its anniversary today"
    ),
    "measure: {kind: first_at}, operator: partial, value: {weekdays: [monday]}": (
        "made a purchase for the first time on a Monday"
    ),
}


@pytest.mark.parametrize(("rest", "words"), INTERACTIONS.items())
def test_an_interaction_says_what_was_done_how_often_and_when(rest: str, words: str) -> None:
    assert interaction_words(rest) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("email_opened", "opened an email at least once"),
        ("sms_sent", 'did "Texted" at least once'),
        ("shop_visit", 'did "Shop visit" at least once'),
    ],
)
def test_standard_interactions_have_phrases_and_others_their_label(name: str, words: str) -> None:
    assert interaction_words(ONCE, name) == words


# --- sentences -------------------------------------------------------------------------------------------------------

BOUGHT = "kind: interaction, interaction: purchase, operator: at_least, value: 1"
UNREACHABLE = "kind: segment, segment: unreachable"

SENTENCES = {
    (profile(PARIS),): "Contacts whose City is Paris.",
    (profile(relation("any", STRONG)),): "Contacts who have a lead whose Score is at least 50.",
    (profile(f"{{not: {PARIS}}}"),): "Contacts for whom it is not true that (City is Paris).",
    (profile(f"{{any: [{PARIS}, {ADULT}]}}"),): "Contacts whose City is Paris or whose Age is at least 18.",
    ("{block: {kind: everyone}}",): "All contacts.",
    ("{block: {kind: everyone}}", f"{{combine: but_not, block: {{{UNREACHABLE}}}}}"): (
        "All contacts, but not those who are in the segment 'unreachable'."
    ),
    (profile(PARIS), f"{{combine: and_also, block: {{{BOUGHT}}}}}"): (
        "Contacts whose City is Paris, and who made a purchase at least once."
    ),
    (profile(PARIS), profile(ADULT, "or"), profile(VIP, "or")): (
        "Contacts whose City is Paris, or whose Age is at least 18, or whose VIP is true."
    ),
    (profile(PARIS), profile(ADULT, "or"), profile(VIP, "and_also")): (
        "Contacts (whose City is Paris, or whose Age is at least 18), and whose VIP is true."
    ),
    (profile(PARIS), profile(ADULT, "and_also"), profile(VIP, "or")): (
        "Contacts (whose City is Paris, and whose Age is at least 18), or whose VIP is true."
    ),
    (profile(PARIS), profile(ADULT, "but_not"), profile(VIP, "and_also")): (
        "Contacts (whose City is Paris, but not those whose Age is at least 18), and whose VIP is true."
    ),
    (profile(PARIS), profile(ADULT, "or"), profile(VIP, "but_not")): (
        "Contacts (whose City is Paris, or whose Age is at least 18), but not those whose VIP is true."
    ),
    (profile(PARIS), profile(ADULT, "but_not"), profile(VIP, "but_not")): (
        "Contacts whose City is Paris, but not those whose Age is at least 18, but not those whose VIP is true."
    ),
    (
        profile(PARIS),
        f"{{combine: or, block: {{kind: group, blocks: [{profile(ADULT)}, {profile(VIP, 'and_also')}]}}}}",
    ): "Contacts whose City is Paris, or (whose Age is at least 18, and whose VIP is true).",
    (
        profile(PARIS),
        f"{{combine: but_not, block: {{kind: group, blocks: [{profile(ADULT)}, {profile(VIP, 'or')}]}}}}",
    ): "Contacts whose City is Paris, but not those (whose Age is at least 18, or whose VIP is true).",
    (profile(f"{{any: [{PARIS}, {ADULT}]}}"), profile(VIP, "and_also")): (
        "Contacts (whose City is Paris or whose Age is at least 18), and whose VIP is true."
    ),
    (profile(PARIS), profile(f"{{all: [{ADULT}, {VIP}]}}", "but_not")): (
        "Contacts whose City is Paris, but not those (whose Age is at least 18 and whose VIP is true)."
    ),
    (profile(f"{{all: [{PARIS}, {ADULT}]}}"), profile(VIP, "or")): (
        "Contacts (whose City is Paris and whose Age is at least 18), or whose VIP is true."
    ),
    (profile(f"{{all: [{PARIS}, {ADULT}]}}"), profile(VIP, "and_also")): (
        "Contacts whose City is Paris and whose Age is at least 18, and whose VIP is true."
    ),
    (profile(PARIS), profile(relation("any", STRONG), "and_also"), profile(VIP, "and_also")): (
        "Contacts whose City is Paris, and who have a lead (whose Score is at least 50), and whose VIP is true."
    ),
    (profile(PARIS), "{combine: or, block: {kind: everyone}}"): "Contacts whose City is Paris, or anyone at all.",
}


@pytest.mark.parametrize(("steps", "words"), SENTENCES.items())
def test_a_definition_is_one_sentence(steps: tuple[str, ...], words: str) -> None:
    assert sentence(*steps) == words


def test_no_two_definitions_that_differ_read_the_same() -> None:
    said = [*NODES.values(), *(f"who {words}" for words in INTERACTIONS.values()), *SENTENCES.values()]
    twins = [(one, other) for one, other in combinations(said, 2) if one == other]
    # A group of one is what is in it; a boolean condition stands in the table twice.
    assert twins == [("City is Paris", "City is Paris")]


def test_a_group_reads_as_a_predicate_beside_its_count() -> None:
    steps = f"{profile(PARIS)}, {{combine: but_not, block: {{{BOUGHT}}}}}"
    block = definition(f"blocks: [{{block: {{kind: group, blocks: [{steps}]}}}}]").steps[0].block
    assert describe_block(block, CATALOG) == "City is Paris, but not (made a purchase at least once)"


def test_a_group_taken_away_stands_in_one_pair_of_parentheses() -> None:
    inner = f"{{combine: but_not, block: {{kind: group, blocks: [{profile(ADULT)}, {profile(VIP, 'or')}]}}}}"
    block = definition(f"blocks: [{{block: {{kind: group, blocks: [{profile(PARIS)}, {inner}]}}}}]").steps[0].block
    assert describe_block(block, CATALOG) == "City is Paris, but not (Age is at least 18, or VIP is true)"


def test_names_that_the_catalog_lacks_are_said_as_they_are() -> None:
    block = definition(
        "blocks: [{block: {kind: profile, where: {relation: shop_orders, quantifier: {kind: any},"
        " where: {attribute: net_total, operator: is, value: 3}}}}]"
    )
    assert describe(block, CATALOG) == 'Contacts who have a record ("Shop orders") whose Net total is 3.'


# --- segment files ---------------------------------------------------------------------------------------------------

HEAD = "coterie: 1\nsegment: one\nname: One\n"


def file_words(rest: str) -> str:
    parsed = parse(HEAD + rest)
    assert isinstance(parsed, DynamicSegment | StaticSegment)
    return describe(parsed, CATALOG)


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("", "All contacts."),
        ("time_zone: Europe/Paris\n", "All contacts. Days are those of Europe/Paris."),
        ("scope: business_unit\nbusiness_unit: north\n", 'All contacts of the business unit "north".'),
        ("pinned: {keep_in: ['7']}\n", "All contacts. By hand, 1 contact is always kept in."),
        (
            "pinned: {keep_in: ['7'], keep_out: ['8', '9']}\n",
            "All contacts. By hand, 1 contact is always kept in and 2 contacts are always kept out.",
        ),
    ],
)
def test_a_dynamic_segment_says_its_zone_scope_and_pins(rest: str, words: str) -> None:
    assert file_words(f"type: dynamic\n{rest}definition: {{blocks: [{{block: {{kind: everyone}}}}]}}\n") == words


def test_a_static_segment_says_how_many_were_chosen() -> None:
    assert file_words("type: static\nmembers: ['00017', '00042']\n") == "Contacts chosen by hand (2)."


def test_an_external_segment_says_who_chooses() -> None:
    words = file_words("type: static\nmembers: []\nexternal: {source: Warehouse, url: 'https://example.org/'}\n")
    assert words == "Contacts chosen by Warehouse (0)."


def test_the_contacts_own_label_leads_the_sentence() -> None:
    catalog = parse_catalog("contact: {key: id, label: Customer}")
    everyone = definition("blocks: [{block: {kind: everyone}}]")
    assert describe(everyone, catalog) == "All customers."
