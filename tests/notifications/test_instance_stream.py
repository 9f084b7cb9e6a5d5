"""The stream that everyone shares: people who change themselves while they are changed do not block each other."""

import pytest

from accounts.models import User
from accounts.services.people import change_profile, set_active
from notifications.queries import verify_all
from tests.parallel import at_once, errors

pytestmark = pytest.mark.django_db(transaction=True)


def test_profiles_and_deactivations_at_once_do_not_deadlock(world):
    people = [world.lead, world.developer]

    def change(round_: int) -> None:
        person = User.objects.get(pk=people[round_ % 2].pk)
        change_profile(actor=person, changes={"display_name": f"Name {round_}"})

    def switch(round_: int) -> None:
        set_active(actor=world.administrator, person=people[round_ % 2], active=round_ % 4 > 1)

    calls = [lambda round_=round_, act=act: act(round_) for round_ in range(60) for act in (change, switch)]
    results = at_once(calls, workers=16)

    assert errors(results) == []
    assert [link for _stream, link in verify_all() if link] == []
