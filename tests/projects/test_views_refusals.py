"""Who may write what in a project's settings: every write view, every persona, plain and by HTMX."""

import pytest

from notifications.queries import events_of
from projects.events import project_stream
from tests.projects.pages import words

STATE = {"name": "Review", "category": "progress"}
# Address below /BUG/settings/ → what is sent. `{name}` is the username of a member, `{label}` the number of a label.
LEADS_ONLY = {
    "": {"name": "Bugs", "key": "BUG", "visibility": "private"},
    "archive/": {},
    "unarchive/": {},
    "members/": {"person": "{stranger}", "role": "viewer"},
    "members/{name}/role/": {"role": "viewer"},
    "members/{name}/remove/": {},
    "labels/": {"name": "docs too", "hue": 3},
    "labels/{label}/": {"name": "renamed", "hue": 3},
    "labels/{label}/remove/": {},
    "workflow/": STATE,
    "workflow/open/": STATE | {"is_initial": "on"},
    "workflow/open/shift/": {"direction": "down"},
    "workflow/closed/remove/": {"to": "open"},
    "workflow/steps/open/closed/": {"roles": ["lead"]},
    "workflow/steps/open/in-progress/remove/": {},
}
REFUSED = {
    "developer": 403,
    "viewer": 403,
    "stranger": 404,
    "removed": 404,
    "deactivated": 302,
    "anonymous": 302,
}


def send(world, browser, path, **options):
    names = {"label": world.label("BUG").pk, "stranger": world.stranger.username}
    names["name"] = world.deactivated.username
    data = {key: value.format(**names) if isinstance(value, str) else value for key, value in LEADS_ONLY[path].items()}
    return browser.post(f"/BUG/settings/{path.format(**names)}", data, **options)


def count_events(world):
    return events_of(project_stream(world.bug.pk)).count()


@pytest.mark.parametrize("persona", REFUSED)
@pytest.mark.parametrize("path", LEADS_ONLY)
def test_write_is_refused_and_changes_nothing(world, client_for, path, persona):
    before = count_events(world)
    browser = client_for(persona)

    answers = [send(world, browser, path, htmx=htmx).status_code for htmx in (False, True)]

    assert answers == [REFUSED[persona]] * 2
    assert count_events(world) == before


@pytest.mark.parametrize("persona", ["lead", "administrator"])
@pytest.mark.parametrize("path", [path for path in LEADS_ONLY if path != "unarchive/"])
def test_write_of_lead_and_administrator_is_one_event_or_more(world, client_for, path, persona):
    before = count_events(world)

    response = send(world, client_for(persona), path)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/BUG/settings/")
    assert count_events(world) > before


@pytest.mark.parametrize(
    "path", ["archive/", "unarchive/", "delete/", "leave/", "workflow/open/shift/", "members/someone/role/"]
)
def test_write_only_view_answers_no_get(client_for, path):
    assert client_for("lead").get(f"/BUG/settings/{path}").status_code == 405


def test_refusal_says_which_role_and_who_can_grant_it(world, client_for):
    response = client_for("viewer").post("/BUG/settings/labels/", {"name": "x", "hue": 1})

    said = words(response)
    assert "Changing labels in BUG needs the role lead; you are viewer." in said
    assert world.lead.name in said


def test_refusal_by_htmx_goes_to_the_toasts(client_for):
    response = client_for("viewer").post("/BUG/settings/labels/", {"name": "x", "hue": 1}, htmx=True)

    assert (response.status_code, response.headers["HX-Retarget"]) == (403, "#toasts")


@pytest.mark.parametrize("path", ["labels/", "workflow/", "workflow/open/", "workflow/steps/open/closed/"])
def test_archived_project_takes_no_changes(client_for, path):
    data = {"name": "x", "hue": 1, "category": "open", "roles": ["lead"]}

    response = client_for("lead").post(f"/SHELF/settings/{path}", data)

    assert response.status_code in {403, 404}


@pytest.mark.parametrize("page", ["", "labels/", "workflow/"])
@pytest.mark.parametrize("persona", ["developer", "viewer"])
def test_settings_are_readable_with_the_reason_and_without_controls(client_for, page, persona):
    response = client_for(persona).get(f"/BUG/settings/{page}")

    assert response.status_code == 200
    assert "needs the role lead; you are" in words(response, ".note")
    assert b'method="post" action="/BUG/settings/' not in response.content.replace(
        b'action="/BUG/settings/leave/"', b""
    )


@pytest.mark.parametrize(("persona", "status"), [("stranger", 200), ("anonymous", 302)])
def test_settings_of_a_public_project_are_for_people_who_are_logged_in(client_for, persona, status):
    browser = client_for(persona)

    assert [browser.get(f"/OPEN/settings/{page}").status_code for page in ("", "labels/", "workflow/")] == [status] * 3
