"""The site administrator from the environment, and what logging in leaves behind."""

import pytest
from allauth.account.models import EmailAddress

from accounts.models import User
from accounts.services.people import ensure_administrator
from notifications.models import Event
from tests.factories import PASSWORD
from tests.issues.records import fingerprint

pytestmark = pytest.mark.django_db


def test_a_second_call_with_the_same_values_writes_nothing(world):
    values = {"username": "boss", "email": "boss@mail.example", "password": PASSWORD}
    person, is_changed = ensure_administrator(**values)
    before = fingerprint()

    again, is_changed_again = ensure_administrator(**values)

    assert (again, is_changed, is_changed_again) == (person, True, False)
    assert fingerprint() == before


def test_an_existing_person_is_aligned(world):
    values = {"username": world.viewer.username.upper(), "email": "New@mail.example", "password": "another passphrase"}

    person, is_changed = ensure_administrator(**values)

    found = User.objects.get(pk=world.viewer.pk)
    assert (person, is_changed) == (found, True)
    assert (found.email, found.is_superuser, found.is_staff) == ("new@mail.example", True, True)
    assert found.check_password("another passphrase")
    addresses = EmailAddress.objects.filter(user=found).values_list("email", "primary", "verified")
    assert addresses.order_by("-primary")[0] == ("new@mail.example", True, True)
    assert EmailAddress.objects.filter(user=found, primary=True).count() == 1
    event = Event.objects.filter(kind="person.administrator_set", subject=f"person:{found.pk}").get()
    assert event.data == {"fields": ["email", "is_staff", "is_superuser", "password"]}


def test_a_deactivated_person_is_active_again(world):
    values = {"username": world.deactivated.username, "email": world.deactivated.email, "password": PASSWORD}

    ensure_administrator(**values)

    assert User.objects.get(pk=world.deactivated.pk).is_active


def test_logging_in_is_no_change_of_the_person(client, world):
    before = User.history.filter(id=world.lead.pk).count()

    response = client.post("/accounts/login/", {"login": world.lead.username, "password": PASSWORD})

    assert response.status_code == 302
    assert User.history.filter(id=world.lead.pk).count() == before
    assert User.objects.get(pk=world.lead.pk).last_login is not None
