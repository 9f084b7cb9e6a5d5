"""Changing many issues at once: all or nothing, with every refusal listed."""

import json

import pytest

from issues.models import Issue
from notifications.queries import head_of
from projects.events import project_stream
from projects.services.labels import create_label
from tests.issues.issuepages import trigger
from tests.issues.records import again, events_after, fingerprint
from tests.projects.pages import soup, words

BULK = "/BUG/issues/bulk/"
LIST = "/BUG/issues/"


def rows(world, *numbers):
    return [again(world.issue(f"BUG-{number}")) for number in numbers]


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_bulk_sets_the_priority(world, client_for, htmx):
    browser = client_for("developer")

    response = browser.post(BULK, {"number": [1, 2, 3], "priority": "4", "next": f"{LIST}?sort=key"}, htmx=htmx)

    assert [row.priority for row in rows(world, 1, 2, 3, 5)] == [4, 4, 4, 3]
    if htmx:
        told = {"toast": {"kind": "ok", "title": "3 issues changed."}, "issues-changed": {"project": "BUG"}}
        assert (response.status_code, json.loads(trigger(response))) == (204, told)
    else:
        assert (response.status_code, response.headers["Location"]) == (302, f"{LIST}?sort=key")
        assert words(browser.get(LIST), "#toasts") == "3 issues changed."


def test_bulk_writes_history_and_an_event_for_each(world, client_for):
    seq = head_of(project_stream(world.bug.pk))

    client_for("developer").post(BULK, {"number": [1, 2], "priority": "4"})

    events = events_after(world.bug, seq)
    assert [(kind, actor, data["key"]) for kind, actor, _subject, data in events] == [
        ("issue.changed", world.developer, "BUG-1"),
        ("issue.changed", world.developer, "BUG-2"),
    ]
    for row in rows(world, 1, 2):
        assert Issue.history.filter(id=row.pk).latest("history_id").history_user == world.developer


def test_bulk_assigns_moves_and_labels(world, client_for):
    browser, label = client_for("lead"), create_label(actor=world.lead, project=world.bug, name="late one", hue=1)
    old = world.label("BUG")

    browser.post(BULK, {"number": [1, 5], "assignee": world.lead.username})
    browser.post(BULK, {"number": [1, 5], "state": "in-progress"})
    browser.post(BULK, {"number": [1, 5], "add_label": "late one"})
    browser.post(BULK, {"number": [1, 5], "remove_label": old.name})

    found = [(row.assignee, row.state.slug, row.label_ids) for row in rows(world, 1, 5)]
    assert found == [(world.lead, "in-progress", [label.pk])] * 2


def test_bulk_note_fills_only_where_there_is_none(world, client_for):
    client_for("lead").post(BULK, {"number": [2, 6], "state": "resolved", "resolution": "Swept up."})

    assert [(row.state.slug, row.resolution) for row in rows(world, 2, 6)] == [("resolved", "Swept up.")] * 2


def test_bulk_note_goes_with_a_move_only(world, client_for):
    client_for("lead").post(BULK, {"number": [2], "priority": "1", "resolution": "Left in the field."})

    assert rows(world, 2)[0].resolution == ""


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_bulk_refused_lists_each_and_changes_nothing(world, client_for, htmx):
    browser, before = client_for("lead"), fingerprint()

    response = browser.post(BULK, {"number": [1, 3, 5], "state": "in-progress"}, htmx=htmx)

    page = soup(response)
    listed = {item.a.get_text(): item.select_one(".name .dim").get_text() for item in page.select(".refusals li")}
    assert (response.status_code, fingerprint()) == (422, before)
    assert listed == {
        "BUG-1": "In progress needs an assignee; BUG-1 has none.",
        "BUG-3": "From Resolved an issue goes to Closed, not straight to In progress.",
    }
    assert "Nothing was changed: 2 issues stand in the way, of 3." in page.get_text()
    assert response.headers["HX-Retarget"] == "#dialogs"


def test_bulk_refused_offers_the_others(world, client_for):
    browser = client_for("lead")
    page = soup(browser.post(BULK, {"number": [1, 5], "state": "in-progress"}))
    form = next(
        form for form in page.select("#bulk-refused form[method=post]") if "Change the other 1" in form.get_text()
    )

    browser.post(form["action"], {field["name"]: field["value"] for field in form.select("input")})

    assert [row.state.slug for row in rows(world, 1, 5)] == ["open", "in-progress"]


def test_bulk_refused_asks_for_the_note_on_the_spot(world, client_for):
    browser = client_for("lead")
    page = soup(browser.post(BULK, {"number": [2, 6], "state": "resolved"}))
    form = page.select_one("#bulk-refused form:has(textarea)")
    sent = {"number": [field["value"] for field in form.select("[name=number]")], "state": "resolved"}

    browser.post(form["action"], sent | {"resolution": "Both by the same patch."})

    assert [row.resolution for row in rows(world, 2, 6)] == ["Both by the same patch."] * 2


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"number": [1]}, "Choose what to change."),
        ({"priority": "4"}, "Choose at least one issue."),
        ({"number": ["x", "-1", "1e3"], "priority": "4"}, "Choose at least one issue."),
        ({"number": [1, 99], "priority": "4"}, "Nothing was changed: BUG-99 no longer exists or is in the trash."),
        ({"number": [1, 7], "priority": "4"}, "Nothing was changed: BUG-7 no longer exists or is in the trash."),
        ({"number": [1], "priority": "7"}, "Select a valid choice. 7 is not one of the available choices."),
        ({"number": [1], "state": "to-do"}, "Select a valid choice. to-do is not one of the available choices."),
        ({"number": [1], "add_label": "nope"}, "Select a valid choice. nope is not one of the available choices."),
        ({"number": [1], "assignee": "who"}, "Select a valid choice. who is not one of the available choices."),
    ],
)
def test_bulk_of_what_cannot_be_says_why(world, client_for, sent, problem):
    browser, before = client_for("lead"), fingerprint()

    response = browser.post(BULK, sent)

    assert (response.status_code, fingerprint()) == (422, before)
    assert problem in words(response, "main")


def test_bulk_clearing_an_assignee_that_a_state_needs_is_refused(world, client_for):
    before = [row.assignee_id for row in rows(world, 2, 5)]

    response = client_for("lead").post(BULK, {"number": [2, 5], "assignee": ""})

    assert response.status_code == 422
    assert [row.assignee_id for row in rows(world, 2, 5)] == before


def test_bulk_where_all_is_as_wanted_says_so(world, client_for):
    response = client_for("developer").post(BULK, {"number": [1], "priority": "3"}, htmx=True)

    assert json.loads(trigger(response))["toast"]["title"] == "Nothing to change: they were like that already."


def test_bulk_obeys_whose_issue_it_is(world, client_for):
    """A developer resolves only what is theirs: BUG-2 is, BUG-6 is the lead's."""
    response = client_for("developer").post(BULK, {"number": [2, 6], "state": "resolved", "resolution": "Done."})

    assert [item.a.get_text() for item in soup(response).select(".refusals li")] == ["BUG-6"]
    assert [row.state.slug for row in rows(world, 2, 6)] == ["in-progress", "in-progress"]


@pytest.mark.parametrize(
    ("persona", "status"),
    [("viewer", 403), ("stranger", 404), ("removed", 404), ("anonymous", 302), ("deactivated", 302)],
)
@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_bulk_is_for_those_who_may(world, client_for, persona, status, htmx):
    browser, before = client_for(persona), fingerprint()

    response = browser.post(BULK, {"number": [1], "priority": "4"}, htmx=htmx)

    assert (response.status_code, fingerprint()) == (status, before)


def test_bulk_next_stays_on_this_site(world, client_for):
    response = client_for("lead").post(BULK, {"number": [1], "priority": "4", "next": "https://elsewhere.example/"})

    assert response.headers["Location"] == LIST


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_bulk_is_a_post(world, client_for, method):
    assert getattr(client_for("lead"), method)(BULK).status_code == 405
