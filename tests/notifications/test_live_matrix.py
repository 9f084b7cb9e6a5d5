"""Sockets and feeds for every kind of person: who hears of which project, and nobody of anything foreign."""

import json
import uuid

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from chat.queries import room_of
from chat.services.messages import post_message
from issues.services.editing import edit_issue
from projects.queries import visible_to
from tests.factories import canary
from tests.sockets import session_of
from tests.test_access_matrix import MARK, marks_of
from tests.world import PERSONAS

pytestmark = pytest.mark.django_db(transaction=True)
KEYS = ("BUG", "TEAM", "INNER", "OPEN", "QZFAR", "SHELF", "GONE", "QZNOP")
CHANGED = ("BUG", "TEAM", "INNER", "OPEN", "QZFAR")


def happen(world, key):
    """Let something be done and said in a project, with new markers in it."""
    project, title, body = world.projects[key], canary("Renamed"), canary("Said")
    edit_issue(actor=project.owner, issue=world.issue(f"{key}-1"), changes={"title": title})
    post_message(actor=project.owner, thread=room_of(project), body=body, client_id=uuid.uuid4())
    return set(MARK.findall(title + body))


def may_read(world, persona):
    person = world.person(persona) if persona != "deactivated" else None
    return set(visible_to(person or AnonymousUser()).values_list("key", flat=True))


def forbidden_to(world, persona, fresh):
    """Return the markers of all that a persona may not read."""
    seen = may_read(world, persona)
    marks = {key: marks_of(project) | fresh.get(key, set()) for key, project in world.projects.items()}
    return set().union(*(marks[key] for key in marks.keys() - seen)) - set().union(*(marks[key] for key in seen), set())


def open_everywhere(world, crowd, persona):
    """Open a page of every project with the person's one session for five of them, and another for the rest."""
    person, thread = world.person(persona), room_of(world.bug).pk
    views = {"BUG": "board", "OPEN": "list", "INNER": "room", "TEAM": "issue"}
    keys = [session_of(person) if person else None for _half in range(2)]
    return {
        key: crowd.open(session=keys[place % 2], project=key, thread=thread, view=views.get(key, ""))
        for place, key in enumerate(KEYS)
    }


def test_sockets_hear_of_what_their_person_may_read_and_of_nothing_else(world, crowd):
    may = {persona: may_read(world, persona) for persona in PERSONAS}
    # Guests have no socket, and who was deactivated is a guest.
    may |= {"anonymous": set(), "deactivated": set()}
    pages = {persona: open_everywhere(world, crowd, persona) for persona in PERSONAS}
    for persona, tabs in pages.items():
        refused = 4401 if persona in {"anonymous", "deactivated"} else 4403
        for key, tab in tabs.items():
            assert key not in may[persona] or tab.get("hello")
            assert key in may[persona] or (tab.ended(), tab.frames) == (refused, []), (persona, key)
    begins = {id(tab): tab.seq for tabs in pages.values() for tab in tabs.values()}

    fresh = {key: happen(world, key) for key in CHANGED}

    for persona, tabs in pages.items():
        for key in may[persona] & set(CHANGED):
            tabs[key].until(lambda tab: tab.seq >= begins[id(tab)] + 2)
        said = set(MARK.findall("".join(tab.text() for tab in tabs.values())))
        assert (persona, said & forbidden_to(world, persona, fresh)) == (persona, set())
    assert set(MARK.findall(pages["lead"]["BUG"].text())) & fresh["BUG"], "there is something to leak"


def test_feeds_tell_what_their_reader_may_read_and_nothing_else(world, client_for):
    fresh = {key: happen(world, key) for key in CHANGED}
    keys = {}

    for persona in PERSONAS:
        client: Client = client_for(persona)
        answers = {key: client.get(f"/{key}/live/?after=0&view=board") for key in KEYS}
        keys[persona] = {key for key, answer in answers.items() if answer.status_code == 200}
        text = "".join(answer.content.decode() for answer in answers.values())
        assert set(MARK.findall(text)) & forbidden_to(world, persona, fresh) == set()
        for key in keys[persona]:
            assert json.loads(answers[key].content)["seq"] > 0

    assert keys == {persona: may_read(world, persona) for persona in PERSONAS}


def test_what_is_told_of_other_rooms_is_told_to_their_members_only(world, crowd):
    pages = {
        name: crowd.join(world.person(name), "OPEN") for name in ("developer", "stranger", "removed", "administrator")
    }

    happen(world, "TEAM")
    happen(world, "QZFAR")
    happen(world, "OPEN")

    assert pages["developer"].get("room") == {"t": "room", "project": "TEAM", "unread": 1}
    for name, page in pages.items():
        page.until(lambda tab: tab.said("changes"))
        assert (name, len(page.said("room"))) == (name, 1 if name == "developer" else 0)
