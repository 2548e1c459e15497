"""Setting a password: after the first sign-in, and any time later."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from coterie_web.accounts.first import introduce, is_made_up
from coterie_web.accounts.forms import NewPasswordForm, PasswordForm, WelcomeForm
from coterie_web.accounts.models import User
from coterie_web.accounts.pages.frame import in_settings
from coterie_web.accounts.passwords import rules, set_password
from coterie_web.accounts.requests import BY_LINK, came_by_link, user_of
from coterie_web.ui.clock import now

__all__ = ["password", "welcome"]


@never_cache
@sensitive_post_parameters("new")
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """Who came by a link chooses a password; the first administrator says who they are, too."""
    if not came_by_link(request):
        return redirect("accounts:password")
    user = User.objects.get(id=user_of(request).id)  # the form tries names on it
    is_first = is_made_up(user)
    data = request.POST if request.method == "POST" else None
    form = WelcomeForm(data, user=user) if is_first else NewPasswordForm(data, user=user)
    if not form.is_valid():
        context = {"form": form, "rules": rules(), "is_first": is_first}
        return render(request, "accounts/welcome.html", context, status=422 if form.is_bound else 200)
    if isinstance(form, WelcomeForm):
        introduce(user, name=form.cleaned_data["name"], email=form.cleaned_data["email"], now=now())
    _set(request, user, form.cleaned_data["new"])
    return redirect(settings.LOGIN_REDIRECT_URL)


@never_cache
@sensitive_post_parameters("old", "new")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Another password, by who knows the present one."""
    if came_by_link(request):
        return redirect("accounts:welcome")
    user = user_of(request)
    form = PasswordForm(request.POST if request.method == "POST" else None, user=user)
    if not form.is_valid():
        context = {"form": form, "rules": rules(), **in_settings(user, tab="you")}
        return render(request, "accounts/password.html", context, status=422 if form.is_bound else 200)
    _set(request, user, form.cleaned_data["new"])
    return redirect("accounts:preferences")


def _set(request: HttpRequest, user: User, new: str) -> None:
    set_password(user, new, now=now())
    update_session_auth_hash(request, user)  # this session goes on, all others end
    request.session.pop(BY_LINK, None)
    messages.success(request, "Your password is set. You were signed out everywhere else.")
