"""Coming in over the API by the very flows of the pages: allauth's, with our adapter, forms, rules and limits.

They are written for a browser, and lead it on by redirects. Here the redirect is left aside, and what the session holds
afterwards says where the log-in stands.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from allauth.account import app_settings
from allauth.account.forms import LoginForm, SignupForm
from allauth.account.internal.constants import LoginStageKey
from allauth.account.internal.flows.signup import complete_signup
from allauth.account.internal.stagekit import get_pending_stage
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.internal.constants import LoginStageKey as FactorStageKey
from allauth.utils import get_form_class
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts import jwtokens
from accounts.adapter import INVITATION
from accounts.services import registration
from config.api.credentials import Unauthenticated
from config.api.forms import refused_by
from config.errors import PermissionRefused
from notifications.live.sessions import Store

# How the form's fields are called in the API.
NAMES = {"password1": "password"}


@contextmanager
def entering(request: HttpRequest) -> Iterator[HttpRequest]:
    """Give the request a session of its own, which no cookie carries, and what allauth expects of a page's request."""
    earlier = getattr(request, "session", None)
    request.session = Store()
    request.user = AnonymousUser()
    request.allauth = SimpleNamespace()  # type: ignore[attr-defined]
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]  # noqa: SLF001 (where messages live; these are read by nobody)
    try:
        with context.request_context(request):
            yield request
    finally:
        if earlier is not None:
            request.session = earlier
        request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False


def log_in(request: HttpRequest, *, login: str, password: str, code: str) -> jwtokens.Pair:
    """Log a person in by password, and by a code where they have a second factor; a session begins, with its tokens.

    Raises Unauthenticated with the code `wrong_login`, `two_factor_needed` or `wrong_code`, PermissionRefused for who
    is deactivated or has not confirmed their address, and TooMany; each as the log-in page does.
    """
    with entering(request):
        form = get_form_class(app_settings.FORMS, "login", LoginForm)(
            {"login": login, "password": password}, request=request
        )
        if not form.is_valid():
            raise Unauthenticated(_first(form), code="wrong_login")
        _go(lambda: form.login(request))
        if not request.user.is_authenticated:
            _pass_factor(request, code)
        return _tokens(request)


def register(request: HttpRequest, *, values: Mapping[str, str], invitation: str) -> jwtokens.Pair | None:
    """Create an account; None where its address has to be confirmed first, for which a mail was sent.

    The same for a taken address, whose person gets another mail. Raises DomainError with what is wrong with the values,
    PermissionRefused where registration is not open to this person, and TooMany.
    """
    with entering(request):
        if invitation:
            request.session[INVITATION] = invitation
        if not registration.is_open(invitation):
            raise registration.RegistrationClosed(_("Accounts here are for people who were invited."))
        form = get_form_class(app_settings.FORMS, "signup", SignupForm)(dict(values))
        if not form.is_valid():
            raise refused_by(form, NAMES)
        _go(lambda: _sign_up(request, form))
        if not request.user.is_authenticated:
            _require_pending(request)
            return None
        return _tokens(request)


def _sign_up(request: HttpRequest, form: Any) -> None:
    person, response = form.try_save(request)
    if response is None:
        complete_signup(request, user=person)


def _go(step: Any) -> None:
    """Take a step of the flow; a page that it would break off to is told by the session afterwards."""
    try:
        step()
    except ImmediateHttpResponse:
        return


def _pass_factor(request: HttpRequest, code: str) -> None:
    """Take the step of the second factor; raises what stands in the way."""
    stage = _require_pending(request, confirmed=True)
    if not code:
        sentence = _("This account has a second factor. Send the code of your app, or a recovery code, as well.")
        fields = {"code": [sentence]}
        raise Unauthenticated(sentence, code="two_factor_needed", context={"fields": fields})
    form = get_form_class(mfa_settings.FORMS, "authenticate", AuthenticateForm)({"code": code}, user=stage.login.user)
    if not form.is_valid():
        raise Unauthenticated(_first(form), code="wrong_code", context={"fields": {"code": [_first(form)]}})
    form.save()
    _go(stage.exit)


def _require_pending(request: HttpRequest, *, confirmed: bool = False) -> Any:
    """Return the stage at which the log-in waits; with `confirmed` only that of the second factor, else refuse."""
    stage = get_pending_stage(request)
    if stage is None:
        raise PermissionRefused(
            _("This account is deactivated. A site administrator can activate it."), code="inactive"
        )
    if confirmed and stage.key == LoginStageKey.VERIFY_EMAIL.value:
        sentence = _("Confirm your e-mail address first: open the link in the mail that we have sent you.")
        raise PermissionRefused(sentence, code="unverified")
    if confirmed and stage.key != FactorStageKey.MFA_AUTHENTICATE.value:
        raise PermissionRefused(_("Log in to the site once, and finish what it asks for."), code="unfinished")
    return stage


def _tokens(request: HttpRequest) -> jwtokens.Pair:
    person: Any = request.user
    return jwtokens.issue(person, request.session)


def _first(form: forms.Form) -> str:
    return next(str(sentence) for found in form.errors.values() for sentence in found)
