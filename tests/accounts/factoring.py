"""Second factors and log-ins for tests."""

import re
import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value

from tests.browsing import CheckedClient
from tests.factories import PASSWORD

AGAIN = "/accounts/again/"


def code_of(secret: str, ahead: int = 0) -> str:
    """Return the code that an app shows now, or so many half minutes later."""
    return f"{hotp_value(secret, int(time.time()) // 30 + ahead):06}"


def with_app(person: Any) -> str:
    """Give a person an authenticator app, and return its secret."""
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    return secret


def with_codes(person: Any) -> list[str]:
    """Give a person recovery codes, and return them."""
    return RecoveryCodes.activate(person).generate_codes()


def app_of(person: Any) -> Authenticator | None:
    """Return the person's authenticator app."""
    return Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).first()


def step_up(client: CheckedClient, to: str = "/me/security/") -> Any:
    """Say by password who one is."""
    return client.post(f"{AGAIN}?next={to}", {"password": PASSWORD})


def log_in(client: CheckedClient, person: Any) -> Any:
    """Log in by password; a second factor is asked for afterwards."""
    return client.post("/accounts/login/", {"login": person.username, "password": PASSWORD})


def is_in(client: CheckedClient) -> bool:
    """Say whether somebody is logged in here."""
    return client.get("/inbox/").status_code == 200


def secret_on(page: Any) -> str:
    """Return the secret that a page shows for typing by hand."""
    found = re.search(r'id="secret" value="([A-Z2-7 ]+)"', page.content.decode())
    assert found
    return found[1].replace(" ", "")


def codes_on(page: Any) -> list[str]:
    """Return the recovery codes on a page."""
    return re.findall(r"<code>(\d{8})</code>", page.content.decode())
