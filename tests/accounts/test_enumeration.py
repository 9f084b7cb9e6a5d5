"""Nobody learns from the door who has an account: equal answers, and times that differ by nothing one could measure.

Why the times are equal. Logging in works out one hash of a password in every case: the person's, or a throw-away one
for nobody, for who is locked and for who has no password; and it counts and records the same for all. Asking for a link
or a code writes one sealed mail in every case, which a worker sends later. Registering with a taken address makes an
account with another address and takes it back. What is left are single statements.
"""

import statistics
import time

import pytest

from accounts.models import User
from accounts.services.people import set_active
from tests.accounts.door import CODE, LOGIN, RESET, SIGNUP, mails, with_mail
from tests.browsing import CheckedClient
from tests.factories import PersonFactory
from tests.projects.pages import words

pytestmark = pytest.mark.django_db
__all__ = ["with_mail"]
ROUNDS = 200
MOST_SECONDS = 0.010
ARGON = ["accounts.hashers.Argon2PasswordHasher"]


@pytest.fixture
def free_limits(monkeypatch):
    """Limits so far away that none is met: what is compared are the answers below them."""
    monkeypatch.setattr("accounts.attempts.Fixed.most", property(lambda limit: 1_000_000))
    monkeypatch.setattr("accounts.limits.Limit.most", property(lambda limit: 1_000_000))


def people(world, settings):
    """Return names in every state, with addresses: here, nowhere, deactivated, without a password."""
    settings.PASSWORD_HASHERS = ARGON
    here, gone, without = (PersonFactory() for _each in range(3))
    set_active(actor=world.administrator, person=gone, active=False)
    User.objects.filter(pk=without.pk).update(password="!nothing")
    return {
        "here": (here.username, here.email),
        "gone": (gone.username, gone.email),
        "without": (without.username, without.email),
        "nobody": ("nobody.at.all", "nobody.at.all@mail.example"),
    }


def told(response, *names):
    """Return everything that an answer tells, without what differs each time or was typed."""
    headers = {name: value for name, value in response.headers.items() if name not in {"X-Request-Id", "Expires"}}
    headers["Content-Security-Policy"] = headers.get("Content-Security-Policy", "").partition("nonce-")[0]
    headers.pop("Content-Length", None)
    text = words(response)
    for name in names:
        text = text.replace(name, "X")
    return (response.status_code, headers, text, sorted(response.cookies))


def medians(calls):
    """Return the median time of each call; they take turns, so that all meet the same moments of the machine."""
    times = {name: [] for name in calls}
    for _round in range(ROUNDS):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - began)
    return {name: statistics.median(found) for name, found in times.items()}


def differ_by_nothing(found):
    return max(found.values()) - min(found.values()) < MOST_SECONDS, found


@pytest.mark.parametrize("part", [0, 1])
def test_a_wrong_password(world, settings, part, free_limits):
    names = {state: both[part] for state, both in people(world, settings).items()}

    def enter(name):
        return CheckedClient().post(LOGIN, {"login": name, "password": "not the passphrase"})

    answers = [told(enter(name), name) for name in names.values()]
    found = medians({state: lambda n=name: enter(n) for state, name in names.items()})

    assert answers == [answers[0]] * len(answers)
    assert differ_by_nothing(found) == (True, found)


@pytest.mark.parametrize("path", [RESET, CODE])
def test_asking_for_a_mail(world, settings, with_mail, path, free_limits):
    addresses = {state: both[1] for state, both in people(world, settings).items()}

    def ask(address):
        return CheckedClient().post(path, {"email": address})

    answers = [told(ask(address), address) for address in addresses.values()]
    found = medians({state: lambda a=address: ask(a) for state, address in addresses.items()})

    assert answers == [answers[0]] * len(answers)
    assert differ_by_nothing(found) == (True, found)


def test_registering_with_an_address_that_is_taken(world, settings, with_mail, free_limits):
    taken = people(world, settings)["here"][1]
    numbers = iter(range(10_000))

    def register(email):
        number = next(numbers)
        form = {
            "username": f"new{number}",
            "email": email or f"new{number}@mail.example",
            "password1": "seven ferries x",
        }
        return CheckedClient().post(SIGNUP, form)

    answers = [told(register(email)) for email in ("", taken)]
    found = medians({"free": lambda: register(""), "taken": lambda: register(taken)})

    assert answers[0] == answers[1]
    assert differ_by_nothing(found) == (True, found)
    assert not User.objects.filter(username="new1").exists()


def test_registering_with_a_taken_address_leaves_nothing_but_a_mail(world, with_mail):
    from notifications.models import Event

    before = (User.objects.count(), Event.objects.count())

    CheckedClient().post(SIGNUP, {"username": "ana", "email": world.viewer.email, "password1": "seven plain ferries"})

    letters = mails()
    assert (User.objects.count(), Event.objects.count()) == before
    assert [(letter.to, letter.subject) for letter in letters] == [
        ([world.viewer.email], "You already have an account")
    ]
