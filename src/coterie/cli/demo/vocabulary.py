"""The words of the demo's shop, with weights: who, where, what is sold, what is sent."""

from __future__ import annotations

__all__ = [
    "CITIES",
    "DEVICES",
    "EVENT_KINDS",
    "FIRST_NAMES",
    "FORMS",
    "INDUSTRIES",
    "INTERESTS",
    "LAST_NAMES",
    "LEAD_SOURCES",
    "LEAD_STATUSES",
    "PAGES",
    "PRODUCTS",
    "TOPICS",
]

_FIRST_NAMES = """
Aaliyah Adam Aïcha Alice Amara Ana Andrés Anna Arjun Astrid Ben Björn Camille Carlos Chiara Chloé Claire Daniel David
Diego Elena Emil Emma Eva Fatima Felix Freya Giulia Hana Hannah Hugo Ida Ines Isabel Jack James Jana João José Jules
Julia Kai Karim Kenji Lars Lea Leo Lina Lucía Lukas Łukasz Mads Maria Marta Mateo Maya Mia Mikkel Mina Nadia Naomi
Nina Noah Nora Olga Oliver Olivia Oscar Paul Pedro Petra Priya Rafael Rosa Ruth Sam Sara Selin Sofia Søren Stefan Tara
Theo Thomas Tomás Uma Valentina Vera Victor Wei Yara Yuki Zoë
"""
FIRST_NAMES = tuple(_FIRST_NAMES.split())

_LAST_NAMES = """
Abe Adler Ahmed Allen Almeida Andersen Arnold Baker Barbosa Becker Berg Bianchi Blanc Brandt Brown Bruno Byrne Carter
Castro Chan Costa Cruz Dahl Diaz Dubois Duarte Eriksen Evans Ferrari Fischer Fournier Garcia Gómez Gupta Haas Hansen
Harris Hoffmann Horvat Ito Ivanov Jansen Johnson Kaya Keller Khan Kim Klein Kowalski Kumar Lambert Larsen Laurent Lee
Lehmann Lewis López Lund Martin Mendes Meyer Miller Mori Moreau Müller Murphy Nakamura Nguyen Nielsen Novak O'Brien
Olsen Ortiz Park Patel Pereira Petit Reyes Ricci Rossi Roux Sato Schmidt Silva Singh Smith Sørensen Suzuki Taylor
Torres Tran Vargas Vidal Wagner Walker Weber White Wong Wright Yılmaz Young Zimmermann
"""
LAST_NAMES = tuple(_LAST_NAMES.split())

CITIES = (
    # city, country, business unit, weight
    ("New York", "US", "Americas", 120),
    ("Chicago", "US", "Americas", 60),
    ("Austin", "US", "Americas", 45),
    ("San Francisco", "US", "Americas", 55),
    ("Toronto", "CA", "Americas", 40),
    ("São Paulo", "BR", "Americas", 50),
    ("London", "GB", "EMEA", 95),
    ("Manchester", "GB", "EMEA", 35),
    ("Paris", "FR", "EMEA", 90),
    ("Lyon", "FR", "EMEA", 35),
    ("Berlin", "DE", "EMEA", 70),
    ("München", "DE", "EMEA", 45),
    ("Madrid", "ES", "EMEA", 50),
    ("Milano", "IT", "EMEA", 45),
    ("København", "DK", "EMEA", 25),
    ("Kraków", "PL", "EMEA", 30),
    ("Tokyo", "JP", "APAC", 45),
    ("Singapore", "SG", "APAC", 30),
    ("Sydney", "AU", "APAC", 35),
)

INTERESTS = (
    # interest, how many of a thousand contacts have it
    ("running", 240),
    ("cycling", 200),
    ("hiking", 260),
    ("swimming", 110),
    ("climbing", 70),
    ("yoga", 180),
    ("camping", 150),
    ("skiing", 90),
)

INDUSTRIES = (
    ("retail", 22),
    ("software", 20),
    ("manufacturing", 15),
    ("health care", 13),
    ("education", 11),
    ("finance", 10),
    ("travel", 9),
)

LEAD_STATUSES = (("new", 30), ("working", 28), ("qualified", 18), ("won", 9), ("lost", 15))
LEAD_SOURCES = (("web", 45), ("event", 25), ("referral", 18), ("advertising", 12))
EVENT_KINDS = (("workshop", 40), ("race", 30), ("store evening", 20), ("conference", 10))
DEVICES = (("mobile", 61), ("desktop", 33), ("tablet", 6))
FORMS = (("newsletter sign-up", 45), ("size advice", 25), ("contact us", 20), ("trade account", 10))

PRODUCTS = (
    # product, category, price in cents, weight
    ("Trail shoe Fell", "shoes", 12900, 60),
    ("Road shoe Tempo", "shoes", 14500, 55),
    ("Sandal Brook", "shoes", 6900, 25),
    ("Rain jacket Squall", "clothing", 18900, 35),
    ("Merino shirt", "clothing", 5900, 70),
    ("Running tights", "clothing", 6500, 50),
    ("Wool socks", "clothing", 1850, 110),
    ("Cap", "clothing", 2400, 60),
    ("Tent for two", "camping", 34900, 12),
    ("Sleeping bag", "camping", 21900, 16),
    ("Stove", "camping", 7900, 22),
    ("Water bottle", "camping", 1695, 95),
    ("Bike helmet", "cycling", 8900, 28),
    ("Bike lights", "cycling", 4550, 40),
    ("Inner tube", "cycling", 795, 85),
    ("Climbing harness", "climbing", 7450, 14),
    ("Chalk bag", "climbing", 1990, 20),
    ("Yoga mat", "yoga", 4900, 45),
    ("Ski gloves", "skiing", 5450, 24),
    ("Gift card", "gifts", 5000, 38),
)

PAGES = (
    ("/", 30),
    ("/sale", 14),
    ("/shoes", 12),
    ("/clothing", 10),
    ("/camping", 8),
    ("/cycling", 7),
    ("/events", 6),
    ("/size-advice", 5),
    ("/stores", 4),
    ("/basket", 4),
)

TOPICS = (
    # what a mailing is about, and the journey that sends it
    ("newsletter", "Newsletter"),
    ("new arrivals", "Promotions"),
    ("weekend offer", "Promotions"),
    ("stories from the trail", "Newsletter"),
)
