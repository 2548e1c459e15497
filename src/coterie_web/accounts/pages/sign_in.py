"""Signing in by password or by link, and out."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coterie_web.accounts.forms import SignInForm
from coterie_web.accounts.links import is_valid, use_link
from coterie_web.accounts.models import User
from coterie_web.accounts.network import network_address
from coterie_web.accounts.requests import BY_LINK, user_of
from coterie_web.accounts.signing_in import note_sign_in, note_sign_out, sign_in
from coterie_web.accounts.tries import Locked
from coterie_web.ui.clock import now

__all__ = ["forgotten", "sign_in_by_link", "sign_in_page", "sign_out"]

_BACKEND = "django.contrib.auth.backends.ModelBackend"
_STAY = int(timedelta(days=14).total_seconds())


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_page(request: HttpRequest) -> HttpResponse:
    onward = _onward(request)
    if request.user.is_authenticated:
        return redirect(onward)
    form = SignInForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _sign_in_form(request, form, {}, status=422 if form.is_bound else 200)
    moment = now()
    answer = sign_in(
        form.cleaned_data["email"], form.cleaned_data["password"], address=network_address(request), now=moment
    )
    if isinstance(answer, User):
        _enter(request, answer, stay=form.cleaned_data["stay"])
        return redirect(onward)
    if isinstance(answer, Locked):
        seconds = int((answer.until - moment).total_seconds()) + 1
        locked = _sign_in_form(request, form, {"locked": answer, "minutes": -(-seconds // 60)}, status=429)
        locked.headers["Retry-After"] = str(seconds)
        return locked
    return _sign_in_form(request, form, {"mismatch": answer}, status=422)


def _onward(request: HttpRequest) -> str:
    """Where they wanted to go; never to another site."""
    wanted = request.POST.get("next", request.GET.get("next", ""))
    is_here = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_here else resolve_url(settings.LOGIN_REDIRECT_URL)


def _sign_in_form(request: HttpRequest, form: SignInForm, answer: dict[str, object], *, status: int) -> HttpResponse:
    wanted = request.POST.get("next", request.GET.get("next", ""))
    return render(request, "accounts/sign_in.html", {"form": form, "next": wanted, **answer}, status=status)


def _enter(request: HttpRequest, user: User, *, stay: bool) -> None:
    login(request, user, backend=_BACKEND)
    request.session.set_expiry(_STAY if stay else 0)  # 0: until the browser is closed


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_by_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Asks once more before the link is used up: programs that look at links of mails do not press buttons."""
    moment = now()
    if request.method != "POST":
        valid = is_valid(secret, now=moment)
        return render(request, "accounts/sign_in_by_link.html", {"is_valid": valid}, status=200 if valid else 410)
    user = use_link(secret, now=moment)
    if user is None:
        messages.error(request, "This link was used already, or is older than two days. Ask for a new one.")
        return redirect("accounts:sign-in")
    note_sign_in(user, way="link", now=moment)
    _enter(request, user, stay=True)
    request.session[BY_LINK] = True
    return redirect(settings.LOGIN_REDIRECT_URL if settings.LINKS_ARE_ENOUGH else "accounts:welcome")


@login_not_required
@require_safe
def forgotten(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/forgotten.html")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    note_sign_out(user_of(request), now=now())
    logout(request)
    return redirect("accounts:sign-in")
