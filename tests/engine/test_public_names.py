"""The library's surface: which names there are, and that each says what it promises."""

from __future__ import annotations

import inspect

import pytest

import coterie

NAMES = [
    "AttributeValue",
    "Breakdown",
    "Cancellation",
    "Catalog",
    "CatalogError",
    "Cause",
    "Checked",
    "ContactPage",
    "ContactRow",
    "CoterieError",
    "Definition",
    "DefinitionError",
    "Delta",
    "DeltaPart",
    "Difference",
    "DynamicSegment",
    "Engine",
    "Entered",
    "Event",
    "Explanation",
    "Happening",
    "ImportReport",
    "IngestReport",
    "LogLine",
    "Membership",
    "NodeCount",
    "NodeReason",
    "PlannedSegment",
    "Problem",
    "Profile",
    "Published",
    "QuestionCancelled",
    "QuestionError",
    "ReadError",
    "Reason",
    "Rebuilt",
    "Refresh",
    "RefreshPlan",
    "RelatedRecord",
    "RelatedRecords",
    "SegmentSize",
    "SegmentState",
    "SegmentStatus",
    "Span",
    "StaticSegment",
    "StepCount",
    "StepReason",
    "StoreError",
    "Timeline",
    "ValueCount",
    "check",
    "open",
    "parse",
    "parse_catalog",
    "rebuild",
]


def test_the_public_names_are_these() -> None:
    assert coterie.__all__ == NAMES


def test_nothing_else_that_is_public_lies_about() -> None:
    """
    Submodules show up as attributes once they are imported; anything else was forgotten in `__all__`.
    """
    for name in NAMES:
        getattr(coterie, name)  # fetched from its room when first used
    others = {name for name, value in vars(coterie).items() if not name.startswith("_") and not inspect.ismodule(value)}
    assert others - {"annotations", "import_module", "TYPE_CHECKING"} == set(NAMES)


def test_a_name_that_is_not_public_is_missing_as_usual() -> None:
    with pytest.raises(AttributeError, match="no attribute 'opne'"):
        coterie.opne  # noqa: B018


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_says_what_it_promises(name: str) -> None:
    thing = getattr(coterie, name)
    assert inspect.getdoc(thing)
    if inspect.isclass(thing):
        # `inspect.getdoc` would take a docstring from the class above; each says its own.
        assert "__doc__" in vars(thing)
        assert thing.__doc__
        assert not thing.__doc__.startswith(f"{name}("), "a dataclass without a docstring shows its signature"


@pytest.mark.parametrize("name", [name for name in vars(coterie.Engine) if not name.startswith("_")])
def test_what_an_engine_does_is_documented(name: str) -> None:
    assert inspect.getdoc(inspect.getattr_static(coterie.Engine, name))


@pytest.mark.parametrize("name", ["members", "count", "breakdown", "explain"])
def test_every_question_takes_the_same_arguments(name: str) -> None:
    parameters = inspect.signature(getattr(coterie.Engine, name)).parameters
    keywords = [parameter.name for parameter in parameters.values() if parameter.kind is parameter.KEYWORD_ONLY]
    assert keywords == ["as_of", "time_zone", "segments", "within", "cancellation"]
    assert parameters["as_of"].default is inspect.Parameter.empty
