"""What is asked when a segment or a template is made."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms

from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine
from coterie_web.segments.models import Segment
from coterie_web.ui.forms import Form

__all__ = ["NewSegment", "NewTemplate"]


class NewSegment(Form):
    """Name, key, zone, scope: the values are checked where the segment is made."""

    name = forms.CharField(label="Name", max_length=300)
    key = forms.CharField(
        label="Key",
        max_length=200,
        required=False,
        help_text="What programs call it: lower-case letters, digits, hyphens. For good. Empty: made of the name.",
    )
    time_zone = forms.CharField(label="Time zone", max_length=64, required=False)
    scope = forms.ChoiceField(label="Scope", choices=Segment.Scope.choices, initial=Segment.Scope.ORGANIZATION)
    description = forms.CharField(
        label="Description", max_length=5_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    tags = forms.CharField(label="Tags", max_length=1_000, required=False, help_text="Several between commas")

    def __init__(
        self, data: Mapping[str, object] | None = None, *, user: User, initial: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(data, initial=initial)
        zone = engine().catalog.organization.time_zone
        self.fields["time_zone"].help_text = f"In which its days begin. Empty: that of the organization, {zone}."
        self.fields["time_zone"].widget.attrs["list"] = "zones"
        unit = "nobody's: you belong to none" if user.unit is None else user.unit.name
        self.fields["scope"].help_text = f"Among whom members are looked for. Your business unit: {unit}."
        self.fields["name"].widget.attrs["autofocus"] = True


class NewTemplate(Form):
    """What a template is called."""

    name = forms.CharField(label="Name", max_length=300)
    category = forms.CharField(label="Category", max_length=100, required=False, initial="Own")
    description = forms.CharField(
        label="Description", max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
