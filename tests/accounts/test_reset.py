"""Choosing a new password: with a link from one's mailbox, and with the present password."""

import json
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth import tokens

from accounts.bearers import person_by_token
from accounts.events import AccountEvent
from accounts.models import User
from accounts.services.entering import confirm_address, set_password, want_address
from accounts.services.people import set_active
from notifications.models import Event
from notifications.queries import events_about
from tests.accounts.door import (
    CHANGE,
    EMAIL,
    LOGIN,
    NEW_PASSWORD,
    RESET,
    ask_link,
    heading,
    is_in,
    link_in,
    log_in,
    mails,
    sign_up,
    sure,
    with_mail,
)
from tests.api.calling import token_of
from tests.browsing import CheckedClient
from tests.factories import PASSWORD, PersonFactory
from tests.parallel import at_once
from tests.projects.pages import soup, words

pytestmark = pytest.mark.django_db
__all__ = ["with_mail"]


def kinds(person):
    return list(events_about(f"person:{person.pk}").values_list("kind", flat=True))


def test_a_link_leads_to_a_new_password(client, with_mail):
    person = PersonFactory()
    was_in = CheckedClient()
    log_in(was_in, person.username)

    page = ask_link(client, person.email)
    response = client.post(page, {"password1": NEW_PASSWORD}, follow=True)

    found = User.objects.get(pk=person.pk)
    assert heading(response) == "Your password is changed"
    assert (found.check_password(NEW_PASSWORD), found.check_password(PASSWORD)) == (True, False)
    assert (is_in(client), is_in(was_in)) == (False, False)
    assert [letter.subject for letter in mails()] == ["Choose a new password", "Your password was changed"]
    assert kinds(person)[-3:] == ["person.reset_asked", "person.sessions_ended", "person.password_reset"]
    assert log_in(client, person.username, NEW_PASSWORD).headers["Location"] == "/"


def test_the_address_of_the_page_does_not_hold_the_key(client, with_mail):
    person = PersonFactory()
    client.post(RESET, {"email": person.email})
    path = link_in(mails()[-1])

    response = client.get(path)

    assert response.headers["Location"].endswith("-set-password/")
    assert response.headers["Referrer-Policy"] == "same-origin"


def test_a_link_is_used_once(client, with_mail):
    person = PersonFactory()
    client.post(RESET, {"email": person.email})
    path = link_in(mails()[-1])
    client.post(client.get(path).headers["Location"], {"password1": NEW_PASSWORD})

    again = CheckedClient().get(path)

    assert heading(again) == "This link no longer works"


def test_a_link_is_good_for_one_hour(client, with_mail, monkeypatch):
    person = PersonFactory()
    client.post(RESET, {"email": person.email})
    path = link_in(mails()[-1])
    generator = tokens.PasswordResetTokenGenerator
    now = generator()._now()
    monkeypatch.setattr(generator, "_now", lambda self: now + timedelta(seconds=3601))

    page = client.get(path)

    assert heading(page) == "This link no longer works"


def test_a_link_ends_when_its_person_logs_in(client, with_mail):
    person = PersonFactory()
    client.post(RESET, {"email": person.email})
    path = link_in(mails()[-1])
    log_in(CheckedClient(), person.username)

    assert heading(client.get(path)) == "This link no longer works"


@pytest.mark.django_db(transaction=True)
def test_of_twenty_uses_at_once_one_counts(world, with_mail):
    person = world.viewer
    browsers = [CheckedClient() for _each in range(20)]
    browsers[0].post(RESET, {"email": person.email})
    path = link_in(mails()[-1])
    pages = [browser.get(path).headers["Location"] for browser in browsers]
    chosen = [f"{NEW_PASSWORD} {number}" for number in range(20)]

    answers = at_once(
        [lambda b=b, p=p: b.post(pages[0], {"password1": p}) for b, p in zip(browsers, chosen, strict=True)], workers=20
    )

    won = [p for answer, p in zip(answers, chosen, strict=True) if answer.status_code == 302]
    assert len(won) == 1
    assert User.objects.get(pk=person.pk).check_password(won[0])
    assert kinds(person).count("person.password_reset") == 1


@pytest.mark.parametrize("password", ["short", "password1234", ""])
def test_a_weak_password_is_refused(client, with_mail, password):
    person = PersonFactory()
    page = ask_link(client, person.email)

    response = client.post(page, {"password1": password})

    assert words(response, ".errors")
    assert User.objects.get(pk=person.pk).check_password(PASSWORD)


def test_a_link_of_a_deactivated_person_opens_nothing(world, client, with_mail):
    page = ask_link(client, world.viewer.email)
    set_active(actor=world.administrator, person=world.viewer, active=False)

    response = client.post(page, {"password1": NEW_PASSWORD})

    assert heading(response) == "This link no longer works"
    assert User.objects.get(pk=world.viewer.pk).check_password(PASSWORD)


def test_a_link_confirms_the_address_of_a_new_account(world, client, with_mail):
    sign_up(client)
    other = CheckedClient()

    page = ask_link(other, "ana@mail.example")
    other.post(page, {"password1": "nine other ferries"})

    assert EmailAddress.objects.get(email="ana@mail.example").verified
    assert log_in(other, "ana.lima", "nine other ferries").headers["Location"] == "/"


def test_a_reset_lets_a_locked_person_in_again(client, with_mail):
    person = PersonFactory()
    for _each in range(5):
        log_in(CheckedClient(), person.username, "not the passphrase")
    page = ask_link(client, person.email)

    client.post(page, {"password1": NEW_PASSWORD})

    assert log_in(client, person.username, NEW_PASSWORD).headers["Location"] == "/"


# --- To whom: what an attacker writes into the form (row 32) ----------------------------------------------------------

EVIL = "evil@elsewhere.example"


def recipients():
    return [letter.to for letter in mails()]


@pytest.mark.parametrize("turn", [1, -1])
def test_of_several_addresses_one_counts_and_gets_its_own_mail_only(client, with_mail, turn):
    person = PersonFactory()

    client.post(RESET, {"email": [person.email, EVIL][::turn]})

    letters = mails()
    assert len(letters) == 1
    assert (letters[0].to == [person.email]) == ("Choose a new password" in letters[0].subject)
    assert (letters[0].to, "/password/reset/" in letters[0].body) in (([person.email], True), ([EVIL], False))


@pytest.mark.parametrize("field", ["email[]", "email[0]", "emails", "email.0"])
def test_other_fields_do_not_count(client, with_mail, field):
    person = PersonFactory()

    client.post(RESET, {"email": person.email, field: EVIL})

    assert recipients() == [[person.email]]


def test_a_list_as_json_is_no_form(client, with_mail):
    person = PersonFactory()
    sent = json.dumps({"email": [person.email, EVIL]})

    client.post(RESET, sent, content_type="application/json")

    assert recipients() == []


@pytest.mark.parametrize(
    "tail", [f"\r\nBcc: {EVIL}", f"\nCc: {EVIL}", f",{EVIL}", f";{EVIL}", f" {EVIL}", "%0d%0aBcc:x", f"\x00{EVIL}"]
)
def test_an_address_with_more_behind_it_is_none(client, with_mail, tail):
    person = PersonFactory()

    client.post(RESET, {"email": person.email + tail})

    assert all(to == [person.email] for to in recipients())
    assert all(EVIL not in str(letter.message()) for letter in mails())


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("mike@mail.example", "mıke@mail.example"),
        ("mike@mail.example", "mİke@mail.example"),
        ("kim@kino.example", "kim@\u212aino.example"),
        ("kim@kino.example", "\u212aim@kino.example"),
        ("ana@strasse.example", "ana@straße.example"),
        ("admin@mail.example", "аdmin@mail.example"),
    ],
)
def test_what_merely_looks_alike_gets_no_link_to_anywhere_else(client, with_mail, stored, typed):
    PersonFactory(email=stored)

    client.post(RESET, {"email": typed})

    links = [letter for letter in mails() if "/password/reset/" in letter.body]
    assert all(letter.to == [stored] for letter in links)


@pytest.mark.parametrize("change", [str.upper, str.title])
def test_another_case_reaches_the_stored_address(client, with_mail, change):
    person = PersonFactory()

    client.post(RESET, {"email": change(person.email)})

    assert recipients() == [[person.email]]


def test_the_link_leads_here_whatever_host_was_asked(client, with_mail, settings):
    settings.ALLOWED_HOSTS = ["*"]
    person = PersonFactory()
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}

    client.post(RESET, {"email": person.email}, headers=forged)

    letter = mails()[-1]
    assert link_in(letter).startswith("/accounts/password/reset/")
    assert "evil" not in letter.body + letter.alternatives[0].content


def test_a_forged_host_is_refused_at_all(client, with_mail):
    person = PersonFactory()

    response = client.post(RESET, {"email": person.email}, headers={"Host": "evil.example"})

    assert (response.status_code, recipients()) == (400, [])


def test_who_has_no_account_and_who_is_deactivated_are_told_by_mail_alone(world, client, with_mail):
    answers = [client.post(RESET, {"email": email}) for email in ("nobody@mail.example", world.deactivated.email)]

    letters = mails()
    assert [answer.headers["Location"] for answer in answers] == [f"{RESET}sent/"] * 2
    assert [(letter.to, letter.subject) for letter in letters] == [
        (["nobody@mail.example"], "No account with this address"),
        ([world.deactivated.email], "Your account is deactivated"),
    ]
    assert all("/password/reset/" not in letter.body for letter in letters)


def test_without_mail_the_page_says_whom_to_ask(client):
    person = PersonFactory()

    page, answer = client.get(RESET), client.post(RESET, {"email": person.email})

    assert soup(page).select("form") == []
    assert "Ask an administrator of the site" in words(page, "main")
    assert (answer.status_code, mails()) == (200, [])


def test_nothing_secret_is_kept_in_the_clear(client, with_mail):
    from accounts.models import SealedMail

    person = PersonFactory()
    client.post(RESET, {"email": person.email})
    kept = SealedMail.objects.get()

    key = link_in(mails()[-1]).rstrip("/").rpartition("-")[2]

    assert key not in kept.sealed
    assert person.email not in kept.sealed
    assert key not in json.dumps(list(Event.objects.values_list("data", flat=True)))
    assert SealedMail.objects.count() == 0


# --- What an intruder could come back with ----------------------------------------------------------------------------


def test_a_reset_ends_tokens_and_keeps_factors(client, with_mail):
    person, other = PersonFactory(), PersonFactory()
    gone, theirs = token_of(person), token_of(other)
    Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={"credential": {}})

    client.post(ask_link(client, person.email), {"password1": NEW_PASSWORD})

    assert (person_by_token(gone), person_by_token(theirs)) == (None, other)
    assert Authenticator.objects.filter(user=person).count() == 1
    assert kinds(person)[-2:] == ["token.revoked", "person.password_reset"]
    assert "token.revoked" not in kinds(other)


@pytest.mark.parametrize("way", ["reset", "change"])
def test_an_address_that_was_wanted_before_is_no_way_back(client, with_mail, way):
    person = PersonFactory()
    intruder = CheckedClient()
    log_in(intruder, person.username)
    sure(intruder)
    intruder.post(EMAIL, {"email": "intruder@mail.example"})
    path = link_in(mails()[-1])

    if way == "reset":
        client.post(ask_link(client, person.email), {"password1": NEW_PASSWORD})
    else:
        log_in(client, person.username)
        client.post(CHANGE, {"oldpassword": PASSWORD, "password1": NEW_PASSWORD})
    response = CheckedClient().post(path)

    found = User.objects.get(pk=person.pk)
    assert (response.status_code, found.email) == (404, person.email)
    assert found.check_password(NEW_PASSWORD)
    assert list(EmailAddress.objects.filter(user=person).values_list("email", flat=True)) == [person.email]


def test_a_link_that_is_being_opened_meanwhile_confirms_nothing(world):
    wanted = want_address(person=world.lead, email="intruder@mail.example")
    kind, letter = AccountEvent.PASSWORD_CHANGED, "password_changed"
    set_password(person=world.lead, password=NEW_PASSWORD, kind=kind, letter=letter)

    confirmed = confirm_address(address=wanted)

    assert confirmed is False
    assert User.objects.get(pk=world.lead.pk).email == world.lead.email


# --- With the present password ----------------------------------------------------------------------------------------


def test_a_changed_password_ends_the_other_sessions(client, with_mail):
    person = PersonFactory()
    log_in(client, person.username)
    other = CheckedClient()
    log_in(other, person.email)

    response = client.post(CHANGE, {"oldpassword": PASSWORD, "password1": NEW_PASSWORD})

    assert (response.status_code, response.headers["Location"]) == (302, "/me/security/")
    assert (is_in(client), is_in(other)) == (True, False)
    assert User.objects.get(pk=person.pk).check_password(NEW_PASSWORD)
    assert [(letter.to, letter.subject) for letter in mails()] == [([person.email], "Your password was changed")]
    assert kinds(person)[-1] == "person.password_changed"


def test_a_wrong_present_password_changes_nothing_and_counts(client):
    person = PersonFactory()
    log_in(client, person.username)

    answers = [client.post(CHANGE, {"oldpassword": "wrong", "password1": NEW_PASSWORD}) for _each in range(6)]

    assert words(answers[0], ".errors") == "This is not your password."
    assert answers[5].status_code == 429
    assert User.objects.get(pk=person.pk).check_password(PASSWORD)


def test_who_has_no_password_sets_one(client):
    person = PersonFactory()
    client.force_login(person)
    User.objects.filter(pk=person.pk).update(password="!nothing")
    client.force_login(User.objects.get(pk=person.pk))
    sure(client)

    page = client.get(CHANGE)
    client.post("/accounts/password/set/", {"password1": NEW_PASSWORD})

    assert page.headers["Location"] == "/accounts/password/set/"
    assert (User.objects.get(pk=person.pk).check_password(NEW_PASSWORD), is_in(client)) == (True, True)


@pytest.mark.parametrize("page", [CHANGE, "/accounts/password/set/", "/accounts/email/", "/accounts/elsewhere/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_gets_to_the_pages_of_a_person(client, page, method):
    response = getattr(client, method)(page)

    assert (response.status_code, response.headers.get("Location")) in [(302, f"{LOGIN}?next={page}"), (405, None)]
