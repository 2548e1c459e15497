"""The fields of the General tab, of which there are those that the status leaves open."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms

from coterie_web.segments.lifecycle.locks import open_parts
from coterie_web.segments.models import Segment
from coterie_web.ui.forms import Form

__all__ = ["DetailsForm"]


class DetailsForm(Form):
    """What people say of a segment. The values are checked where they are kept."""

    name = forms.CharField(label="Name", max_length=300)
    description = forms.CharField(
        label="Description", max_length=5_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    time_zone = forms.CharField(label="Time zone", max_length=64, required=False)
    scope = forms.ChoiceField(label="Scope", choices=Segment.Scope.choices)
    external_source = forms.CharField(
        label="External source", max_length=200, required=False, help_text="Which other system fills it"
    )
    external_url = forms.CharField(label="Address there", max_length=1_000, required=False)
    tags = forms.CharField(label="Tags", max_length=1_000, required=False, help_text="Several between commas")

    def __init__(self, segment: Segment, data: Mapping[str, object] | None = None) -> None:
        parts = {name: getattr(segment, name) for name in self.base_fields}
        super().__init__(data, initial={**parts, "tags": ", ".join(segment.tags)})
        self.fields["time_zone"].widget.attrs["list"] = "zones"
        is_open = open_parts(segment)
        for name in list(self.fields):
            is_external = name.startswith("external") and segment.type != Segment.Type.STATIC
            if name not in is_open or is_external:
                del self.fields[name]
