"""The demo's shop: filled, its people, and the customers who go on acting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client

import coterie
from coterie import Engine
from coterie_web.accounts.models import HistoryEntry, Role, User
from coterie_web.catalogs.engine import provide, withdraw
from coterie_web.demo.customers import next_records
from coterie_web.demo.filling import begin_demo, fill
from coterie_web.demo.models import Demo
from coterie_web.demo.people import people
from coterie_web.demo.shop import catalog_text, segment_files
from coterie_web.demo.stream import send_due
from coterie_web.demo.switching import STREAM_HOURS, switch_off, switch_on
from coterie_web.ingest.models import InboxBatch
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

CONTACTS, INTERACTIONS = 300, 4_000


@pytest.fixture
def shop(db: None, clock: TestClock) -> Iterator[Engine]:
    """The demo, filled at noon."""
    with coterie.open(":memory:", catalog=catalog_text(), threads=1) as engine:
        provide(engine)
        assert begin_demo(contacts=CONTACTS, interactions=INTERACTIONS, now=clock.now())
        fill(now=clock.now(), say=lambda _: None)
        yield engine
        withdraw()


@pytest.fixture
def admin(shop: Engine) -> User:
    return people()[0]


def _signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(next(user for user in people() if user.role == role))
    return client


@pytest.mark.django_db(transaction=True)
def test_eight_segments_are_live_with_the_members_that_their_files_mean(shop: Engine, clock: TestClock) -> None:
    keeper = Keeper(keep=timedelta(days=90))
    while keeper.step():
        pass
    files = {str(file["segment"]): file for file in segment_files()}
    assert len(shop.published) == len(files) == 8
    for key, published in shop.published.items():
        assert published.members == shop.members(files[key], as_of=clock.now(), segments=files), key
    assert {segment.status_words for segment in Segment.objects.all()} == {"Live"}


def test_there_is_somebody_in_every_role_whom_a_link_signs_in(shop: Engine) -> None:
    assert {user.role for user in people()} == set(Role)
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_the_data_end_at_the_moment_of_the_demo(shop: Engine, clock: TestClock) -> None:
    lately = {"kind": "last", "count": 1, "unit": "days"}
    visited = {"kind": "interaction", "interaction": "website_visited", "operator": "at_least", "value": 1}
    asked = {"blocks": [{"block": {**visited, "window": lately}}]}
    assert shop.count(asked, as_of=clock.now()) > 0
    assert shop.count(asked, as_of=clock.now() + timedelta(days=2)) == 0


def test_a_filling_that_was_broken_off_goes_on(db: None, clock: TestClock) -> None:
    with coterie.open(":memory:", catalog=catalog_text(), threads=1) as engine:
        provide(engine)
        said: list[str] = []
        begin_demo(contacts=CONTACTS, interactions=INTERACTIONS, now=clock.now())

        def break_off(line: str) -> None:
            said.append(line)
            if "website_visited" in line:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fill(now=clock.now(), say=break_off)
        clock.advance(clock.now() + timedelta(minutes=5))
        fill(now=clock.now(), say=said.append)
        fill(now=clock.now(), say=said.append)
        assert Counter(line.split()[1] for line in said).most_common(1)[0][1] == 1, "each is loaded once"
        assert sum(
            number for name, number in engine.record_counts().items() if name in engine.catalog.interactions
        ) == (INTERACTIONS)
        withdraw()


def test_a_folder_with_data_of_its_own_becomes_no_demo(engine: Engine, db: None, clock: TestClock) -> None:
    assert not begin_demo(contacts=CONTACTS, interactions=INTERACTIONS, now=clock.now())
    assert not Demo.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_customers_do_arrives_and_is_applied_whole(shop: Engine, clock: TestClock, admin: User) -> None:
    keeper, before = Keeper(keep=timedelta(days=90)), shop.record_counts()
    assert send_due(clock.now()) == 0, "the stream is off"
    switch_on(100, acting_user=admin, now=clock.now())
    for _ in range(3):
        assert send_due(clock.now()) == 100
        clock.advance(clock.now() + timedelta(seconds=1))
    keeper.step()
    batches = InboxBatch.objects.all()
    assert [batch.acknowledgement["unusable"] for batch in batches] == [0, 0, 0]
    assert all(batch.applied_at is not None for batch in batches)
    after = shop.record_counts()
    assert after["website_visited"] > before["website_visited"] + 60
    assert after["contact"] > before["contact"]
    switch_off(acting_user=admin, now=clock.now())
    assert send_due(clock.now()) == 0


def test_the_stream_ends_by_itself(shop: Engine, clock: TestClock, admin: User) -> None:
    switch_on(5, acting_user=admin, now=clock.now())
    almost = clock.now() + timedelta(hours=STREAM_HOURS) - timedelta(seconds=1)
    assert [send_due(almost), send_due(almost + timedelta(seconds=1))] == [5, 0]


def test_customers_do_the_same_at_the_same_moment_and_every_kind_of_thing(clock: TestClock) -> None:
    asked = {"contacts": CONTACTS, "count": 500}
    one, same = next_records(at=clock.now(), **asked), next_records(at=clock.now(), **asked)
    assert one == same
    assert one != next_records(at=clock.now() + timedelta(seconds=1), **asked)
    kinds = {str(record.get("interaction") or record["entity"]) for record in one}
    assert kinds == {
        "contact", "lead", "website_visited", "email_opened", "email_clicked", "purchase", "form_submitted",
    }  # fmt: skip


def test_a_marketer_of_the_organization_switches_the_stream(shop: Engine, clock: TestClock) -> None:
    browser = _signed_in(Role.MARKETER)
    page = browser.post("/data/stream/", {"do": "on", "rate": "100"}, follow=True).content.decode()
    assert "100 records a second arrive" in page
    page = browser.post("/data/stream/", {"do": "on", "rate": "7"}, follow=True).content.decode()
    assert "Choose how many records a second: 5, 20, 100, 500." in page
    page = browser.post("/data/stream/", {"do": "off"}, follow=True).content.decode()
    assert "Nothing arrives." in page
    assert list(HistoryEntry.objects.filter(subject_type="demo").values_list("deed", flat=True)) == [
        "switched the stream off",
        "switched the stream on",
    ]


def test_others_switch_nothing_and_a_server_without_demo_has_no_switch(
    shop: Engine, clock: TestClock, signed_in: Callable[..., Client]
) -> None:
    for browser in (_signed_in(Role.MANAGER), _signed_in(Role.VIEWER)):
        assert browser.post("/data/stream/", {"do": "on", "rate": "5"}).status_code == 404
    assert Demo.objects.get().stream_until is None
    Demo.objects.all().delete()
    assert signed_in("administrator").post("/data/stream/", {"do": "off"}).status_code == 404
