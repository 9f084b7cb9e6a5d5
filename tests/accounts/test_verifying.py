"""Confirming an address: the one of a new account, and the one that a person changes to."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core import signing

from accounts.models import User
from config import clock
from notifications.queries import events_about
from tests.accounts.door import (
    EMAIL,
    LOGIN,
    SENT,
    heading,
    is_in,
    link_in,
    log_in,
    mails,
    rules,
    sign_up,
    sure,
    with_mail,
)
from tests.browsing import CheckedClient
from tests.factories import PersonFactory
from tests.projects.pages import soup, words

pytestmark = pytest.mark.django_db
__all__ = ["rules", "with_mail"]
CHANGED = "new.place@mail.example"


def kinds(person):
    return list(events_about(f"person:{person.pk}").values_list("kind", flat=True))


def addresses(person):
    return list(EmailAddress.objects.filter(user=person).values_list("email", "verified", "primary"))


def test_a_new_account_is_in_once_its_link_was_opened(world, client, with_mail):
    answer = sign_up(client)
    before = is_in(client)
    letter = mails()[-1]
    path = link_in(letter)
    page = client.get(path)
    response = client.post(path)

    person = User.objects.get(username="ana.lima")
    assert (answer.headers["Location"], before, letter.to) == (SENT, False, ["ana@mail.example"])
    assert "Confirm that ana@mail.example belongs to ana.lima" in words(page, "main")
    assert (response.status_code, response.headers["Location"], is_in(client)) == (302, "/", True)
    assert addresses(person) == [("ana@mail.example", True, True)]
    assert kinds(person) == ["person.registered", "person.email_confirmed", "person.logged_in"]


def test_looking_at_the_link_confirms_nothing(world, client, with_mail):
    sign_up(client)

    client.get(link_in(mails()[-1]))

    assert addresses(User.objects.get(username="ana.lima")) == [("ana@mail.example", False, True)]


def test_the_link_logs_in_no_other_browser(world, client, with_mail):
    sign_up(client)
    other, path = CheckedClient(), link_in(mails()[-1])

    response = other.post(path)

    assert (response.headers["Location"], is_in(other)) == (LOGIN, False)
    assert "The address ana@mail.example is confirmed." in words(other.get(LOGIN), "main")
    assert is_in(client) is False
    assert log_in(other, "ana.lima", "seven plain ferries").headers["Location"] == "/"


def test_a_link_is_used_once(world, client, with_mail):
    sign_up(client)
    path = link_in(mails()[-1])
    client.post(path)

    again = CheckedClient()
    page, response = again.get(path), again.post(path)

    assert (heading(page), response.status_code, is_in(again)) == ("This link no longer works", 404, False)


def test_a_link_is_good_for_three_days(world, client, with_mail, monkeypatch):
    sign_up(client)
    path = link_in(mails()[-1])
    now = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + 3 * 24 * 3600 + 60)

    page = client.get(path)

    assert heading(page) == "This link no longer works"


def test_without_the_link_nobody_is_in_and_another_is_sent(world, client, with_mail):
    sign_up(client)
    other = CheckedClient()

    response = log_in(other, "ana.lima", "seven plain ferries")

    assert (response.headers["Location"], is_in(other), len(mails())) == (SENT, False, 2)
    assert mails()[0].to == mails()[1].to == ["ana@mail.example"]


def test_at_most_two_links_are_sent_an_hour(world, client, with_mail):
    sign_up(client)
    log_in(CheckedClient(), "ana.lima", "seven plain ferries")

    response = log_in(CheckedClient(), "ana.lima", "seven plain ferries")

    assert (response.status_code, len(mails())) == (429, 2)
    assert 0 < int(response.headers["Retry-After"]) <= 3600
    assert "We sent several mails already; the links in them still work." in words(response, "main")


def test_the_mail_has_both_forms_and_our_look(world, client, with_mail):
    sign_up(client, display_name="Ana <b>Lima")

    letter = mails()[-1]

    html = soup(type("Answer", (), {"content": letter.alternatives[0].content}))
    assert (letter.subject, letter.extra_headers["Auto-Submitted"]) == ("Confirm your e-mail address", "auto-generated")
    assert letter.body.startswith("Hello Ana <b>Lima,\n")
    assert html.select_one("a.go")["href"].endswith(link_in(letter))
    assert html.select("b") == []
    assert "stop" not in letter.body.lower()


# --- Changing ---------------------------------------------------------------------------------------------------------


def test_an_address_becomes_ones_own_when_its_link_was_opened(client, with_mail):
    person = PersonFactory()
    log_in(client, person.username)
    sure(client)
    other = CheckedClient()
    log_in(other, person.username)

    client.post(EMAIL, {"email": CHANGED})
    waiting = (User.objects.get(pk=person.pk).email, words(client.get(EMAIL), ".note"))
    path = link_in(mails()[-1])
    response = client.post(path)

    former, found = person.email, User.objects.get(pk=person.pk)
    assert waiting[0] == former
    assert f"We sent a link to {CHANGED}." in waiting[1]
    assert (response.status_code, found.email, addresses(found)) == (302, CHANGED, [(CHANGED, True, True)])
    assert (is_in(client), is_in(other)) == (True, False)
    told = mails()[-1]
    assert (told.to, told.subject) == ([former], "Your e-mail address was changed")
    assert kinds(found)[-4:] == [
        "person.email_wanted", "person.email_confirmed", "person.sessions_ended", "person.email_changed"
    ]  # fmt: skip
    assert found.history.first().history_user_id == person.pk


def test_a_link_opened_elsewhere_ends_every_session(client, with_mail):
    person = PersonFactory()
    log_in(client, person.username)
    sure(client)
    client.post(EMAIL, {"email": CHANGED})

    CheckedClient().post(link_in(mails()[-1]))

    assert (is_in(client), User.objects.get(pk=person.pk).email) == (False, CHANGED)
    assert Session.objects.filter(session_key=client.cookies["sid"].value).exists() is False


def test_a_wish_is_no_address_yet(client, with_mail):
    person = PersonFactory()
    log_in(client, person.username)
    sure(client)
    client.post(EMAIL, {"email": CHANGED})
    mails()

    other = CheckedClient()
    other.post("/accounts/password/reset/", {"email": CHANGED})

    assert (mails()[-1].to, mails()[-1].subject) == ([CHANGED], "No account with this address")
    assert log_in(other, CHANGED).status_code == 200
    assert is_in(other) is False


def test_an_earlier_wish_ends_with_a_later_one(client, with_mail):
    person = PersonFactory()
    log_in(client, person.username)
    sure(client)
    client.post(EMAIL, {"email": CHANGED})
    path = link_in(mails()[-1])

    client.post(EMAIL, {"email": "third@mail.example"})
    response = client.post(path)

    assert (response.status_code, User.objects.get(pk=person.pk).email) == (404, person.email)


def test_somebody_elses_address_gets_the_same_answer_and_stays_theirs(client, with_mail):
    person, other = PersonFactory(), PersonFactory()
    log_in(client, person.username)
    sure(client)

    answers = [client.post(EMAIL, {"email": email}) for email in ("free@mail.example", other.email)]
    path = link_in(mails()[-1])
    client.post(path)

    assert [(answer.status_code, answer.headers["Location"]) for answer in answers] == [(302, EMAIL)] * 2
    assert User.objects.get(pk=person.pk).email == person.email
    assert User.objects.get(pk=other.pk).email == other.email
    assert addresses(other) == [(other.email, True, True)]


def test_changing_asks_first_who_it_is(client, with_mail):
    person = PersonFactory()
    log_in(client, person.username)

    answers = [client.get(EMAIL), client.post(EMAIL, {"email": CHANGED})]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert all(answer.headers["Location"].endswith("?next=%2Faccounts%2Femail%2F") for answer in answers[:1])
    assert (mails(), addresses(person)) == ([], [(person.email, True, True)])


@pytest.mark.parametrize("wrong", ["nowhere", "", "a@b@c.example", "two@mail.example, three@mail.example"])
def test_what_is_no_address_is_refused(client, with_mail, wrong):
    person = PersonFactory()
    log_in(client, person.username)
    sure(client)

    response = client.post(EMAIL, {"email": wrong})

    assert (response.status_code, mails()) == (422, [])


def test_ones_own_address_is_refused(client, with_mail):
    person = PersonFactory()
    log_in(client, person.username)
    sure(client)

    response = client.post(EMAIL, {"email": person.email.upper()})

    assert (response.status_code, words(response, ".errors")) == (422, "This is your address already.")


def test_one_cannot_change_to_a_domain_that_is_not_allowed(world, client, with_mail, rules):
    person = PersonFactory()
    log_in(client, person.username)
    sure(client)
    rules(registration="domains", allowed_domains=["mail.example"])

    response = client.post(EMAIL, {"email": "ana@elsewhere.example"})

    assert (response.status_code, mails()) == (422, [])
    assert "Accounts here need an e-mail address of mail.example." in words(response, ".errors")


def test_without_mail_an_address_changes_at_once(client):
    person = PersonFactory()
    log_in(client, person.username)
    sure(client)
    other = CheckedClient()
    log_in(other, person.username)

    client.post(EMAIL, {"email": CHANGED})

    assert (User.objects.get(pk=person.pk).email, addresses(person)) == (CHANGED, [(CHANGED, False, True)])
    assert (is_in(client), is_in(other)) == (True, False)


def test_without_mail_somebody_elses_address_is_refused(client):
    person, other = PersonFactory(), PersonFactory()
    log_in(client, person.username)
    sure(client)

    response = client.post(EMAIL, {"email": other.email.upper()})

    assert (response.status_code, User.objects.get(pk=person.pk).email) == (422, person.email)


def test_an_old_letter_is_not_sent_any_more(world, client, with_mail):
    sign_up(client)

    with clock.at(clock.now() + timedelta(days=4)):
        found = mails()

    assert found == []
