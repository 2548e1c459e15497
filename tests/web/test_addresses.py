"""Addresses are spelled once, and still each for itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from django.urls import NoReverseMatch, get_script_prefix, set_script_prefix

from coterie_web.ui.addresses import address_of


@pytest.fixture(autouse=True)
def prefix_as_it_was() -> Iterator[None]:
    before = get_script_prefix()
    yield
    set_script_prefix(before)


def test_they_begin_where_the_application_lies() -> None:
    assert address_of("segments:list") == "/segments/"
    set_script_prefix("/marketing/")
    assert address_of("segments:list") == "/marketing/segments/"


def test_what_is_equal_is_not_the_same() -> None:
    segment = uuid.UUID(int=1)
    assert address_of("segments:roll-back", segment, 1) == f"/segments/{segment}/versions/1/load/"
    with pytest.raises(NoReverseMatch):
        address_of("segments:roll-back", segment, True)


def test_a_page_that_is_not_there_has_none() -> None:
    with pytest.raises(NoReverseMatch):
        address_of("segments:nowhere")
