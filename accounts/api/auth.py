"""Coming in and going, for programs that act as a person. Scripts of one's own use a personal token instead."""

from typing import Literal

from django.utils.translation import gettext as _
from pydantic import Field

from accounts import jwtokens, limits
from accounts.api.flows import log_in, register
from accounts.api.me import MeOut, me_out
from accounts.enums import Scope
from config.api.credentials import Unauthenticated, told_of
from config.api.operations import ApiRequest, Operations
from config.api.shapes import Done, In, Out
from config.client import client_ip

routes = Operations(tags=["Log-in"])


class TokensOut(Out):
    """What a log-in gives. The access token goes into the header Authorization, `Bearer …`, for `expires_in` seconds;
    the refresh token is good once, for the next pair."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 (RFC 6750's word)
    expires_in: int


class RegisteredOut(Out):
    """`tokens` where one is logged in at once; null where the address has to be confirmed first, by a mail."""

    confirm_email: bool
    tokens: TokensOut | None


class LoginIn(In):
    """Who somebody is."""

    login: str = Field(min_length=1, max_length=254, description="The username or the e-mail address.")
    password: str = Field(min_length=1, max_length=4096)
    code: str = Field("", max_length=64, description="The code of the second factor, where there is one.")


class RegisterIn(In):
    """What a new account needs."""

    username: str = Field(max_length=32)
    email: str = Field(max_length=254)
    password: str = Field(max_length=4096)
    display_name: str = Field("", max_length=80)
    invitation: str = Field("", max_length=200, description="The token of an invitation, from its link.")


class RefreshIn(In):
    """What renews a log-in."""

    refresh_token: str = Field(min_length=1, max_length=4096)


def tokens_out(pair: jwtokens.Pair) -> TokensOut:
    """Return what a log-in gives."""
    return TokensOut(access_token=pair.access_token, refresh_token=pair.refresh_token, expires_in=pair.expires_in)


@routes.post("/auth/register", scope=None, public=True, answer=RegisteredOut, status=201, errors=(403, 422))
def register_person(request: ApiRequest, body: RegisterIn) -> RegisteredOut:
    """Create an account.

    As far as registration is open. Where addresses are confirmed, a taken one gets the same answer as a free one.
    """
    values = {"username": body.username, "email": body.email, "password1": body.password}
    pair = register(request, values=values | {"display_name": body.display_name}, invitation=body.invitation)
    return RegisteredOut(confirm_email=pair is None, tokens=tokens_out(pair) if pair else None)


@routes.post("/auth/login", scope=None, public=True, answer=TokensOut, errors=(401, 403, 422))
def log_person_in(request: ApiRequest, body: LoginIn) -> TokensOut:
    """Log in.

    With a second factor, and without `code`, the answer is 401 with the code `two_factor_needed`: send all of it again
    with `code`. Passkeys need a browser; without another factor make a personal token there.
    """
    return tokens_out(log_in(request, login=body.login, password=body.password, code=body.code))


@routes.post("/auth/refresh", scope=None, public=True, answer=TokensOut, errors=(401, 422))
def refresh_tokens(request: ApiRequest, body: RefreshIn) -> TokensOut:
    """Renew a log-in.

    A refresh token is good once. Used again, it ends the log-in with all its tokens: one of two who had it is a thief.
    So renew in one place, one at a time.
    """
    address = f"ip:{client_ip(request)}"
    told_of(request, lambda: limits.require_left(limits.API_FAILURE, address))
    pair = jwtokens.renew(body.refresh_token)
    if pair is None:
        told_of(request, lambda: limits.spend(limits.API_FAILURE, address))
        raise Unauthenticated(_("This refresh token is not valid, or was used already. Log in again."))
    return tokens_out(pair)


@routes.post("/auth/logout", scope=None, answer=Done, errors=())
def log_person_out(request: ApiRequest) -> Done:
    """Log out.

    The access token that this came with, all others of its log-in and what renews them end at once.
    """
    jwtokens.end(request.user)
    return Done()


@routes.get("/auth/me", scope=Scope.ME_READ, answer=MeOut, errors=())
def read_own_log_in(request: ApiRequest) -> MeOut:
    """Read who you are.

    The same as `/me`.
    """
    return me_out(request.user)
