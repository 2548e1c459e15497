"""API tokens: making one, whose secret is shown once, and ending them."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from coterie_web.accounts.forms import TokenForm
from coterie_web.accounts.models import ApiToken
from coterie_web.accounts.pages.frame import in_settings
from coterie_web.accounts.permissions import may_manage_people
from coterie_web.accounts.queries import readable_token, visible_tokens
from coterie_web.accounts.requests import user_of
from coterie_web.accounts.tokens import make_token, revoke_token
from coterie_web.ui.clock import now

__all__ = ["revoke", "tokens"]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """A new token's secret stands in the answer to its form alone: it is kept nowhere."""
    user, moment = user_of(request), now()
    form = TokenForm(request.POST if request.method == "POST" else None, user=user)
    context: dict[str, object] = {**in_settings(user, tab="tokens"), "of_all": may_manage_people(user)}
    if form.is_valid():
        typed = form.cleaned_data
        ends = moment + timedelta(days=typed["days"])
        context["token"], context["secret"] = make_token(user, typed["name"], typed["scopes"], ends, moment)
        form, status = TokenForm(None, user=user), 200
    else:
        status = 422 if form.is_bound else 200
    context |= {"form": form, "rows": [(token, _state(token, moment)) for token in visible_tokens(user)]}
    return render(request, "accounts/tokens.html", context, status=status)


def _state(token: ApiToken, moment: datetime) -> str:
    if token.revoked_at is not None:
        return "Revoked"
    if not token.user.is_active:
        return "Its person is deactivated"
    return "Ended" if token.expires_at <= moment else "Valid"


@require_POST
def revoke(request: HttpRequest, token_id: uuid.UUID) -> HttpResponse:
    user = user_of(request)
    token = readable_token(user, token_id)
    revoke_token(token, acting_user=user, now=now())
    messages.success(request, f"{token.name} lets nobody in any more.")
    return redirect("accounts:tokens")
