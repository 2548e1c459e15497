"""All pages are templates of one language: each can be read, and writes text of people and records as text."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.template import engines

import coterie_web

FOLDERS = sorted(Path(coterie_web.__file__).parent.glob("*/templates"))
NAMES = [path.relative_to(folder).as_posix() for folder in FOLDERS for path in sorted(folder.rglob("*.html"))]


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_read_with_every_filter_it_names(name: str) -> None:
    assert engines["jinja2"].get_template(name).template.name == name


def test_no_two_templates_have_one_name() -> None:
    assert len(NAMES) == len(set(NAMES)) > 100


def test_what_people_wrote_is_text_and_no_markup() -> None:
    written = engines["jinja2"].from_string(
        "{{ said }}{{ said|capfirst }}{{ said|default('–') }}{{ [said]|join(', ') }}"
    )
    assert not {"<", "'", '"'} & set(written.render({"said": "<i>'\"&"}))


def test_what_is_not_there_is_blank() -> None:
    written = engines["jinja2"].from_string("({{ absent }}{{ absent.at.all }}{{ absent|default('–') }})")
    assert written.render({}) == "(–)"
