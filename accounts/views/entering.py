"""Coming in, and what opens the door: allauth's views with our pages and limits, and log-ins from elsewhere."""

import logging
from typing import Any

from allauth.account import views as allauth
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from requests import RequestException

from accounts.adapter import token_of
from accounts.door import Door
from accounts.forms.entering import AddressForm, DisconnectForm
from accounts.oidc import StrictClient, failed_page
from accounts.queries.entering import address_wanted, connections_of
from accounts.queries.invitations import open_invitation_of
from accounts.services.entering import disconnect, set_address, want_address
from accounts.stepup import stepped_up
from config.http import AuthedRequest, safe_next

log = logging.getLogger("plumbline.oidc")
# What a provider that is away, or answers nonsense, makes of reading its answers.
USELESS = (RequestException, OAuth2Error, KeyError, TypeError, ValueError)


class LoginView(Door, allauth.LoginView):
    """Asks for username and password, and shows the other ways in."""


class SignupView(Door, allauth.SignupView):
    """Asks for what a new account needs."""

    def get_initial(self) -> dict[str, Any]:
        """Fill in the address that was invited: it is what the invitation is good for."""
        token = token_of(self.request)
        invitation = open_invitation_of(token) if token else None
        initial: dict[str, Any] = super().get_initial()
        return initial | ({"email": invitation.email} if invitation else {})


class ResetView(Door, allauth.PasswordResetView):
    """Asks where to send a link for a new password."""


class CodeView(Door, allauth.RequestLoginCodeView):
    """Asks where to send a code to log in with."""


@require_http_methods(["GET", "HEAD", "POST"])
@stepped_up
def address(request: AuthedRequest) -> HttpResponse:
    """Show the person's address, and take another one, which becomes theirs when they open the link mailed there."""
    form = AddressForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_valid():
        email = form.cleaned_data["email"]
        if settings.CAN_MAIL:
            send_verification_email_to_address(request, want_address(person=request.user, email=email))
        else:
            set_address(person=request.user, email=email, session_key=request.session.session_key or "")
            messages.success(request, _("Your address is changed."))
        return redirect("account_email")
    context = {"form": form, "wanted": address_wanted(request.user), "can_mail": settings.CAN_MAIL}
    return render(request, "account/email.html", context, status=422 if form.is_bound else 200)


@login_not_required
@require_POST
def oidc_login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send somebody to a provider, to log in or to register."""
    if request.user.is_authenticated:
        return redirect(safe_next(request, "/"))
    return _go_to(request, provider_id, "login")


@login_not_required
@require_safe
def oidc_callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take the provider's answer: log in, register or connect."""
    provider = _provider_or_404(request, provider_id)
    try:
        response: HttpResponse = OAuth2CallbackView.adapter_view(StrictClient(request, provider_id))(request)
    except ImmediateHttpResponse as error:
        response = error.response
    except USELESS as error:
        log.warning("%s answers nonsense: %s", provider_id, type(error).__name__)
        response = failed_page(request, provider)
    return response


@login_not_required
@require_safe
def oidc_cancelled(request: HttpRequest) -> HttpResponse:
    """Say that nothing happened, to who turned back at the provider."""
    return render(request, "socialaccount/login_cancelled.html")


@require_safe
def connections(request: AuthedRequest) -> HttpResponse:
    """Show the person's accounts elsewhere that log in to this one."""
    return render(request, "socialaccount/connections.html", {"connections": connections_of(request.user)})


@require_POST
@stepped_up
def connection_end(request: AuthedRequest) -> HttpResponse:
    """Let an account elsewhere log in to this one no more."""
    form = DisconnectForm(request.POST)
    if not form.is_valid() or not disconnect(person=request.user, connection_id=form.cleaned_data["connection"]):
        raise Http404("no such connection")
    messages.success(request, _("The account elsewhere no longer logs in here."))
    return redirect("socialaccount_connections")


@require_POST
@stepped_up
def connection_begin(request: AuthedRequest, provider_id: str) -> HttpResponse:
    """Send the person to a provider, to connect the account that they have there."""
    return _go_to(request, provider_id, "connect")


def _go_to(request: HttpRequest, provider_id: str, process: str) -> HttpResponse:
    """Answer with a page that goes to the provider by itself: a form that is led to another site is stopped by our own
    Content-Security-Policy."""
    provider = _provider_or_404(request, provider_id)
    try:
        response = provider.redirect(request, process, next_url=safe_next(request, "") or None)
    except USELESS as error:
        log.warning("%s does not answer: %s", provider_id, type(error).__name__)
        return failed_page(request, provider)
    return render(request, "socialaccount/going.html", {"provider": provider.app, "address": response.url})


def _provider_or_404(request: HttpRequest, provider_id: str) -> Any:
    try:
        return get_adapter().get_provider(request, provider_id)
    except SocialApp.DoesNotExist:
        raise Http404("no such provider") from None


# A form of allauth's takes PUT for POST; ours take no other methods than they say.
form = require_http_methods(["GET", "HEAD", "POST"])
login = form(LoginView.as_view())
signup = form(SignupView.as_view())
reset = form(ResetView.as_view())
reset_link = form(allauth.password_reset_from_key)
request_code = form(CodeView.as_view())
confirm_code = form(allauth.confirm_login_code)
password_change = form(allauth.password_change)
password_set = form(stepped_up(allauth.password_set))
