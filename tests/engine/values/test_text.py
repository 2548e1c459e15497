"""Text is trimmed, composed and folded by one function each (semantics, rules 2 and 6)."""

from __future__ import annotations

import pytest

from coterie.values.text import WHITE_SPACE, fold, is_storable, list_element, list_elements, normalize


def test_unicode_white_space_is_trimmed_at_both_ends() -> None:
    assert len(WHITE_SPACE) == 25
    for space in WHITE_SPACE:
        assert normalize(f"{space}a b{space}{space}") == "a b"
    for kept in "\x1c\x1d\x1e\x1f\u200b\ufeff":
        assert normalize(f"{kept}a{kept}") == f"{kept}a{kept}"


def test_blank_text_is_empty() -> None:
    assert normalize("") == ""
    assert normalize(" \t\u3000") == ""
    assert fold(" \n") == ""


def test_letters_are_composed() -> None:
    assert normalize("Zu\u0308rich") == "Z\u00fcrich"
    assert fold("ZU\u0308RICH") == "z\u00fcrich"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Paris", " PARIS "),
        ("Straße", "STRASSE"),
        ("ΟΔΟΣ", "οδος"),
        ("ﬁne", "FINE"),
        ("\u01f0", "J\u030c"),
        ("\u212b", "\u00e5"),
    ],
)
def test_text_that_differs_in_case_alone_folds_alike(left: str, right: str) -> None:
    assert fold(left) == fold(right)


def test_what_is_folded_is_composed() -> None:
    """Case folding takes some letters apart: they are put together again."""
    assert fold("\u01f0") == "\u01f0"


def test_accents_count() -> None:
    assert fold("resume") != fold("résumé")


ELEMENTS = ("a", "", "a b", "\x1f", "\x1e", "\x1e0", "\x1e1", "a\x1fb\x1ec", "\x1e\x1f\x1e1\x1f0")


@pytest.mark.parametrize("element", ELEMENTS)
def test_elements_come_back_from_a_list_kept_as_text(element: str) -> None:
    assert list_elements(list_element(element)) == [element]
    kept = list_element(element) + list_element("other")[1:]
    assert list_elements(kept) == [element, "other"]


def test_an_element_is_found_in_a_list_and_no_part_of_one() -> None:
    kept = list_element("running") + list_element("bike\x1frun")[1:]
    assert list_element("running") in kept
    assert list_element("bike\x1frun") in kept
    for other in ("run", "bike", "running\x1fbike", "ning"):
        assert list_element(other) not in kept


def test_a_lone_surrogate_cannot_be_kept() -> None:
    assert is_storable("plain")
    assert is_storable("Zürich 😀")
    assert not is_storable("a\ud800")
    assert not is_storable("\udfff")
