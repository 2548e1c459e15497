"""Signing in and out."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods

from coterie_web.accounts.links import use_link
from coterie_web.ui.clock import now

__all__ = ["SignIn", "SignOut", "sign_in_by_link"]


@method_decorator(login_not_required, name="dispatch")
class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True


class SignOut(LogoutView):
    next_page = "accounts:sign-in"


@login_not_required
@require_http_methods(["GET", "POST"])
def sign_in_by_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Asks once more before the link is used up: programs that look at links of mails do not press buttons."""
    if request.method == "GET":
        return render(request, "accounts/sign_in_by_link.html")
    user = use_link(secret, now=now())
    if user is None:
        messages.error(request, "This link was used already, or is older than two days. Ask for a new one.")
        return redirect("accounts:sign-in")
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("segments:list")
