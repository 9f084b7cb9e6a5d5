"""Logging in by a code from one's mailbox."""

import pytest
from allauth.account.internal.flows import code_verification
from allauth.account.models import EmailAddress

from accounts.models import User
from accounts.services.people import set_active
from notifications.models import Event
from notifications.queries import events_about
from tests.accounts.door import (
    CODE,
    CONFIRM_CODE,
    INACTIVE,
    LOGIN,
    ask_code,
    code_in,
    heading,
    is_in,
    log_in,
    mails,
    sign_up,
    with_mail,
)
from tests.browsing import CheckedClient
from tests.factories import PersonFactory
from tests.parallel import at_once
from tests.projects.pages import soup, words

pytestmark = pytest.mark.django_db
__all__ = ["with_mail"]
WRONG = "This code is not right, or is not good any more."


def confirm(client, code, **extra):
    return client.post(CONFIRM_CODE, {"code": code, **extra})


def test_a_code_logs_in(client, with_mail):
    person = PersonFactory()

    answer = client.post(CODE, {"email": person.email.upper()})
    letter = mails()[-1]
    response = confirm(client, code_in(letter).lower().replace("-", " "))

    assert (answer.headers["Location"], letter.to) == (CONFIRM_CODE, [person.email])
    assert (response.headers["Location"], is_in(client)) == ("/", True)
    event = events_about(f"person:{person.pk}").filter(kind="person.logged_in").get()
    assert event.data == {"ways": ["code"], "ip": "127.0.0.1"}


def test_it_leads_to_where_one_came_from(world, client, with_mail):
    answer = client.post(CODE, {"email": world.viewer.email, "next": "/BUG/activity/"})

    response = client.post(answer.headers["Location"], {"code": code_in(mails()[-1])})

    assert response.headers["Location"] == "/BUG/activity/"


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example/"])
def test_it_leads_nowhere_else(world, client, with_mail, target):
    code = ask_code(client, world.viewer.email, next=target)

    response = confirm(client, code, next=target)

    assert response.headers["Location"] == "/"


def test_five_guesses_are_looked_at(client, with_mail):
    code = ask_code(client, PersonFactory().email)

    answers = [confirm(client, "WRNG-CODE") for _each in range(5)]
    late = confirm(client, code)

    assert [words(answer, ".errors") for answer in answers[:4]] == [WRONG] * 4
    assert (answers[4].headers["Location"], late.headers["Location"]) == (CODE, CODE)
    assert "That was the fifth wrong code. Ask for a new one." in words(client.get(CODE), "main")
    assert is_in(client) is False


def test_the_code_works_at_the_fifth_guess(client, with_mail):
    code = ask_code(client, PersonFactory().email)
    for _each in range(4):
        confirm(client, "WRNG-CODE")

    assert confirm(client, code).headers["Location"] == "/"


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_guesses_at_once_five_are_looked_at(world, with_mail):
    first = CheckedClient()
    code = ask_code(first, world.viewer.email)
    guesses = [f"{code[:-1]}{letter}" for letter in "BCDFGHJKLMNPQRSTVWXZ" if letter != code[-1]] * 6

    browsers = [_same(first) for _each in guesses[:100]]
    answers = at_once([lambda b=b, g=g: confirm(b, g) for b, g in zip(browsers, guesses, strict=False)], workers=20)
    right = confirm(_same(first), code)

    assert len(answers) == 100
    assert not any(answer.headers.get("Location") == "/" for answer in answers)
    assert right.headers.get("Location") != "/"
    assert not any(is_in(browser) for browser in [first, *browsers[:5]])


@pytest.mark.django_db(transaction=True)
def test_of_twenty_right_ones_at_once_one_logs_in(world, with_mail):
    first = CheckedClient()
    code = ask_code(first, world.viewer.email)
    browsers = [_same(first) for _each in range(20)]

    answers = at_once([lambda b=b: confirm(b, code) for b in browsers], workers=20)

    assert [answer.headers.get("Location") for answer in answers].count("/") == 1
    assert Event.objects.filter(kind="person.logged_in", actor=world.viewer).count() == 1


def _same(browser):
    """Return another window of the same browser."""
    other = CheckedClient()
    other.cookies = browser.cookies.copy()
    return other


def test_a_code_is_used_once(client, with_mail):
    code = ask_code(client, PersonFactory().email)
    again = _same(client)
    confirm(client, code)

    response = confirm(again, code)

    assert (response.headers["Location"], is_in(again)) == (CODE, False)


def test_a_code_is_good_for_ten_minutes(client, with_mail, monkeypatch):
    code = ask_code(client, PersonFactory().email)
    now = code_verification.time.time()
    monkeypatch.setattr(code_verification.time, "time", lambda: now + 601)

    response = confirm(client, code)

    assert response.headers["Location"] == CODE
    monkeypatch.undo()
    assert is_in(client) is False


def test_a_code_works_in_its_own_window_only(client, with_mail):
    code = ask_code(client, PersonFactory().email)
    other = CheckedClient()

    response = confirm(other, code)

    assert (response.headers["Location"], is_in(other)) == (CODE, False)


def test_a_later_code_ends_the_earlier(client, with_mail):
    person = PersonFactory()
    early = ask_code(client, person.email)
    late = ask_code(client, person.email)

    answers = [words(confirm(client, early), ".errors"), confirm(client, late).headers["Location"]]

    assert answers == [WRONG, "/"]


def test_a_code_is_for_who_has_confirmed_the_address(world, client, with_mail):
    sign_up(CheckedClient())
    mails()

    client.post(CODE, {"email": "ana@mail.example"})

    assert mails()[-1].subject == "Confirm your e-mail address"
    assert words(confirm(client, "WRNG-CODE"), ".errors") == WRONG
    assert EmailAddress.objects.get(email="ana@mail.example").verified is False


def test_who_is_deactivated_gets_none_and_is_told_by_mail(world, client, with_mail):
    answer = client.post(CODE, {"email": world.deactivated.email})

    assert (answer.headers["Location"], mails()[-1].subject) == (CONFIRM_CODE, "Your account is deactivated")


def test_who_is_deactivated_meanwhile_is_not_let_in(world, client, with_mail):
    code = ask_code(client, world.viewer.email)
    set_active(actor=world.administrator, person=world.viewer, active=False)

    response = confirm(client, code)

    assert (response.headers["Location"], is_in(client)) == (INACTIVE, False)


def test_nobody_looks_at_a_code_of_who_is_locked(client, with_mail):
    person = PersonFactory()
    code = ask_code(client, person.email)
    for _each in range(5):
        log_in(CheckedClient(), person.username, "not the passphrase")

    response = confirm(client, code)

    assert (response.status_code, is_in(client)) == (429, False)
    assert int(response.headers["Retry-After"]) > 800


def test_five_codes_an_hour(client, with_mail):
    person = PersonFactory()
    for _each in range(5):
        client.post(CODE, {"email": person.email})

    response = client.post(CODE, {"email": person.email})

    assert (response.status_code, len(mails())) == (429, 5)


def test_wrong_codes_are_recorded_without_what_was_typed(client, with_mail):
    person = PersonFactory()
    ask_code(client, person.email)

    confirm(client, "SECR-ETXX")

    event = events_about(f"person:{person.pk}").filter(kind="person.log_in_failed").get()
    assert (event.actor, event.data) == (None, {"way": "code", "ip": "127.0.0.1"})


def test_the_pages_say_nothing_of_who_has_an_account(client, with_mail):
    person = PersonFactory()
    said = []
    for email in (person.email, "nobody@mail.example"):
        browser = CheckedClient()
        asked = browser.post(CODE, {"email": email})
        page, wrong = browser.get(CONFIRM_CODE), confirm(browser, "WRNG-CODE")
        said.append((asked.status_code, asked.headers["Location"], heading(page), words(page), words(wrong)))

    assert said[0] == said[1]


def test_without_mail_the_page_says_so(client):
    page = client.get(CODE)

    assert soup(page).select("form") == []
    assert "sends no mail" in words(page, "main")
    assert soup(client.get(LOGIN)).select(f'a[href^="{CODE}"]') == []


def test_the_code_is_no_part_of_what_is_recorded(client, with_mail):
    person = PersonFactory()
    code = ask_code(client, person.email)

    confirm(client, code)

    assert User.objects.get(pk=person.pk).last_login is not None
    assert all(code not in str(data) for data in Event.objects.values_list("data", flat=True))
