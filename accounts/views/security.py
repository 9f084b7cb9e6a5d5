"""Second factors: what a person has, setting them up, and the codes for when all else is lost.

The views of allauth.mfa with our templates, behind our step-up. Recovery codes are shown in the answer to the form that
made them, and never again.
"""

from typing import Any

from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.queries.factors import factors_of
from accounts.services import factors as services
from accounts.stepup import has_stepped_up, stepped_up
from config.errors import DomainError
from config.http import AuthedRequest, safe_next


@require_safe
def overview(request: AuthedRequest) -> HttpResponse:
    """Show the person's factors and what else guards their account."""
    return render(request, "mfa/index.html", {"factors": factors_of(request.user)})


@require_http_methods(["GET", "HEAD", "POST"])
@stepped_up
def recovery_codes(request: AuthedRequest) -> HttpResponse:
    """Offer new recovery codes; make and show them."""
    factors = factors_of(request.user)
    if not factors.has_any:
        return redirect("mfa_index")
    if request.method == "POST":
        return codes_page(request, services.renew_codes(request=request))
    return render(request, "mfa/recovery_codes/generate.html", {"factors": factors})


def codes_page(request: HttpRequest, made: Authenticator | None) -> HttpResponse:
    """Show recovery codes that have just been made; where there are older ones already, none are shown."""
    if made is None:
        return redirect("mfa_index")
    return render(request, "mfa/recovery_codes/index.html", {"codes": made.wrap().generate_codes()})


def refused_form(view: Any, form: Any) -> HttpResponse:
    """Answer a refused form with its page and 422."""
    response: HttpResponse = view.render_to_response(view.get_context_data(form=form), status=422)
    return response


class ActivateApp(totp.ActivateTOTPView):
    """Sets up an authenticator app."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep the secret, and show the recovery codes."""
        return codes_page(self.request, services.set_up_app(request=self.request, form=form))

    def form_invalid(self, form: Any) -> HttpResponse:
        """Answer 422 with the same secret."""
        return refused_form(self, form)


class RemoveApp(totp.DeactivateTOTPView):
    """Takes the authenticator app away."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Do it."""
        services.remove_app(request=self.request, factor=self.authenticator)
        return redirect("mfa_index")


class AddPasskey(webauthn.AddWebAuthnView):
    """Adds a passkey that also logs in alone: the browser keeps it, and makes sure that it is its person."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the page what the browser is to be asked."""
        context: dict[str, Any] = super(webauthn.AddWebAuthnView, self).get_context_data(**kwargs)
        options = auth.begin_registration(self.request.user, passwordless=True)
        return context | {"js_data": {"creation_options": options}}

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep the passkey, and show the recovery codes where they are the first."""
        kept = {"name": form.cleaned_data["name"], "credential": form.cleaned_data["credential"]}
        return codes_page(self.request, services.add_passkey(request=self.request, **kept))

    def form_invalid(self, form: Any) -> HttpResponse:
        """Answer 422, with something new to ask the browser."""
        return refused_form(self, form)


class RemovePasskey(webauthn.RemoveWebAuthnView):
    """Takes a passkey away."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Do it."""
        services.remove_passkey(request=self.request, factor=self.get_object())
        return redirect("mfa_index")


class Authenticate(base.AuthenticateView):
    """Asks for the second factor at the log-in."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """Answer 422."""
        response: HttpResponse = super().form_invalid(form)
        response.status_code = 422
        return response


class PasskeyLogin(webauthn.LoginWebAuthnView):
    """Logs in by a passkey alone."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """Refuse a passkey of nobody's; which people there are is not said."""
        raise DomainError(_("No account here knows this passkey. Log in another way."), code="unknown_passkey")


@require_safe
def again(request: AuthedRequest) -> HttpResponse:
    """Ask who has neither a password nor a factor of ours to log in anew, and lead back who just did."""
    if has_stepped_up(request):
        return redirect(safe_next(request, "/me/security/"))
    return render(request, "accounts/again.html", {"next": safe_next(request, "/me/security/")})


_forms_only = require_http_methods(["GET", "HEAD", "POST"])
activate_app = _forms_only(stepped_up(never_cache(ActivateApp.as_view())))
deactivate_app = _forms_only(stepped_up(RemoveApp.as_view()))
add_passkey = _forms_only(stepped_up(never_cache(AddPasskey.as_view())))
remove_passkey = _forms_only(stepped_up(RemovePasskey.as_view()))
rename_passkey = _forms_only(stepped_up(webauthn.edit_webauthn))
authenticate = Authenticate.as_view()
passkey_login = PasskeyLogin.as_view()
