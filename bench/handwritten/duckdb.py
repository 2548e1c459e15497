"""DuckDB by hand: integer ids in the order of the rows, lower-cased text, enums where the choices are closed.

Most statements were chosen among two to six forms timed beside each other at 3·10^5 contacts: sets by `IN` against
joins, `UNION ALL` of codes and full joins; counts by FILTER against grouping by pattern; forms within a few percent of
each other count as equal. Chains of `list_contains` took a quarter of `list_has_any`. Not used, though faster there: a
bit mask of interests (6.8 against 17.5 ms) and an enum of cities (1.1 against 2.7 ms), which a new choice or city would
make invalid.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["BREAKDOWNS", "COUNTS", "LOAD", "SCHEMA"]

SCHEMA: tuple[str, ...] = (
    "CREATE TYPE language AS ENUM ('en', 'de', 'fr', 'es', 'it')",
    "CREATE TYPE status AS ENUM ('new', 'working', 'qualified', 'lost', 'won')",
    "CREATE TYPE device AS ENUM ('desktop', 'mobile', 'tablet')",
    "CREATE TYPE format AS ENUM ('webinar', 'fair', 'workshop', 'dinner')",
    """CREATE TABLE contact (
        id INTEGER NOT NULL, first_name VARCHAR NOT NULL, last_name VARCHAR NOT NULL, email VARCHAR NOT NULL,
        city VARCHAR, age INTEGER, score DECIMAL(5, 1) NOT NULL, language language, subscribed BOOLEAN NOT NULL,
        created_on TIMESTAMP NOT NULL, birth_date DATE, interests VARCHAR[], account_id INTEGER)""",
    "CREATE TABLE account (id INTEGER NOT NULL, name VARCHAR, industry VARCHAR, employees INTEGER)",
    """CREATE TABLE lead (
        id INTEGER NOT NULL, contact_id INTEGER, score INTEGER NOT NULL, status status,
        created_on TIMESTAMP NOT NULL)""",
    "CREATE TABLE event (id INTEGER NOT NULL, name VARCHAR, format format, starts_on DATE)",
    """CREATE TABLE registration (
        id INTEGER NOT NULL, contact_id INTEGER NOT NULL, event_id INTEGER, registered_on TIMESTAMP,
        cancelled BOOLEAN)""",
    """CREATE TABLE email_opened (
        contact_id INTEGER NOT NULL, occurred_at TIMESTAMP NOT NULL, message VARCHAR, journey VARCHAR,
        device device)""",
    """CREATE TABLE email_clicked (
        contact_id INTEGER NOT NULL, occurred_at TIMESTAMP NOT NULL, message VARCHAR, link VARCHAR)""",
    """CREATE TABLE purchase (
        contact_id INTEGER NOT NULL, occurred_at TIMESTAMP NOT NULL, amount DECIMAL(12, 2) NOT NULL,
        product VARCHAR)""",
    """CREATE TABLE website_visited (
        contact_id INTEGER NOT NULL, occurred_at TIMESTAMP NOT NULL, page VARCHAR, seconds INTEGER)""",
)

_HAPPENED = "substr(contact_id, 2)::INTEGER, occurred_at::TIMESTAMP"

LOAD: Mapping[str, str] = {
    "contact": """SELECT substr(contact_id, 2)::INTEGER, lower(first_name), lower(last_name), lower(email), lower(city),
        age, score, language, subscribed, created_on::TIMESTAMP, birth_date, interests,
        substr(account_id, 2)::INTEGER""",
    "account": "SELECT substr(account_id, 2)::INTEGER, lower(name), industry, employees",
    "lead": """SELECT substr(lead_id, 2)::INTEGER,
        CASE WHEN contact_id LIKE 'c%' THEN substr(contact_id, 2)::INTEGER END, score, status, created_on::TIMESTAMP""",
    "event": "SELECT substr(event_id, 2)::INTEGER, lower(name), format, starts_on",
    "registration": """SELECT substr(registration_id, 2)::INTEGER, substr(contact_id, 2)::INTEGER,
        substr(event_id, 2)::INTEGER, registered_on::TIMESTAMP, cancelled""",
    "email_opened": f"SELECT {_HAPPENED}, lower(message), lower(journey), device",
    "email_clicked": f"SELECT {_HAPPENED}, lower(message), lower(link)",
    "purchase": f"SELECT {_HAPPENED}, amount, lower(product)",
    "website_visited": f"SELECT {_HAPPENED}, lower(page), seconds",
}
"""The SELECT that fills each table from its Parquet file: `INSERT INTO table SELECT … FROM read_parquet(file)`."""

_UP_TO_NOW = "occurred_at <= TIMESTAMP '2026-11-23 10:00:00'"


def _since(moment: str) -> str:
    return f"occurred_at >= TIMESTAMP '{moment}' AND {_UP_TO_NOW}"


_GOOD_LEADS = """
    SELECT contact_id FROM lead
    WHERE score >= 50 AND coalesce(status <> 'lost', true) AND contact_id IS NOT NULL"""

_WEBINARS = """
    SELECT contact_id FROM registration
    WHERE NOT cancelled AND event_id IN (
        SELECT id FROM event WHERE format = 'webinar' AND starts_on BETWEEN DATE '2025-11-23' AND DATE '2026-11-23')
    GROUP BY contact_id HAVING count(*) >= 2"""
_IN_BRANCH = "SELECT id FROM contact WHERE account_id IN (SELECT id FROM account WHERE industry IN ('retail', 'media'))"

_AT_LEAST = f"""
    SELECT count(*) AS s0 FROM (
        SELECT contact_id FROM email_opened
        WHERE {_since("2026-10-24 04:00:00")} AND starts_with(message, 'spring') AND device IN ('mobile', 'desktop')
        GROUP BY contact_id HAVING count(*) >= 2)"""

_QUARTER = "occurred_at >= TIMESTAMP '2026-07-01' AND occurred_at < TIMESTAMP '2026-10-01'"
_QUARTER_SUM = f"SELECT contact_id FROM purchase WHERE {_QUARTER} GROUP BY contact_id HAVING sum(amount) >= 300.50"
_BIKE_SUM = f"""
    SELECT contact_id FROM purchase WHERE {_since("2026-01-01")} AND contains(product, 'bike')
    GROUP BY contact_id HAVING sum(amount) > 500"""

_MANY_PRODUCTS = f"""
    SELECT contact_id FROM purchase WHERE {_since("2025-11-23 05:00:00")}
    GROUP BY contact_id HAVING count(DISTINCT product) >= 3"""
# The window holds one change of the clocks: two fixed offsets took 27 ms, a conversion by zone 71.
_LOCAL_DAY = """(epoch_ms(occurred_at)
    - CASE WHEN occurred_at < TIMESTAMP '2026-11-01 06:00:00' THEN 14400000 ELSE 18000000 END) // 86400000"""
_MANY_DAYS = f"""
    SELECT contact_id FROM website_visited WHERE {_since("2026-05-23 04:00:00")}
    GROUP BY contact_id HAVING count(DISTINCT {_LOCAL_DAY}) >= 4"""

_EARLY_CLICKS = "SELECT contact_id FROM email_clicked WHERE occurred_at < TIMESTAMP '2025-06-01 04:00:00'"

_CITIES = "('new york', 'london', 'paris', 'berlin', 'chicago', 'madrid', 'tokyo')"
_YOGA = "(list_contains(interests, 'yoga') OR list_contains(interests, 'hiking'))"
_OPENED_TWICE = f"""
    SELECT contact_id FROM email_opened WHERE {_since("2026-09-24 04:00:00")} AND coalesce(device <> 'tablet', true)
    GROUP BY contact_id HAVING count(*) >= 2"""
_BIG_SPENDERS = f"""
    SELECT contact_id FROM purchase WHERE {_since("2026-05-23 04:00:00")}
    GROUP BY contact_id HAVING sum(amount) >= 500"""
_VISITORS = f"""
    SELECT contact_id FROM website_visited WHERE {_since("2026-08-25 04:00:00")}
    GROUP BY contact_id HAVING count(*) >= 3"""
_TRAIL = f"SELECT contact_id FROM purchase WHERE {_since('2026-11-09 05:00:00')} AND starts_with(product, 'trail')"
# The segment `unreachable` keeps its own zone, the organization's: UTC.
_OPENED_EVER = f"SELECT contact_id FROM email_opened WHERE {_since('2026-05-27')}"

COUNTS: Mapping[str, str] = {
    "simple-profile": "SELECT count(*) FROM contact WHERE city = 'new york' AND age BETWEEN 25 AND 40",
    "nested-profile": """
        SELECT count(*) FROM contact
        WHERE ((city LIKE 'san%' AND email NOT LIKE '%@example.org') OR (last_name LIKE '%son%' AND age >= 50)
               OR city IN ('boston', 'chicago', 'seattle'))
          AND coalesce(language <> 'de', true) AND first_name NOT LIKE 'al%'""",
    "dates": """
        SELECT count(*) FROM contact
        WHERE created_on BETWEEN TIMESTAMP '2025-05-23 04:00:00' AND TIMESTAMP '2026-11-23 10:00:00'
          AND (birth_date < DATE '1980-01-01' OR (month(birth_date) = 11 AND isodow(birth_date) >= 6))
          AND ((month(birth_date) = 11 AND day(birth_date) >= 23) OR month(birth_date) = 12
               OR (month(birth_date) = 1 AND day(birth_date) <= 7))""",
    "multi-choice": """
        SELECT count(*) FROM contact
        WHERE (list_contains(interests, 'running') OR list_contains(interests, 'cycling'))
          AND NOT (list_contains(interests, 'cooking') AND list_contains(interests, 'travel'))
          AND ((list_contains(interests, 'music') AND list_contains(interests, 'reading'))
               OR NOT list_contains(interests, 'gaming'))""",
    "related-record": f"SELECT count(*) FILTER (subscribed) FROM contact WHERE id IN ({_GOOD_LEADS})",
    "two-hops": f"""
        WITH webinar AS MATERIALIZED ({_WEBINARS}), branch AS MATERIALIZED ({_IN_BRANCH})
        SELECT (SELECT count(*) FROM webinar) + (SELECT count(*) FROM branch)
             - (SELECT count(*) FROM branch WHERE id IN (FROM webinar))""",
    "at-least": _AT_LEAST,
    "did-not": f"""
        SELECT count(*) FROM (SELECT DISTINCT contact_id FROM email_opened WHERE {_since("2026-08-25 04:00:00")})
        ANTI JOIN (SELECT contact_id FROM purchase WHERE {_since("2026-08-25 04:00:00")}) USING (contact_id)""",
    "sum-in-period": f"SELECT count(*) FROM ({_QUARTER_SUM} UNION {_BIKE_SUM})",
    "distinct-and-days": f"SELECT count(*) FROM ({_MANY_PRODUCTS}) SEMI JOIN ({_MANY_DAYS}) USING (contact_id)",
    "first-last-average": f"""
        WITH recent AS MATERIALIZED (
            SELECT DISTINCT contact_id FROM purchase SEMI JOIN ({_EARLY_CLICKS}) USING (contact_id)
            WHERE {_since("2026-09-24 04:00:00")})
        SELECT count(*) FROM (
            SELECT contact_id FROM purchase SEMI JOIN recent USING (contact_id) WHERE {_UP_TO_NOW}
            GROUP BY contact_id HAVING sum(amount) >= 100 * count(*))""",
    "ten-conditions": f"""
        WITH chosen AS (
            SELECT id, subscribed FROM contact
            WHERE city IN {_CITIES} AND age BETWEEN 21 AND 65 AND (score >= 62.5 OR {_YOGA} OR id IN ({_GOOD_LEADS}))
              AND id IN ({_OPENED_TWICE})
            UNION
            SELECT id, subscribed FROM contact
            WHERE coalesce(language <> 'de', true) AND id IN ({_BIG_SPENDERS}) AND id IN ({_VISITORS})),
        kept AS MATERIALIZED (FROM chosen ANTI JOIN ({_TRAIL}) AS trail ON trail.contact_id = id),
        doubtful AS MATERIALIZED (SELECT id FROM kept WHERE NOT subscribed)
        SELECT (SELECT count(*) FROM kept) - (
            SELECT count(*) FROM doubtful ANTI JOIN (
                SELECT contact_id FROM email_opened SEMI JOIN doubtful ON id = contact_id WHERE {_since("2026-05-27")}
            ) AS opened ON opened.contact_id = id)""",
}

BREAKDOWNS: Mapping[str, str] = {
    "simple-profile": """
        SELECT count(*) FILTER (a) AS s0_0, count(*) FILTER (b) AS s0_1, count(*) FILTER (a AND b) AS s0
        FROM (SELECT city = 'new york' AS a, age BETWEEN 25 AND 40 AS b FROM contact)""",
    "nested-profile": """
        SELECT sum(n) FILTER (s0_0_0_0) AS s0_0_0_0,
               sum(n) FILTER (org) AS s0_0_0_1_not,
               sum(n) FILTER (NOT org) AS s0_0_0_1,
               sum(n) FILTER (s0_0_0_0 AND NOT org) AS s0_0_0,
               sum(n) FILTER (son) AS s0_0_1_0,
               sum(n) FILTER (fifty) AS s0_0_1_1,
               sum(n) FILTER (son AND fifty) AS s0_0_1,
               sum(n) FILTER (s0_0_2) AS s0_0_2,
               sum(n) FILTER ((s0_0_0_0 AND NOT org) OR (son AND fifty) OR s0_0_2) AS s0_0,
               sum(n) FILTER (s0_1) AS s0_1,
               sum(n) FILTER (al) AS s0_2_not,
               sum(n) FILTER (NOT al) AS s0_2,
               sum(n) FILTER (((s0_0_0_0 AND NOT org) OR (son AND fifty) OR s0_0_2)
                              AND s0_1 AND NOT al) AS s0
        FROM (
            SELECT coalesce(city LIKE 'san%', false) AS s0_0_0_0, email LIKE '%@example.org' AS org,
                   last_name LIKE '%son%' AS son, coalesce(age >= 50, false) AS fifty,
                   coalesce(city IN ('boston', 'chicago', 'seattle'), false) AS s0_0_2,
                   coalesce(language <> 'de', true) AS s0_1, first_name LIKE 'al%' AS al, count(*) AS n
            FROM contact GROUP BY ALL)""",
    "dates": """
        SELECT count(*) FILTER (soon) AS s0_0, count(*) FILTER (fresh) AS s0_1, count(*) FILTER (old) AS s0_2_0,
               count(*) FILTER (weekend) AS s0_2_1, count(*) FILTER (old OR weekend) AS s0_2,
               count(*) FILTER (soon AND fresh AND (old OR weekend)) AS s0
        FROM (
            SELECT month(birth_date) * 100 + day(birth_date) >= 1123
                   OR month(birth_date) * 100 + day(birth_date) <= 107 AS soon,
                   created_on >= TIMESTAMP '2025-05-23 04:00:00'
                   AND created_on <= TIMESTAMP '2026-11-23 10:00:00' AS fresh,
                   birth_date < DATE '1980-01-01' AS old,
                   month(birth_date) = 11 AND isodow(birth_date) >= 6 AS weekend
            FROM contact)""",
    "multi-choice": """
        SELECT count(*) FILTER (s0_0) AS s0_0, count(*) FILTER (s0_1) AS s0_1, count(*) FILTER (s0_2_0) AS s0_2_0,
               count(*) FILTER (s0_2_1) AS s0_2_1, count(*) FILTER (s0_2_0 OR s0_2_1) AS s0_2,
               count(*) FILTER (s0_0 AND s0_1 AND (s0_2_0 OR s0_2_1)) AS s0
        FROM (
            SELECT coalesce(list_contains(interests, 'running') OR list_contains(interests, 'cycling'), false) AS s0_0,
                   coalesce(NOT (list_contains(interests, 'cooking') AND list_contains(interests, 'travel')), true)
                   AS s0_1,
                   coalesce(list_contains(interests, 'music') AND list_contains(interests, 'reading'), false) AS s0_2_0,
                   coalesce(NOT list_contains(interests, 'gaming'), true) AS s0_2_1
            FROM contact)""",
    "related-record": f"""
        SELECT (SELECT count(*) FROM contact WHERE subscribed) AS s0_0, count(*) AS s0_1,
               count(*) FILTER (subscribed) AS s0
        FROM contact WHERE id IN ({_GOOD_LEADS})""",
    "two-hops": f"""
        WITH webinar AS MATERIALIZED ({_WEBINARS}), branch AS MATERIALIZED ({_IN_BRANCH})
        SELECT s0_0, s0_1, s0_0 + s0_1 - (SELECT count(*) FROM branch WHERE id IN (FROM webinar)) AS s0
        FROM (SELECT (SELECT count(*) FROM webinar) AS s0_0, (SELECT count(*) FROM branch) AS s0_1)""",
    "at-least": _AT_LEAST,
    "did-not": f"""
        WITH opened AS MATERIALIZED (
            SELECT DISTINCT contact_id FROM email_opened WHERE {_since("2026-08-25 04:00:00")}),
        bought AS MATERIALIZED (SELECT DISTINCT contact_id FROM purchase WHERE {_since("2026-08-25 04:00:00")})
        SELECT (SELECT count(*) FROM contact) - (SELECT count(*) FROM bought) AS s0,
               (SELECT count(*) FROM opened) AS s1,
               (SELECT count(*) FROM opened ANTI JOIN bought USING (contact_id)) AS f1""",
    "sum-in-period": f"""
        WITH quarter AS MATERIALIZED ({_QUARTER_SUM}), bike AS MATERIALIZED ({_BIKE_SUM})
        SELECT s0, s1, s0 + (SELECT count(*) FROM bike ANTI JOIN quarter USING (contact_id)) AS f1
        FROM (SELECT (SELECT count(*) FROM quarter) AS s0, (SELECT count(*) FROM bike) AS s1)""",
    "distinct-and-days": f"""
        WITH products AS MATERIALIZED ({_MANY_PRODUCTS}), days AS MATERIALIZED ({_MANY_DAYS})
        SELECT (SELECT count(*) FROM products) AS s0, (SELECT count(*) FROM days) AS s1,
               (SELECT count(*) FROM days SEMI JOIN products USING (contact_id)) AS f1""",
    "first-last-average": f"""
        WITH buyer AS MATERIALIZED (
            SELECT contact_id, max(occurred_at) >= TIMESTAMP '2026-09-24 04:00:00' AS recent,
                   sum(amount) < 100 * count(*) AS frugal
            FROM purchase WHERE {_UP_TO_NOW} GROUP BY contact_id),
        early AS MATERIALIZED (SELECT DISTINCT contact_id FROM ({_EARLY_CLICKS}))
        SELECT (SELECT count(*) FROM early) AS s0, (SELECT count(*) FROM buyer WHERE recent) AS s1,
               (SELECT count(*) FROM buyer WHERE frugal) AS s2, count(*) AS f1, count(*) FILTER (NOT frugal) AS f2
        FROM buyer SEMI JOIN early USING (contact_id) WHERE recent""",
    "ten-conditions": f"""
        SELECT sum(n) FILTER (city) AS s0_0, sum(n) FILTER (age) AS s0_1, sum(n) FILTER (score) AS s0_2_0,
               sum(n) FILTER (yoga) AS s0_2_1, sum(n) FILTER (lead) AS s0_2_2, sum(n) FILTER (keen) AS s0_2,
               sum(n) FILTER (city AND age AND keen) AS s0,
               sum(n) FILTER (opened) AS s1, sum(n) FILTER (city AND age AND keen AND opened) AS f1,
               sum(n) FILTER (spender) AS s2_s0, sum(n) FILTER (visitor) AS s2_s1, sum(n) FILTER (german) AS s2_s2,
               sum(n) FILTER (shopper) AS s2, sum(n) FILTER (chosen) AS f2,
               sum(n) FILTER (trail) AS s3, sum(n) FILTER (chosen AND NOT trail) AS f3,
               sum(n) FILTER (unreachable) AS s4, sum(n) FILTER (chosen AND NOT trail AND NOT unreachable) AS f4
        FROM (
            SELECT *, (city AND age AND keen AND opened) OR shopper AS chosen
            FROM (
                SELECT *, score OR yoga OR lead AS keen, spender AND visitor AND NOT german AS shopper
                FROM (
                    SELECT coalesce(city IN {_CITIES}, false) AS city, coalesce(age BETWEEN 21 AND 65, false) AS age,
                           score >= 62.5 AS score, coalesce({_YOGA}, false) AS yoga,
                           id IN ({_GOOD_LEADS}) AS lead, id IN ({_OPENED_TWICE}) AS opened,
                           id IN ({_BIG_SPENDERS}) AS spender, id IN ({_VISITORS}) AS visitor,
                           coalesce(language = 'de', false) AS german, id IN ({_TRAIL}) AS trail,
                           NOT subscribed AND NOT id IN ({_OPENED_EVER}) AS unreachable, count(*) AS n
                    FROM contact GROUP BY ALL)))""",
}
