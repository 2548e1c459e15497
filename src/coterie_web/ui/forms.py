"""Forms as all pages show them: with `ui/field.html`, field by field."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms

from coterie_web.ui.refusals import Refusal

__all__ = ["Form"]

_BARE = (forms.CheckboxInput, forms.CheckboxSelectMultiple, forms.RadioSelect, forms.HiddenInput)


class Form(forms.Form):
    """A form whose inputs look like those of all pages. Labels end without a colon."""

    def __init__(
        self, data: Mapping[str, object] | None = None, *, initial: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(data, initial=dict(initial or {}), label_suffix="")
        for field in self.fields.values():
            if not isinstance(field.widget, _BARE):
                field.widget.attrs.setdefault("class", "input")

    def refuse(self, refusal: Refusal, field: str | None = None) -> None:
        """Show what an action refused, at the field whose value it was."""
        self.add_error(field, forms.ValidationError(str(refusal), code=refusal.code))

    @property
    def refusals(self) -> list[tuple[str, str]]:
        """What concerns no field alone: messages with their codes."""
        return [(" ".join(error.messages), error.code or "invalid") for error in self.non_field_errors().as_data()]
