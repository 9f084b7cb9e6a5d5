"""Logging in with an identity provider (OpenID Connect): what allauth does, made strict.

Every answer must hold a signed ID token with the nonce of this very log-in (OpenID Connect Core 1.0, 3.1.3.7), about
the same person as the user info (5.3.2). An address counts as confirmed only where the provider says `true`, and opens
an account that is here already only where that account has confirmed the same address itself.
"""

import logging
import secrets
from typing import Any

import jwt
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from accounts.adapter import closed_page, save_new, token_of
from accounts.letters import address_of
from accounts.models import User
from accounts.queries.entering import has_confirmed, person_named
from accounts.services import registration
from notifications.mails import one_line

log = logging.getLogger("plumbline.oidc")
NAME_LENGTH = 80
ALGORITHMS = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
# How far the clocks of the two may be apart.
LEEWAY_SECONDS = 60


class StrictClient(OpenIDConnectOAuth2Adapter):
    """Talks to the provider."""

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> SocialLogin:
        """Return who the provider says that it is; OAuth2Error where it does not say so properly."""
        raw = kwargs["response"].get("id_token")
        if not raw:
            raise OAuth2Error("no ID token")
        told, known = self._decode_id_token(app, raw), self._fetch_user_info(token.token)
        if not isinstance(known, dict) or known.get("sub") != told.get("sub"):
            raise OAuth2Error("the user info is about somebody else")
        login = self.get_provider().sociallogin_from_response(request, {"id_token": told, "userinfo": known})
        login.nonce = told.get("nonce")
        return login

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Return where the provider sends people: to the site of the settings, whatever host was asked for."""
        return address_of(reverse("openid_connect_callback", args=[self.provider_id]))

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        """Return the claims of a token that the provider has signed for us; allauth would rely on TLS alone.

        Only signatures that nobody but the provider can make: with no shared secret, and not "none" (RFC 8725, 3.1).
        A token need not name its key where the provider has but one (OpenID Connect Core 1.0, 10.1).
        """
        try:
            header = jwt.get_unverified_header(id_token)
            keys = [key for key in self._keys() if header.get("kid") in {None, key.get("kid")}]
            if header["alg"] not in ALGORITHMS or len(keys) != 1:
                raise OAuth2Error("signed by nobody known")
            claims: dict[str, Any] = jwt.decode(
                id_token,
                key=jwt.PyJWK(keys[0], algorithm=header["alg"]).key,
                algorithms=[header["alg"]],
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error("the ID token does not hold") from error
        if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != app.client_id:
            raise OAuth2Error("the ID token is for others")
        return claims

    def _keys(self) -> list[dict[str, Any]]:
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        return [key for key in answer.json()["keys"] if key.get("use", "sig") == "sig"]


class StrictProvider(OpenIDConnectProvider):
    """One provider of the settings."""

    oauth2_adapter_class = StrictClient

    def redirect(
        self, request: HttpRequest, process: str, next_url: Any = None, data: Any = None, **kwargs: Any
    ) -> HttpResponse:
        """Send the person there with a state, a nonce and a challenge that only this session knows the answer to."""
        nonce = secrets.token_urlsafe(32)
        asked = self.get_auth_params() | {"nonce": nonce}
        response: HttpResponse = super().redirect(request, process, next_url, data, auth_params=asked, nonce=nonce)
        return response

    def extract_email_addresses(self, data: Any) -> list[EmailAddress]:
        """Return the address that it knows, confirmed only where nothing but `true` was said of it."""
        parts = [part for part in (data["userinfo"], data["id_token"]) if part.get("email")]
        if not parts or not isinstance(parts[0]["email"], str):
            return []
        email = parts[0]["email"]
        words = [part["email_verified"] for part in parts if part["email"] == email and "email_verified" in part]
        is_verified = bool(words) and all(word is True for word in words) and email.isascii()
        return [EmailAddress(email=email, verified=is_verified, primary=True)]

    def extract_extra_data(self, data: Any) -> dict[str, str]:
        """Keep no more than what tells the person which of their accounts it is."""
        known = data["userinfo"]
        return {name: one_line(str(known.get(name) or "")) for name in ("email", "name")}


class SocialAdapter(DefaultSocialAccountAdapter):
    """How django-allauth meets accounts elsewhere."""

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> StrictProvider:
        """Return a provider of the settings; SocialApp.DoesNotExist for others."""
        return StrictProvider(request, app=self.get_app(request, provider=provider, client_id=client_id))

    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[Any]:
        """Return the providers of the settings; none is kept in the database."""
        found = super().list_apps(request, provider=provider, client_id=client_id)
        return [app for app in found if app.pk is None]

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[User, str] | None:
        """Return whose account here it is by an address that both sides have confirmed, or None."""
        for address in sociallogin.email_addresses:
            person = person_named(address.email) if address.verified else None
            if person and EmailAddress.objects.filter(user=person, email=person.email, verified=True).exists():
                return person, person.email
        return None

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuse, before anything is written, who cannot come in this way; each with a page that says what to do."""
        expected = str(sociallogin.state.get("nonce") or "")
        if not expected or not constant_time_compare(expected, str(getattr(sociallogin, "nonce", ""))):
            raise ImmediateHttpResponse(failed_page(request, sociallogin.provider))
        if sociallogin.state.get("process") == "connect":
            return
        if sociallogin.is_existing:
            if not sociallogin.user.is_active:
                raise ImmediateHttpResponse(redirect("account_inactive"))
            return
        self._require_address(request, sociallogin)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Let a new account be made where the settings let this address have one; show all others who may."""
        try:
            registration.require_registration(email=sociallogin.user.email, token=token_of(request))
        except registration.RegistrationClosed as error:
            raise ImmediateHttpResponse(closed_page(request, str(error))) from None
        return True

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """Suggest what a new account is called."""
        user: User = sociallogin.user
        user.email = str(data.get("email") or "").lower()
        user.display_name = one_line(str(data.get("name") or ""))[:NAME_LENGTH].strip()
        wishes = [str(data.get("username") or ""), user.email, user.display_name]
        user.username = registration.free_username(wishes)
        return user

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Save a new person with their own team, in one transaction."""
        return save_new(lambda: super(SocialAdapter, self).save_user(request, sociallogin, form))

    def on_authentication_error(self, request: HttpRequest, provider: Any, **kwargs: Any) -> None:
        """Show our page where the provider's answer is of no use."""
        if kwargs.get("error") != AuthError.CANCELLED:
            error = kwargs.get("exception")
            log.warning("%s answers nonsense: %s %s", provider.sub_id, type(error).__name__, one_line(str(error)))
            raise ImmediateHttpResponse(failed_page(request, provider))

    def _require_address(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuse a new account without a confirmed address, and one whose address somebody here has."""
        address = next(iter(sociallogin.email_addresses), None)
        reason = ""
        if address is None:
            reason = "none"
        elif not address.verified:
            reason = "unverified"
        elif person := person_named(address.email):
            reason = "here" if has_confirmed(person) else "unconfirmed"
        if reason:
            context = {"reason": reason, "provider": sociallogin.provider.name}
            raise ImmediateHttpResponse(render(request, "socialaccount/refused.html", context, status=403))


def failed_page(request: HttpRequest, provider: Any) -> HttpResponse:
    """Return the page that says that the provider's answer was of no use."""
    context = {"provider": provider.name}
    return render(request, "socialaccount/authentication_error.html", context, status=401)
