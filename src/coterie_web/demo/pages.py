"""The switch of the stream; it is shown on the page of the data."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from coterie_web.accounts.requests import user_of
from coterie_web.demo.models import Demo
from coterie_web.demo.switching import RATES, may_switch, switch_off, switch_on
from coterie_web.ui.clock import now

__all__ = ["switch"]


class RateForm(forms.Form):
    """How many records a second."""

    rate = forms.TypedChoiceField(choices=[(rate, rate) for rate in RATES], coerce=int)


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """`do` is `off`, or `on` with a `rate`."""
    user = user_of(request)
    if not Demo.objects.exists() or not may_switch(user):
        raise Http404
    form = RateForm(request.POST)
    if request.POST.get("do") == "off":
        switch_off(acting_user=user, now=now())
    elif form.is_valid():
        switch_on(form.cleaned_data["rate"], acting_user=user, now=now())
    else:
        messages.error(request, f"Choose how many records a second: {', '.join(map(str, RATES))}.")
    return redirect("data:overview")
