"""What is typed on the pages of accounts, checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator

from coterie_web.accounts.models import ApiToken, BusinessUnit, Role, User
from coterie_web.accounts.passwords import problems_of
from coterie_web.accounts.permissions import may_give_role, may_move_to, scopes_of
from coterie_web.accounts.queries import visible_people
from coterie_web.accounts.units import reach_of
from coterie_web.ui.forms import Form
from coterie_web.ui.zones import zones

__all__ = [
    "HistoryFilter",
    "InviteForm",
    "NewPasswordForm",
    "PasswordForm",
    "PersonForm",
    "PreferencesForm",
    "SignInForm",
    "TokenForm",
    "UnitForm",
    "WelcomeForm",
]

Data = Mapping[str, object] | None

_LONGEST_PASSWORD = 1_000
_NO_UNIT = {"invalid_choice": "That unit is not there. Choose one of the list."}


class SignInForm(Form):
    email = forms.CharField(label="E-mail", max_length=254)
    password = forms.CharField(label="Password", max_length=_LONGEST_PASSWORD, strip=False)
    stay = forms.BooleanField(required=False)


def _password(label: str, autocomplete: str) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=_LONGEST_PASSWORD, strip=False, widget=widget)


class NewPasswordForm(Form):
    """A password for somebody who came by a link."""

    new = _password("New password", "new-password")

    def __init__(self, data: Data, *, user: User) -> None:
        super().__init__(data)
        self.user = user

    def clean_new(self) -> str:
        new: str = self.cleaned_data["new"]
        if problems := problems_of(new, self.user):
            raise ValidationError(problems)
        return new


class PasswordForm(NewPasswordForm):
    """Another password, by who knows the present one."""

    old = _password("Present password", "current-password")
    field_order = ("old", "new")

    def clean_old(self) -> str:
        old: str = self.cleaned_data["old"]
        if not self.user.check_password(old):
            raise ValidationError("That is not your present password.", code="password_mismatch")
        return old


class WelcomeForm(NewPasswordForm):
    """What the first administrator says of themselves: the server made them up."""

    name = forms.CharField(label="Your name", max_length=200)
    email = forms.EmailField(label="E-mail", help_text="You sign in with it.")
    field_order = ("name", "email", "new")

    def clean_name(self) -> str:
        self.user.name = self.cleaned_data["name"]  # the password must not be like it
        return self.user.name

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if User.objects.filter(email=email).exclude(id=self.user.id).exists():
            raise ValidationError("That e-mail belongs to somebody already.", code="email_taken")
        self.user.email = email
        return email


class PreferencesForm(Form):
    name = forms.CharField(label="Your name", max_length=200)
    time_zone = forms.CharField(
        label="Time zone",
        max_length=64,
        required=False,
        help_text="Moments are shown in it. Empty: the organization's.",
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
    )

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"]
        if zone and zone not in zones():
            raise ValidationError(f"There is no time zone {zone}. Write one as Europe/Paris.", code="unknown_time_zone")
        return zone


class PersonForm(Form):
    """Who somebody is: what they may do, and where."""

    name = forms.CharField(label="Name", max_length=200)
    role = forms.ChoiceField(
        label="Role", error_messages={"invalid_choice": "There is no such role. Choose one of the list."}
    )
    unit = forms.ModelChoiceField(
        BusinessUnit.objects.none(),
        label="Business unit",
        required=False,
        empty_label="Whole organization",
        error_messages=_NO_UNIT,
        help_text="They see the contacts of this unit and of those below it.",
    )

    def __init__(self, data: Data, *, user: User, initial: Data = None) -> None:
        super().__init__(data, initial=dict(initial or {}))
        reach = reach_of(user)
        units = BusinessUnit.objects.all()
        unit, role = self.fields["unit"], self.fields["role"]
        assert isinstance(unit, forms.ModelChoiceField)
        assert isinstance(role, forms.ChoiceField)
        unit.queryset = units if reach.below is None else units.filter(id__in=reach.below)
        if not may_move_to(user, None, reach):
            unit.required, unit.empty_label = True, None
        role.choices = [(each.value, each.label) for each in Role if may_give_role(user, each)]


class InviteForm(PersonForm):
    """Somebody new."""

    email = forms.EmailField(label="E-mail", help_text="They sign in with it. Coterie sends no mail.")
    field_order = ("name", "email", "role", "unit")


class UnitForm(Form):
    """A business unit."""

    name = forms.CharField(label="Name", max_length=200)
    key = forms.CharField(
        label="Key", max_length=200, help_text="What contacts of the unit have in the data, letter for letter."
    )
    parent = forms.ModelChoiceField(
        BusinessUnit.objects.all(),
        label="Under",
        required=False,
        empty_label="No other unit",
        error_messages=_NO_UNIT,
        help_text="Who belongs to the unit above sees the contacts of this one too.",
    )


class TokenForm(Form):
    """A token for a program."""

    name = forms.CharField(label="Name", max_length=200, help_text="Which program it is for.")
    scopes = forms.MultipleChoiceField(
        label="It may",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Tick at least one.",
            "invalid_choice": "A token may do no more than you. Tick what is in the list.",
        },
    )
    days = forms.TypedChoiceField(
        label="It ends after", coerce=int, initial=90, choices=[(30, "30 days"), (90, "90 days"), (365, "a year")]
    )

    def __init__(self, data: Data, *, user: User) -> None:
        super().__init__(data)
        scopes = self.fields["scopes"]
        assert isinstance(scopes, forms.MultipleChoiceField)
        scopes.choices = [(scope.value, ApiToken.Scope(scope).label) for scope in scopes_of(user)]


def _day(label: str) -> forms.DateField:
    sensible = [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(2999, 12, 31))]
    widget = forms.DateInput(attrs={"type": "date"})
    return forms.DateField(label=label, required=False, widget=widget, validators=sensible)


class HistoryFilter(Form):
    """What of the history is shown."""

    KINDS = (("", "Anything"), ("segment", "Segments"), ("person", "People"), ("unit", "Units"), ("token", "Tokens"))

    who = forms.ModelChoiceField(User.objects.none(), label="By", required=False, empty_label="Anybody")
    kind = forms.ChoiceField(label="Of", required=False, choices=KINDS)
    since = _day("From")
    until = _day("Until")

    def __init__(self, data: Data, *, user: User) -> None:
        super().__init__(data)
        who = self.fields["who"]
        assert isinstance(who, forms.ModelChoiceField)
        who.queryset = visible_people(user)
