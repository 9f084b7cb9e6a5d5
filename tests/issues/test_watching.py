"""Watching: what begins it, what stays muted, and the button for everyone who may read."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from issues.events import issue_subject
from issues.services.bulk import change_issues
from issues.services.creation import create_issue
from issues.services.editing import edit_issue
from issues.services.moving import move_issue
from issues.watchers import FACES, watchers_of
from notifications.enums import Reason
from notifications.models import Event, Watch
from notifications.watching import set_watching
from projects.enums import Role
from projects.services.members import remove_member
from tests.chat.talking import say
from tests.factories import IssueFactory, member
from tests.issues.records import again
from tests.projects.pages import soup, words


@pytest.fixture
def issue(world):
    """A fresh issue of the task project, reported by the lead and nobody's."""
    return IssueFactory(project=world.team, actor=world.lead)


def watches(issue):
    rows = Watch.objects.filter(issue=issue).order_by("pk")
    return [(row.person, row.reason, row.is_muted) for row in rows.select_related("person")]


def test_reporter_and_assignee_watch_a_new_issue(world):
    issue = create_issue(actor=world.lead, project=world.team, title="Fog", assignee=world.developer)

    assert sorted(watches(issue), key=lambda row: row[1]) == [
        (world.developer, Reason.ASSIGNED, False),
        (world.lead, Reason.REPORTED, False),
    ]


def test_who_assigns_a_new_issue_to_themselves_watches_it_once(world):
    issue = create_issue(actor=world.lead, project=world.team, title="Fog", assignee=world.lead)

    assert watches(issue) == [(world.lead, Reason.ASSIGNED, False)]


def test_new_assignee_watches(world, issue):
    edit_issue(actor=world.lead, issue=issue, changes={"assignee": world.developer})

    assert watches(issue)[1:] == [(world.developer, Reason.ASSIGNED, False)]


def test_whom_the_description_names_watches_and_is_named_in_the_event(world):
    text = f"@{world.viewer.username} @{world.stranger.username} `@{world.developer.username}`"

    issue = create_issue(actor=world.lead, project=world.team, title="Fog", description=text)
    issue = edit_issue(actor=world.lead, issue=issue, changes={"description": f"{text} @{world.developer.username}"})

    created, changed = Event.objects.filter(subject=issue_subject(issue.pk)).order_by("seq")
    assert (created.data["mentions"], changed.data["mentions"]) == ([world.viewer.pk], [world.developer.pk])
    assert sorted(watches(issue), key=lambda row: row[0].pk) == sorted(
        [
            (world.lead, Reason.REPORTED, False),
            (world.viewer, Reason.MENTIONED, False),
            (world.developer, Reason.MENTIONED, False),
        ],
        key=lambda row: row[0].pk,
    )


def test_whom_the_description_names_and_who_muted_it_stays_muted(world, issue):
    set_watching(actor=world.viewer, issue=issue, watching=False)

    edit_issue(actor=world.lead, issue=issue, changes={"description": f"See @{world.viewer.username}"})

    assert watches(issue)[1:] == [(world.viewer, "", True)]


@pytest.mark.parametrize("text", ["Nobody here", "See @{0} again", "`@{1}`"])
def test_a_description_that_names_nobody_new_asks_for_nobody(world, issue, text):
    names = world.viewer.username, world.developer.username
    issue = edit_issue(actor=world.lead, issue=issue, changes={"description": f"See @{names[0]}"})

    with CaptureQueriesContext(connection) as seen:
        edit_issue(actor=world.lead, issue=issue, changes={"description": text.format(*names)})

    assert [query["sql"] for query in seen if "UPPER(" in query["sql"] or "notifications_watch" in query["sql"]] == []
    assert "mentions" not in Event.objects.filter(subject=issue_subject(issue.pk)).latest("seq").data


def test_assignee_who_comes_with_a_move_watches(world, issue):
    move_issue(actor=world.lead, issue=issue, to=world.state("TEAM", "in-progress"), assignee=world.developer)

    assert watches(issue)[1:] == [(world.developer, Reason.ASSIGNED, False)]


def test_assignee_of_many_watches_them_all_with_one_statement(world):
    issues = [IssueFactory(project=world.team, actor=world.lead) for _number in range(3)]
    numbers = [issue.number for issue in issues]

    with CaptureQueriesContext(connection) as seen:
        change_issues(
            actor=world.lead, project=world.team, numbers=numbers, changes={"assignee": world.developer, "priority": 1}
        )

    assert [watches(issue)[1:] for issue in issues] == [[(world.developer, Reason.ASSIGNED, False)]] * 3
    assert sum("INSERT INTO notifications_watch" in query["sql"] for query in seen) == 1


@pytest.mark.parametrize("change", ["nothing", "another field", "taken away"])
def test_what_assigns_nobody_writes_no_watch(world, issue, change):
    issue = edit_issue(actor=world.lead, issue=issue, changes={"assignee": world.developer})
    Watch.objects.all().delete()
    changes = {
        "nothing": {"assignee": world.developer},
        "another field": {"priority": 3},
        "taken away": {"assignee": None},
    }

    edit_issue(actor=world.lead, issue=issue, changes=changes[change])
    change_issues(actor=world.lead, project=world.team, numbers=[issue.number], changes=changes[change])

    assert watches(issue) == []


def test_muted_stays_muted(world, issue):
    set_watching(actor=world.developer, issue=issue, watching=False)

    edit_issue(actor=world.lead, issue=issue, changes={"assignee": world.developer})
    say(world.developer, issue)

    assert watches(issue)[1:] == [(world.developer, "", True)]


@pytest.mark.parametrize(
    ("persona", "status"),
    [("anonymous", 302), ("stranger", 404), ("removed", 404), ("viewer", 302), ("developer", 302), ("lead", 302)],
)
def test_button_is_for_everyone_who_may_read(world, client_for, issue, persona, status):
    response = client_for(persona).post(f"/{issue.key}/watch/", {"watch": "muted"})

    person = world.person(persona)
    found = Watch.objects.filter(issue=issue, person=person, is_muted=True).exists() if person else False
    assert (response.status_code, found) == (status, status == 302 and person is not None)


@pytest.mark.parametrize("key", ["OPEN-1", "INNER-1"])
def test_stranger_watches_what_they_may_read(world, client_for, key):
    response = client_for("stranger").post(f"/{key}/watch/", {"watch": "watching"})

    assert response.headers["Location"] == f"/{key}/"
    assert (world.stranger, "", False) in watches(world.issue(key))


@pytest.mark.parametrize(("choice", "word"), [("watching", "Watching"), ("muted", "Muted"), ("", "Watch")])
def test_swap_is_what_a_fresh_page_shows(world, client_for, issue, choice, word):
    browser = client_for("viewer")
    set_watching(actor=world.viewer, issue=issue, watching=choice != "watching")

    part = soup(browser.post(f"/{issue.key}/watch/", {"watch": choice}, htmx=True))

    page = soup(browser.get(f"/{issue.key}/"))
    assert page.select_one("#issue-watch > button span").get_text() == word
    assert part.select_one("#issue-watchers").attrs.pop("hx-swap-oob") == "true"
    for tree in (part, page):
        tree.select_one("#issue-watch [name=csrfmiddlewaretoken]").decompose()
    for name in ("#issue-watch", "#issue-watchers"):
        assert str(part.select_one(name)) == str(page.select_one(name))


def test_unknown_choice_is_refused_in_words(world, client_for, issue):
    response = client_for("viewer").post(f"/{issue.key}/watch/", {"watch": "loudly"})

    assert response.status_code == 422
    assert f"Choose whether to watch {issue.key}" in words(response)


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_watching_is_posted_only(world, client_for, issue, method):
    assert getattr(client_for("lead"), method)(f"/{issue.key}/watch/").status_code == 405


def test_page_shows_who_watches_but_not_who_muted_or_left(world, client_for, issue):
    gone = member(world.team, Role.DEVELOPER)
    for person, watching in ((world.developer, True), (world.viewer, False), (gone, True), (world.deactivated, True)):
        set_watching(actor=person, issue=issue, watching=watching)
    remove_member(actor=world.lead, project=world.team, person=gone)

    page = soup(client_for("viewer").get(f"/{issue.key}/"))

    shown = {face["title"] for face in page.select("#issue-watchers .avatar")}
    assert shown == {world.lead.name, world.developer.name}
    assert page.select_one("#issue-watch > button span").get_text() == "Muted"


@pytest.mark.parametrize(
    ("persona", "sees"),
    [
        *((persona, True) for persona in ("lead", "developer", "viewer", "administrator")),
        *((persona, False) for persona in ("stranger", "removed", "anonymous")),
    ],
)
def test_only_who_may_see_the_members_sees_who_watches(world, client_for, persona, sees):
    issue = world.issue("OPEN-1")
    Watch.objects.filter(issue=issue).delete()
    for person in (world.viewer, world.developer):
        set_watching(actor=person, issue=issue, watching=True)

    response = client_for(persona).get("/OPEN-1/")

    shown = soup(response).select_one("#issue-watchers")
    faces = {face["title"] for face in shown.select(".avatar")}
    assert faces == ({world.viewer.name, world.developer.name} if sees else set())
    assert sees or shown.get_text(strip=True) == "2 people"


def test_stranger_who_watches_is_shown_a_number_and_their_own_choice(world, client_for):
    response = client_for("stranger").post("/OPEN-1/watch/", {"watch": "watching"}, htmx=True)

    part = soup(response)
    assert part.select_one("#issue-watch > button span").get_text() == "Watching"
    assert part.select_one("#issue-watchers").get_text(strip=True) == "2 people"
    assert part.select("#issue-watchers .avatar") == []


def test_guest_has_no_button(client_for):
    assert soup(client_for("anonymous").get("/OPEN-1/")).select("#issue-watch") == []


def test_many_watchers_are_counted_beyond_the_faces(world, issue):
    for _number in range(FACES + 1):
        set_watching(actor=member(world.team, Role.DEVELOPER), issue=issue, watching=True)

    found = watchers_of(again(issue), world.lead)

    assert (len(found.people), len(found.shown), found.more) == (FACES + 2, FACES - 1, 3)


def test_watchers_take_one_statement(world, issue, assert_equal_queries):
    assert_equal_queries(
        lambda: watchers_of(issue, world.lead),
        lambda: set_watching(actor=member(world.team, Role.VIEWER), issue=issue, watching=True),
    )
