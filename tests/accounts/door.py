"""What the tests of coming in share: the forms of the door, the mails that they cause, and whether somebody is in."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail

from accounts import instance
from accounts.services.instance import change_instance
from accounts.services.mails import send_mails
from tests.factories import PASSWORD
from tests.projects.pages import soup

LOGIN = "/accounts/login/"
SIGNUP = "/accounts/signup/"
SENT = "/accounts/confirm-email/"
RESET = "/accounts/password/reset/"
CODE = "/accounts/login/code/"
CONFIRM_CODE = "/accounts/login/code/confirm/"
CHANGE = "/accounts/password/change/"
EMAIL = "/accounts/email/"
ELSEWHERE = "/accounts/elsewhere/"
INACTIVE = "/accounts/inactive/"
NEW_PASSWORD = "seven plain ferries"
LINK = re.compile(r"https?://\S+")


@pytest.fixture
def with_mail(settings: Any) -> None:
    """An installation that can send mail, and therefore has addresses confirmed."""
    settings.CAN_MAIL = True
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


@pytest.fixture
def rules(world: Any) -> Iterator[Any]:
    """Return a function that changes the settings of the installation, as an administrator does."""

    def change(**changes: Any) -> None:
        change_instance(actor=world.administrator, changes=changes)

    instance.forget()
    yield change
    instance.forget()


def log_in(client: Any, name: str, password: str = PASSWORD, *, headers: Any = None, **extra: Any) -> Any:
    """Send the form of the log-in."""
    return client.post(LOGIN, {"login": name, "password": password, **extra}, headers=headers)


def sign_up(client: Any, **changes: Any) -> Any:
    """Send the form of a new account."""
    data = {"username": "ana.lima", "email": "Ana@mail.example", "password1": NEW_PASSWORD} | changes
    return client.post(SIGNUP, data)


def is_in(client: Any) -> bool:
    """Say whether a browser belongs to somebody who is logged in."""
    return bool(client.get("/me/").status_code == 200)


def mails() -> list[Any]:
    """Send what waits, and return every mail of this test."""
    send_mails()
    return list(mail.outbox)


def link_in(letter: Any, site: str = "http://127.0.0.1:8000") -> str:
    """Return the path of the first link in a mail; it leads to this site, whatever the request said."""
    address = LINK.search(letter.body)[0]
    assert address.startswith(site + "/")
    return address.removeprefix(site)


def code_in(letter: Any) -> str:
    """Return the code in a mail."""
    return re.search(r"^ {4}(\S+)$", letter.body, re.MULTILINE)[1]


def ask_code(client: Any, email: str, **extra: Any) -> str:
    """Ask for a code, and return it from the mail."""
    client.post(CODE, {"email": email, **extra})
    return code_in(mails()[-1])


def ask_link(client: Any, email: str) -> str:
    """Ask for a new password, and return the path of the page on which it is typed."""
    client.post(RESET, {"email": email})
    return client.get(link_in(mails()[-1])).headers["Location"]


def sure(client: Any) -> None:
    """Let a session have said just now that it is its person, as the page of a step-up does."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()


def heading(response: Any) -> str:
    """Return the page's heading."""
    return soup(response).select_one("h1").get_text(strip=True)


@pytest.fixture
def without_redis(settings: Any) -> None:
    """An installation whose Redis does not answer."""
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:9/0"}}
