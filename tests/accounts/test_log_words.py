"""The instance's log in words: every kind has some, and names whom it befell."""

import pytest

from accounts import former
from accounts.events import INSTANCE, AccountEvent, person_subject
from accounts.logwords import GROUPS, KINDS, described
from accounts.models import User
from accounts.queries.log import LogFilter, chain_status, log_page
from accounts.services.leaving import delete_account
from accounts.services.people import change_profile
from notifications.models import Event, EventStream
from notifications.services import record

pytestmark = pytest.mark.django_db
# Those of teams go into the teams' own streams.
LOGGED = {kind.value for kind in AccountEvent if not kind.value.startswith("team.")}


def test_every_kind_has_words_and_a_group():
    assert set(KINDS) == LOGGED
    grouped = {kind for kind in LOGGED for starts in GROUPS.values() if kind.startswith(starts)}
    assert grouped == LOGGED


@pytest.mark.parametrize("kind", sorted(LOGGED))
def test_every_kind_reads_well_with_and_without_an_actor(world, kind):
    person = world.lead
    people = {person.pk: person}
    data = {"name": "x", "prefix": "plb_x", "key": "K", "reason": "why", "count": 2, "letters": "mails"}

    for actor in (None, person, world.administrator):
        event = Event(kind=kind, actor=actor, subject=person_subject(person.pk), data=data, seq=1)
        text = described([event], people)[0].text
        assert kind not in text
        assert "{" not in text
        assert kind.startswith("instance.") or person.name in text


def test_what_nobody_foresaw_shows_its_name(world):
    event = Event(kind="person.sang", actor=world.lead, subject="", data={}, seq=1)

    assert described([event], {})[0].text == f"{world.lead.name} ({world.lead.username}): person.sang"


@pytest.mark.parametrize(("factor", "words"), [("totp", "authenticator app"), ("webauthn", "passkey"), ("new", "new")])
def test_second_factors_are_called_as_their_pages_call_them(world, factor, words):
    person = world.developer
    event = Event(
        kind="person.factor_added", subject=person_subject(person.pk), actor=person, data={"factor": factor}, seq=1
    )

    assert described([event], {person.pk: person})[0].text.endswith(f"added a second factor: {words}")


def test_what_a_former_member_was_called_is_not_told(world):
    was = world.viewer.display_name
    change_profile(actor=world.viewer, changes={"display_name": "Called otherwise"})
    delete_account(actor=world.viewer, typed_username=world.viewer.username)
    former.forget()

    lines = log_page(LogFilter(person=User.objects.get(pk=world.viewer.pk))).lines

    text = "\n".join(line.text for line in lines)
    assert "Former member" in text
    assert was not in text
    assert "Called otherwise" not in text


def test_whoever_is_unknown_is_said_to_be(world):
    event = Event(kind="person.log_in_failed", actor=None, subject="", data={"ip": "192.0.2.1"}, seq=1)

    line = described([event], {})[0]

    assert (line.text, line.origin) == ("Somebody failed to log in as nobody known here", "192.0.2.1")


def test_a_broken_chain_is_found_and_a_growing_one_is_not_taken_for_it(world):
    record(INSTANCE, kind=AccountEvent.LOG_EXPORTED, actor=world.administrator, data={"count": 0})
    count, broken = chain_status()
    assert (count, broken) == (EventStream.objects.get(name=INSTANCE).seq, None)

    EventStream.objects.filter(name=INSTANCE).update(seq=count + 1)

    assert chain_status()[1].seq == count + 1


def test_lines_are_read_with_two_statements(world, django_assert_num_queries):
    with django_assert_num_queries(2):
        page = log_page(LogFilter(person=world.lead))

    assert {person.username for line in page.lines for _text, person in line.parts if person} >= {world.lead.username}
