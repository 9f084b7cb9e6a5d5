"""Turns of scheduled jobs: one for each, however many ask at the same time."""

import pytest
from django.db import transaction

from notifications.models import Slot
from notifications.slots import take, take_all
from tests.parallel import at_once

pytestmark = pytest.mark.django_db


def test_a_turn_is_taken_once():
    assert [take("count", "10:00"), take("count", "10:00"), take("count", "10:05"), take("other", "10:00")] == [
        *(True, False, True, True)
    ]


def test_of_several_turns_only_the_free_ones_are_taken():
    take("count", "b")

    assert take_all("count", ["a", "b", "c", "a"]) == {"a", "c"}
    assert take_all("count", []) == set()


def test_a_rollback_gives_a_turn_back():
    with transaction.atomic():
        assert take("count", "10:00")
        transaction.set_rollback(True)

    assert take("count", "10:00")


@pytest.mark.django_db(transaction=True)
def test_two_beats_take_a_thousand_turns_once_each():
    calls = [lambda slot=slot: take("count", str(slot)) for slot in range(500) for _beat in range(2)]

    results = at_once(calls, workers=8)

    assert (results.count(True), results.count(False)) == (500, 500)
    assert Slot.objects.count() == 500
