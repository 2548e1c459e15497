"""A contact is asked about by its key as keys are compared: trimmed, composed, otherwise exactly."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import coterie

AS_OF = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVERYONE = {"blocks": [{"block": {"kind": "everyone"}}]}


@pytest.mark.parametrize(("key", "known"), [("é", True), ("e\u0301", True), (" é ", True), ("É", False), ("e", False)])
def test_a_key_is_found_however_it_is_composed(key: str, known: bool) -> None:
    with coterie.open(":memory:", catalog={"contact": {"key": "id"}}) as engine:
        engine.load("contact", [{"id": "é"}])
        assert (key in engine.members(EVERYONE, as_of=AS_OF)) is known
