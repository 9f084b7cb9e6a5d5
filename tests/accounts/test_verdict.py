"""One verdict on every way in: whoever is unverified, deactivated, locked or has a second factor, by whatever door.

                 password, invitation, API   code       account elsewhere   session, socket   token, admin
whole            in                          in         in                  in                in
unverified       confirm                     nothing    confirm             (never made)      (never made)
deactivated      inactive                    nothing    inactive            out               out
locked           wait                        wait       in                  in                in
second factor    factor                      factor     factor              in                in

Who is locked is protected from guesses, so ways without anything to guess stay open, and nobody can be locked out. A
code is mailed to confirmed addresses of active people only. A new password logs nobody in: it leads to the log-in page.
"""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.urls import reverse

from accounts.bearers import digest_of, new_token, person_by_token
from accounts.enums import Scope
from accounts.models import PersonalToken, User
from accounts.services.people import set_active, set_administrator
from config import clock
from notifications.live.sessions import bearer_of
from tests.accounts.door import (
    CODE,
    CONFIRM_CODE,
    INACTIVE,
    NEW_PASSWORD,
    SENT,
    ask_link,
    code_in,
    is_in,
    log_in,
    mails,
    with_mail,
)
from tests.accounts.provider import app_of, running
from tests.browsing import CheckedClient
from tests.factories import PASSWORD, PersonFactory
from tests.sockets import session_of

pytestmark = pytest.mark.django_db
__all__ = ["with_mail"]
STATES = ("whole", "unverified", "deactivated", "locked", "factor")


@pytest.fixture(scope="module")
def elsewhere():
    """The provider of this module's tests."""
    with running() as provider:
        yield provider


@pytest.fixture
def google(elsewhere, settings):
    """The provider as Google."""
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app_of(elsewhere.url)]}}
    elsewhere.knows("ana", email="elsewhere@mail.example", email_verified=True)
    return elsewhere


@pytest.fixture
def person(world, state):
    """Somebody in the state, with an account elsewhere."""
    person = PersonFactory()
    SocialAccount.objects.create(user=person, provider="google", uid="ana")
    if state == "unverified":
        EmailAddress.objects.filter(user=person).update(verified=False)
    if state == "deactivated":
        person = set_active(actor=world.administrator, person=person, active=False)
    if state == "factor":
        Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "x"})
    if state == "locked":
        for _each in range(5):
            log_in(CheckedClient(), person.username, "not the passphrase")
    return person


def verdict(client, response):
    """Say in a word what became of somebody."""
    if response.status_code == 429:
        return "wait"
    words = {"/": "in", SENT: "confirm", INACTIVE: "inactive", reverse("mfa_authenticate"): "factor"}
    found = words.get(response.headers.get("Location", ""), "nothing")
    assert is_in(client) == (found == "in")
    return found


def expected(**changes):
    """Return the pairs of a state and its verdict, all but those given as by password."""
    usual = dict(zip(STATES, ("in", "confirm", "inactive", "wait", "factor"), strict=True))
    return list((usual | changes).items())


@pytest.mark.parametrize(("state", "word"), expected())
def test_by_password(person, client, with_mail, word):
    assert verdict(client, log_in(client, person.username)) == word


@pytest.mark.parametrize(("state", "word"), expected())
def test_by_password_from_an_invitation(person, client, with_mail, word):
    client.get("/accounts/login/")
    session = client.session
    session["invitation"] = "a token"
    session.save()

    assert verdict(client, log_in(client, person.username)) == word


@pytest.mark.parametrize(("state", "word"), expected(unverified="nothing", deactivated="nothing"))
def test_by_code(person, client, with_mail, word):
    client.post(CODE, {"email": person.email})
    letter = mails()[-1]
    code = code_in(letter) if "Your code" in letter.subject else "WRNG-CODE"

    assert verdict(client, client.post(CONFIRM_CODE, {"code": code})) == word


@pytest.mark.parametrize(("state", "word"), expected(locked="in"))
def test_by_an_account_elsewhere(person, client, with_mail, google, word):
    from tests.accounts.test_oidc import come

    assert verdict(client, come(client, google)) == word


@pytest.mark.parametrize(("state", "word"), expected(unverified="in", deactivated="nothing", locked="in"))
def test_by_a_new_password(person, client, with_mail, word):
    """It confirms the address and ends the lock, because it came to the mailbox; it asks for the factor."""
    if word == "nothing":
        client.post("/accounts/password/reset/", {"email": person.email})
        assert (mails()[-1].subject, is_in(client)) == ("Your account is deactivated", False)
        return
    page = ask_link(client, person.email)

    client.post(page, {"password1": NEW_PASSWORD})

    assert is_in(client) is False
    assert verdict(client, log_in(client, person.username, NEW_PASSWORD)) == word


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        ("whole", (200, None)),
        ("unverified", (403, "unverified")),
        ("deactivated", (403, "inactive")),
        ("locked", (429, "too_many")),
        ("factor", (401, "two_factor_needed")),
    ],
)
def test_by_the_api(person, client, with_mail, answer):
    sent = {"login": person.username, "password": PASSWORD}

    response = client.post("/api/v1/auth/login", sent, content_type="application/json")

    said = response.json()
    assert (response.status_code, (said["error"] or {}).get("code")) == answer


@pytest.mark.parametrize(("state", "holds"), [("whole", True), ("deactivated", False), ("locked", True)])
def test_a_session_and_its_sockets(person, client, with_mail, holds):
    key = session_of(person)
    client.cookies["sid"] = key

    assert (is_in(client), bearer_of(key) is not None) == (holds, holds)


@pytest.mark.parametrize(("state", "holds"), [("whole", True), ("deactivated", False), ("locked", True)])
def test_a_token(person, client, with_mail, holds):
    token = new_token()
    PersonalToken.objects.create(
        person=person,
        name="script",
        digest=digest_of(token),
        prefix=token[:12],
        scopes=[Scope.ME_READ],
        expires_at=clock.now() + timedelta(days=1),
    )

    response = client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})

    assert (person_by_token(token) is not None, response.status_code) == (holds, 200 if holds else 401)


@pytest.mark.parametrize(
    ("state", "word"), [("whole", "in"), ("deactivated", "inactive"), ("locked", "wait"), ("factor", "factor")]
)
def test_the_admin(world, person, client, with_mail, state, word):
    if state != "deactivated":
        set_administrator(actor=None, person=User.objects.get(pk=person.pk), administrator=True)

    door = client.get("/admin/")
    response = log_in(client, person.username)

    assert door.headers["Location"].startswith("/admin/login/")
    assert verdict(client, response) == word
    assert client.get("/admin/").status_code == (200 if word == "in" else 302)


@pytest.mark.parametrize("state", ["whole"])
def test_who_is_deactivated_between_two_steps_is_not_let_in(world, person, client, with_mail):
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "x"})
    log_in(client, person.username)
    set_active(actor=world.administrator, person=User.objects.get(pk=person.pk), active=False)

    client.get(reverse("mfa_authenticate"))

    assert is_in(client) is False
