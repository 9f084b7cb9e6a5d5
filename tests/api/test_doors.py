"""Page, API and admin give everyone the same verdict on the same deed, and say the same where they refuse it.

Each row is a deed, allowed by the state of things or not; each is tried by eight people. Who is not let into the admin
at all is tests/test_access_admin.py's matter.
"""

import pytest

from issues.models import Issue
from projects.models import Label, Membership, Project, State, Transition
from tests.accounts.door import sure
from tests.adminpages import act, address, save
from tests.api.calling import PERSONAS, Script
from tests.api.doors import Deed, by_admin, by_api, by_page, differences, text_of

pytestmark = pytest.mark.django_db


def saves(row, /, **changes):
    """Return what changes a row in the admin: one of the words tells which."""
    return lambda browser, words: text_of(
        save(browser, address(words[row]), **{field: _filled(value, words) for field, value in changes.items()})
    )


def adds(model, /, **values):
    """Return what adds a row in the admin."""
    return lambda browser, words: text_of(
        save(browser, address(model, "add"), **{field: _filled(value, words) for field, value in values.items()})
    )


def acts(model, action, name, query=""):
    """Return what runs an action of the admin on a row."""
    return lambda browser, words: act(browser, model, action, words[name], query=query)


def _filled(value, words):
    return words[value[1:-1]] if isinstance(value, str) and value[:1] == "{" else value


BUG, API = "/BUG/settings", "/projects/BUG"
PROJECTS = [
    Deed("rename", (f"{BUG}/", {"name": "X", "key": "BUG", "visibility": "private"}),
         ("PATCH", API, {"name": "X"}), saves("bug", name="X")),
    Deed("take a key", (f"{BUG}/", {"name": "X", "key": "QZFAR", "visibility": "private"}),
         ("PATCH", API, {"name": "X", "key": "QZFAR"}), saves("bug", name="X", key="QZFAR")),
    Deed("archive", (f"{BUG}/archive/", {}), ("POST", f"{API}/archive", {}), acts(Project, "archive", "bug")),
    Deed("unarchive", ("/SHELF/settings/unarchive/", {}), ("POST", "/projects/SHELF/unarchive", {}),
         acts(Project, "unarchive", "shelf")),
    Deed("delete", (f"{BUG}/delete/", {"typed_key": "BUG"}), ("DELETE", f"{API}?typed_key=BUG", None)),
    Deed("delete, mistyped", (f"{BUG}/delete/", {"typed_key": "BUC"}), ("DELETE", f"{API}?typed_key=BUC", None)),
    Deed("restore", ("/projects/trash/GONE/restore/", {}), ("POST", "/projects/trash/GONE/restore", {}),
         acts(Project, "restore", "gone"), admins=("administrator",)),
]  # fmt: skip
MEMBERS = [
    Deed("add", (f"{BUG}/members/", {"person": "{stranger}", "role": "viewer"}),
         ("POST", f"{API}/members", {"person": "{stranger}", "role": "viewer"}),
         adds(Membership, project="BUG", name="{stranger}", role="viewer")),
    Deed("add twice", (f"{BUG}/members/", {"person": "{viewer}", "role": "viewer"}),
         ("POST", f"{API}/members", {"person": "{viewer}", "role": "viewer"}),
         adds(Membership, project="BUG", name="{viewer}", role="viewer")),
    Deed("change", (f"{BUG}/members/{{viewer}}/role/", {"role": "developer"}),
         ("PATCH", f"{API}/members/{{viewer}}", {"role": "developer"}),
         saves("place", role="developer")),
    Deed("demote the last lead", (f"{BUG}/members/{{lead}}/role/", {"role": "viewer"}),
         ("PATCH", f"{API}/members/{{lead}}", {"role": "viewer"}), saves("lead_place", role="viewer")),
    Deed("remove", (f"{BUG}/members/{{viewer}}/remove/", {}), ("DELETE", f"{API}/members/{{viewer}}", None),
         acts(Membership, "remove", "place")),
    Deed("remove the last lead", (f"{BUG}/members/{{lead}}/remove/", {}), ("DELETE", f"{API}/members/{{lead}}", None),
         acts(Membership, "remove", "lead_place")),
    Deed("leave", (f"{BUG}/leave/", {}), ("POST", f"{API}/leave", {})),
]  # fmt: skip
LABELS = [
    Deed("create", (f"{BUG}/labels/", {"name": "new", "hue": "3"}),
         ("POST", f"{API}/labels", {"name": "new", "hue": 3}),
         adds(Label, project="BUG", name="new", hue="3")),
    Deed("create twice", (f"{BUG}/labels/", {"name": "{label_name}", "hue": "3"}),
         ("POST", f"{API}/labels", {"name": "{label_name}", "hue": 3}),
         adds(Label, project="BUG", name="{label_name}", hue="3")),
    Deed("change", (f"{BUG}/labels/{{label_id}}/", {"name": "new", "hue": "3"}),
         ("PATCH", f"{API}/labels/{{label_id}}", {"name": "new", "hue": 3}), saves("label", name="new")),
    Deed("remove", (f"{BUG}/labels/{{label_id}}/remove/", {}), ("DELETE", f"{API}/labels/{{label_id}}", None),
         acts(Label, "remove", "label")),
]  # fmt: skip
FLOW, FLOW_API = f"{BUG}/workflow", f"{API}/workflow"
WORKFLOW = [
    Deed("create", (f"{FLOW}/", {"name": "New", "category": "open"}),
         ("POST", f"{FLOW_API}/states", {"name": "New", "category": "open"}),
         adds(State, project="BUG", name="New", category="open")),
    Deed("create twice", (f"{FLOW}/", {"name": "Closed", "category": "open"}),
         ("POST", f"{FLOW_API}/states", {"name": "Closed", "category": "open"}),
         adds(State, project="BUG", name="Closed", category="open")),
    Deed("remove a state with issues", (f"{FLOW}/closed/remove/", {}), ("DELETE", f"{FLOW_API}/states/closed", None),
         acts(State, "remove", "closed")),
    Deed("forbid a step", (f"{FLOW}/steps/open/in-progress/remove/", {}),
         ("DELETE", f"{FLOW_API}/transitions/open/in-progress", None), acts(Transition, "forbid", "step")),
]  # fmt: skip
ONE, ONE_API = "/BUG-1", f"{API}/issues/1"
ISSUES = [
    Deed("create", ("/BUG/issues/new/", {"title": "New"}), ("POST", f"{API}/issues", {"title": "New"}),
         adds(Issue, project="BUG", title="New")),
    Deed("edit", (f"{ONE}/edit/", {"title": "New", "version": "{version}"}),
         ("PATCH", ONE_API, {"title": "New", "version": "{version}"}), saves("one", title="New")),
    Deed("edit what somebody else edited", (f"{ONE}/edit/", {"title": "New", "version": "1"}),
         ("PATCH", ONE_API, {"title": "New", "version": 1}), saves("one", title="New", seen_version="1")),
    Deed("move", (f"{ONE}/move/", {"to": "in-progress", "assignee": "{developer}"}),
         ("POST", f"{ONE_API}/move", {"to": "in-progress", "assignee": "{developer}"}),
         saves("one", state="{doing}", assignee="{developer_pk}")),
    Deed("move without an assignee", (f"{ONE}/move/", {"to": "in-progress"}),
         ("POST", f"{ONE_API}/move", {"to": "in-progress"}), saves("one", state="{doing}")),
    Deed("move where no step leads", (f"{ONE}/move/", {"to": "closed"}), ("POST", f"{ONE_API}/move", {"to": "closed"}),
         saves("one", state="{closed_pk}")),
    Deed("delete", (f"{ONE}/delete/", {}), ("DELETE", ONE_API, None), acts(Issue, "put_into_trash", "one")),
    Deed("restore", ("/BUG-7/restore/", {}), ("POST", f"{API}/issues/7/restore", {}),
         acts(Issue, "restore", "seven", "?trash=yes")),
]  # fmt: skip
PEOPLE = [
    Deed("deactivate", ("/instance/people/{viewer}/active/", {"on": "0"}),
         ("PATCH", "/instance/people/{viewer}", {"is_active": False}), saves("viewer_row", is_active=None),
         admins=("administrator",)),
    Deed("deactivate the last administrator", ("/instance/people/{admin}/active/", {"on": "0"}),
         ("PATCH", "/instance/people/{admin}", {"is_active": False}), saves("admin_row", is_active=None),
         admins=("administrator",)),
    Deed("make an administrator", ("/instance/people/{viewer}/role/", {"on": "1"}),
         ("PATCH", "/instance/people/{viewer}", {"is_administrator": True})),
    Deed("end the role of the last one", ("/instance/people/{admin}/role/", {"on": "0"}),
         ("PATCH", "/instance/people/{admin}", {"is_administrator": False})),
    Deed("end log-ins", ("/instance/people/{viewer}/sessions/", {}),
         ("DELETE", "/instance/people/{viewer}/sessions", None)),
]  # fmt: skip
ALL = {"projects": PROJECTS, "members": MEMBERS, "labels": LABELS, "workflow": WORKFLOW, "issues": ISSUES,
       "people": PEOPLE}  # fmt: skip
DEEDS = {f"{group}: {deed.name}": deed for group, deeds in ALL.items() for deed in deeds}


@pytest.fixture
def words(world):
    """Return what the rows speak of."""
    places = {place.person_id: place for place in Membership.objects.filter(project=world.bug)}
    states = world.states["BUG"]
    step = Transition.objects.get(from_state=states["open"], to_state=states["in-progress"])
    return {
        "bug": world.bug, "shelf": world.archived, "gone": world.deleted, "stranger": world.stranger.username,
        "viewer": world.viewer.username, "lead": world.lead.username, "developer": world.developer.username,
        "admin": world.administrator.username, "viewer_row": world.viewer, "admin_row": world.administrator,
        "place": places[world.viewer.pk], "lead_place": places[world.lead.pk], "developer_pk": world.developer.pk,
        "label": world.label("BUG"), "label_id": world.label("BUG").pk, "label_name": world.label("BUG").name,
        "one": world.issue("BUG-1"), "seven": world.issue("BUG-7"), "version": world.issue("BUG-1").version,
        "doing": states["in-progress"].pk, "closed": states["closed"], "closed_pk": states["closed"].pk, "step": step,
    }  # fmt: skip


@pytest.mark.parametrize("name", DEEDS)
def test_everyone_gets_the_same_verdict_at_every_door(world, client_for, words, name):
    deed, problems, verdicts = DEEDS[name], [], {}

    for persona in PERSONAS:
        verdicts[persona] = by_api(Script(world.person(persona)), deed, words)
        browser = client_for(persona)
        if persona == "administrator":
            sure(browser)
        problems += differences(persona, by_page(browser, deed, words), verdicts[persona])
        if deed.admin and persona in deed.admins:
            problems += differences(f"{persona}, admin", by_admin(browser, deed, words), verdicts[persona])

    assert problems == []
    assert len({verdict.status for verdict in verdicts.values()}) > 1, verdicts
