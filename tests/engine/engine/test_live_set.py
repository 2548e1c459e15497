"""The files that shall be live: read when they change, checked against one another, their versions remembered."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from engine_shop import CATALOG, is_, refers, segment, static

from coterie.catalog import parse_catalog
from coterie.definition import write
from coterie.definition.parsing import parse
from coterie.engine import live_set
from coterie.engine.live_set import LiveSet
from coterie.errors import DefinitionError

PARIS, LYON = segment("s", is_("city", "is", "Paris")), segment("s", is_("city", "is", "Lyon"))
USER = segment("t", refers("s"))


@pytest.fixture
def empty() -> LiveSet:
    return LiveSet(parse_catalog(CATALOG), ZoneInfo("UTC"))


def versions(live: LiveSet) -> dict[str, int]:
    return {key: held.version for key, held in live.segments.items()}


def codes(live: LiveSet, key: str) -> list[str]:
    return [problem.code for problem in live.segments[key].problems]


def test_the_same_files_make_the_same_set(empty: LiveSet) -> None:
    first = empty.replaced({"s": PARIS})
    assert first.replaced({"s": PARIS}) is first
    assert first.replaced({"s": {**PARIS}}) is first
    assert first is not empty


def test_the_former_set_stays_as_it_is(empty: LiveSet) -> None:
    first = empty.replaced({"s": PARIS})
    first.replaced({"t": static("t", "ann")})
    assert versions(first) == {"s": 1}
    assert versions(empty) == {}


def test_an_edit_raises_the_version_and_another_spelling_does_not(empty: LiveSet) -> None:
    first = empty.replaced({"s": PARIS})
    same = first.replaced({"s": write(parse(PARIS))})  # YAML text of the same file
    assert versions(same) == {"s": 1}
    assert versions(same.replaced({"s": LYON})) == {"s": 2}
    assert versions(same.replaced({"s": LYON}).replaced({"s": PARIS})) == {"s": 3}


def test_only_what_changed_is_read(empty: LiveSet, monkeypatch: pytest.MonkeyPatch) -> None:
    first = empty.replaced({"s": PARIS, "u": static("u", "ann")})
    read: list[Any] = []
    reading = live_set.parsed

    def noted(file: Any) -> Any:
        read.append(file)
        return reading(file)

    monkeypatch.setattr(live_set, "parsed", noted)
    first.replaced({"s": LYON, "u": static("u", "ann")})
    assert read == [LYON]


def test_a_mapping_that_was_changed_in_place_is_another_file(empty: LiveSet) -> None:
    file = static("s", "ann")
    first = empty.replaced({"s": file})
    file["members"].append("bob")
    assert versions(first.replaced({"s": file})) == {"s": 2}


class Odd:
    """A value that does not let itself be copied, or compared."""

    def __init__(self, *, copied: bool) -> None:
        self.copied = copied

    def __deepcopy__(self, memo: object) -> Odd:
        if not self.copied:
            raise TypeError("This cannot be copied.")
        return Odd(copied=True)

    def __eq__(self, other: object) -> bool:
        raise ValueError("Which of them?")

    __hash__ = None  # type: ignore[assignment]


class Unreadable(dict[str, Any]):
    def items(self) -> Any:
        raise RuntimeError("Not now.")


def nested(levels: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for _ in range(levels):
        made = {"in": made}
    return made


ODD: dict[str, Any] = {
    "nested deeply": {**PARIS, "definition": nested(600)},
    "not to be copied": {**PARIS, "name": Odd(copied=False)},
    "not to be compared": {**PARIS, "name": Odd(copied=True)},
    "not to be read": Unreadable(PARIS),
}


@pytest.mark.parametrize("file", ODD.values(), ids=ODD.keys())
def test_a_mapping_that_can_hardly_be_read_copied_or_compared_is_a_problem_of_its_own_segment(
    empty: LiveSet, file: Any
) -> None:
    files = {"s": file, "u": static("u", "ann")}
    first = empty.replaced(files)
    again = first.replaced({key: {**each} if key == "u" else each for key, each in files.items()})
    for live in (first, again, again.replaced({**files, "s": Unreadable(file)})):
        assert (len(codes(live, "s")), codes(live, "u")) == (1, [])
    assert versions(again) == {"s": 1, "u": 1}
    assert versions(again.replaced({**files, "s": PARIS})) == {"s": 2, "u": 1}


def test_a_mapping_that_cannot_be_copied_is_read_anew(empty: LiveSet) -> None:
    class Uncopied(dict[str, Any]):
        def __deepcopy__(self, memo: object) -> Any:
            raise TypeError("This cannot be copied.")

    file = Uncopied(static("s", "ann"))
    first = empty.replaced({"s": file})
    assert versions(first.replaced({"s": file})) == {"s": 1}
    file["members"].append("bob")
    assert versions(first.replaced({"s": file})) == {"s": 2}


def test_text_is_no_bytes_even_where_it_says_the_same(empty: LiveSet) -> None:
    text = write(parse(PARIS))
    first = empty.replaced({"s": text})
    assert versions(first.replaced({"s": text.encode()})) == {"s": 1}


def test_files_may_refer_to_each_other_whatever_their_order(empty: LiveSet) -> None:
    both = empty.replaced({"t": USER, "s": PARIS})
    assert codes(both, "t") == []
    assert codes(both.replaced({"t": USER, "s": segment("s", is_("ctiy", "is", "Lyon"))}), "t") == ["segment_failed"]


def test_a_reference_to_what_was_never_live_is_unknown_and_to_what_was_stopped_says_so(empty: LiveSet) -> None:
    assert codes(empty.replaced({"t": USER}), "t") == ["unknown_segment"]
    stopped = empty.replaced({"t": USER, "s": PARIS}).replaced({"t": USER})
    (problem,) = stopped.segments["t"].problems
    assert (problem.code, problem.message) == ("segment_not_live", "The segment 's' is not live any more.")
    assert codes(stopped.replaced({"t": USER, "s": PARIS}), "t") == []


def test_a_reference_to_a_stopped_segment_is_known_by_its_place_whatever_its_key(empty: LiveSet) -> None:
    """
    A message shows the beginning of a long key alone.
    """
    long = "s" * 64
    files = {"t": segment("t", refers(long), refers("other"))}
    stopped = empty.replaced({**files, long: segment(long, is_("city", "is", "Paris"))}).replaced(files)
    assert codes(stopped, "t") == ["segment_not_live", "unknown_segment"]


def test_one_that_starts_again_goes_on_counting_its_versions(empty: LiveSet) -> None:
    again = empty.replaced({"s": PARIS}).replaced({}).replaced({"s": PARIS})
    assert versions(again) == {"s": 2}


def test_a_file_under_another_key_is_a_problem_of_that_key(empty: LiveSet) -> None:
    (problem,) = empty.replaced({"t": PARIS}).segments["t"].problems
    assert (problem.code, problem.path) == ("invalid_value", "segment")


def test_what_is_no_key_is_refused(empty: LiveSet) -> None:
    with pytest.raises(DefinitionError) as caught:
        empty.replaced({"t t": PARIS, "s": PARIS, "T": PARIS})
    assert [problem.path for problem in caught.value.problems] == ["segments.t t", "segments.T"]


def test_a_file_that_cannot_be_read_is_a_version_of_its_own_and_stays_one_while_it_says_the_same(
    empty: LiveSet,
) -> None:
    broken = empty.replaced({"s": PARIS}).replaced({"s": "blocks: ["})
    assert (versions(broken), codes(broken, "s")) == ({"s": 2}, ["syntax_error"])
    assert versions(broken.replaced({"s": b"blocks: ["})) == {"s": 2}
    assert versions(broken.replaced({"s": PARIS})) == {"s": 3}


def test_a_file_that_cannot_be_read_is_restored_with_its_problems(empty: LiveSet) -> None:
    made = empty.replaced({"s": "blocks: [", "t": USER})
    restored = LiveSet(parse_catalog(CATALOG), ZoneInfo("UTC"))
    restored.restore({key: (held.version, made.text(key)) for key, held in made.segments.items()}, {})
    assert restored.segments["s"].problems == made.segments["s"].problems
    assert restored.equals(made)
    assert versions(restored.replaced({"s": "blocks: [", "t": USER})) == {"s": 1, "t": 1}


def test_a_set_is_restored_from_its_texts(empty: LiveSet) -> None:
    made = empty.replaced({"s": PARIS, "t": USER, "gone": static("gone", "ann")}).replaced({"s": LYON, "t": USER})
    restored = LiveSet(parse_catalog(CATALOG), ZoneInfo("UTC"))
    restored.restore({key: (held.version, made.text(key)) for key, held in made.segments.items()}, {"gone": 1})
    assert versions(restored) == versions(made) == {"s": 2, "t": 1}
    assert {key: restored.text(key) for key in restored.segments} == {key: made.text(key) for key in made.segments}
    again = restored.replaced({"s": LYON, "t": USER, "gone": static("gone", "bob")})
    assert versions(again) == {"s": 2, "t": 1, "gone": 2}
