"""Who is told of what, as what and why: every kind of event, and everyone who must not be told."""

import uuid
from datetime import date

import pytest

from accounts.services.people import set_active
from chat.queries import discussion_of, room_of
from chat.services.messages import delete_message, edit_message, post_message
from issues.events import IssueEvent, issue_subject
from issues.models import Issue
from issues.services.bulk import change_issues
from issues.services.creation import create_issue
from issues.services.editing import edit_issue
from issues.services.frommessage import create_issue_from_message
from issues.services.moving import Place, move_issue
from issues.services.trash import delete_issue, restore_issue
from notifications.dispatch import merge
from notifications.enums import FollowLevel, NoticeKind, Reason
from notifications.hooks import Notice, audiences
from notifications.models import Entry, Event, Outbox, Watch
from notifications.services import record
from notifications.watching import set_following, set_watching, watch_all, watch_quietly
from projects.enums import Role
from projects.events import project_stream
from projects.services.members import add_member, change_role, remove_member
from projects.services.projects import delete_project
from tests.factories import canary
from tests.notifications.telling import decide, forget, told
from tests.test_access_matrix import MARK, forbidden  # noqa: F401 (a fixture)
from tests.world import PERSONAS

pytestmark = pytest.mark.django_db

EVERYTHING, NOTHING = FollowLevel.EVERYTHING, FollowLevel.NOTHING
REMOVED = NoticeKind.PROJECT_REMOVED


@pytest.fixture(autouse=True)
def _fresh(world):
    forget()


def say(world, who, key, body, reply_to=None):
    """Write on an issue, or in the room of the project with this key."""
    thread = discussion_of(world.issue(key)) if "-" in key else room_of(world.projects[key])
    return post_message(actor=world.person(who), thread=thread, body=body, client_id=uuid.uuid4(), reply_to=reply_to)


def follow(world, who, level, key="BUG"):
    set_following(actor=world.person(who), project=world.projects[key], level=level)


def at(world, who):
    return f"@{world.person(who).username}"


def created(world):
    follow(world, "lead", EVERYTHING)
    follow(world, "developer", EVERYTHING)
    create_issue(actor=world.developer, project=world.bug, title="New", assignee=world.viewer)


def created_for_a_follower(world):
    follow(world, "developer", EVERYTHING)
    create_issue(actor=world.lead, project=world.bug, title="New", assignee=world.developer)


def created_and_nobody_follows(world):
    create_issue(actor=world.lead, project=world.bug, title="New")


def created_for_oneself(world):
    create_issue(actor=world.developer, project=world.bug, title="New", assignee=world.developer)


def created_naming(world):
    text = f"See {at(world, 'viewer')}, {at(world, 'lead')}, {at(world, 'stranger')}, `{at(world, 'developer')}`"
    create_issue(actor=world.lead, project=world.bug, title="New", description=text)


def created_naming_the_assignee(world):
    text = f"For {at(world, 'developer')}"
    create_issue(actor=world.lead, project=world.bug, title="New", description=text, assignee=world.developer)


def created_of_a_message_naming(world):
    said = say(world, "developer", "BUG", "It is the lock.")
    forget()
    text = f"See {at(world, 'viewer')}"
    create_issue_from_message(actor=world.lead, message=said, title="The lock", description=text)


def edited_naming(world):
    issue = world.issue("BUG-2")
    edit_issue(actor=world.lead, issue=issue, changes={"description": f"See {at(world, 'developer')}"})
    forget()
    text = f"See {at(world, 'developer')}, {at(world, 'viewer')}, {at(world, 'stranger')}"
    edit_issue(actor=world.lead, issue=world.issue("BUG-2"), changes={"description": text})


def edited_naming_nobody_new(world):
    edit_issue(actor=world.lead, issue=world.issue("BUG-2"), changes={"description": f"See {at(world, 'viewer')}"})
    forget()
    Watch.objects.filter(person=world.viewer).delete()
    text = f"Look at {at(world, 'viewer')}"
    edit_issue(actor=world.lead, issue=world.issue("BUG-2"), changes={"description": text})


def edited_by_the_reporter(world):
    edit_issue(actor=world.lead, issue=world.issue("BUG-2"), changes={"title": "Other"})


def edited_by_the_assignee(world):
    edit_issue(actor=world.developer, issue=world.issue("BUG-2"), changes={"priority": 1})


def edited_with_watchers(world):
    watch_quietly([world.viewer.pk], world.issue("BUG-2").pk, Reason.MENTIONED)
    edit_issue(actor=world.developer, issue=world.issue("BUG-2"), changes={"priority": 1})


def given_to_another(world):
    edit_issue(actor=world.lead, issue=world.issue("BUG-5"), changes={"assignee": world.viewer})


def taken_by_another(world):
    edit_issue(actor=world.developer, issue=world.issue("BUG-6"), changes={"assignee": world.developer})


def taken_away(world):
    edit_issue(actor=world.lead, issue=world.issue("BUG-5"), changes={"assignee": None})


def moved(world):
    move_issue(actor=world.developer, issue=world.issue("BUG-2"), to=world.state("BUG", "resolved"), resolution="Done.")


def moved_and_given(world):
    to = world.state("BUG", "in-progress")
    move_issue(actor=world.lead, issue=world.issue("BUG-1"), to=to, assignee=world.developer)


def given_at_its_place(world):
    to = world.state("BUG", "open")
    move_issue(actor=world.lead, issue=world.issue("BUG-1"), to=to, assignee=world.developer)


def moved_in_bulk(world):
    change_issues(actor=world.lead, project=world.bug, numbers=[5], changes={"assignee": world.viewer, "priority": 1})


def commented(world):
    say(world, "lead", "BUG-2", "It is the lock.")


def commented_by_the_assignee(world):
    say(world, "developer", "BUG-2", "It is the lock.")


def commented_with_a_mention(world):
    say(world, "lead", "BUG-2", f"Look, {at(world, 'viewer')}, {at(world, 'lead')}, `{at(world, 'removed')}`")


def commented_with_a_follower(world):
    follow(world, "viewer", EVERYTHING)
    say(world, "lead", "BUG-2", "It is the lock.")


def mentioned_assignee(world):
    say(world, "lead", "BUG-2", f"Look, {at(world, 'developer')}")


def answered(world):
    first = say(world, "developer", "BUG-2", "Is it the lock?")
    forget()
    say(world, "lead", "BUG-2", "It is.", reply_to=first)


def answered_and_mentioned(world):
    first = say(world, "developer", "BUG-2", "Is it the lock?")
    forget()
    say(world, "lead", "BUG-2", f"It is, {at(world, 'developer')}.", reply_to=first)


def answered_oneself(world):
    first = say(world, "developer", "BUG-2", "Is it the lock?")
    forget()
    say(world, "developer", "BUG-2", "It is.", reply_to=first)


def room(world):
    follow(world, "developer", EVERYTHING)
    say(world, "lead", "BUG", f"Good morning, {at(world, 'viewer')}")


def room_and_nobody_follows(world):
    say(world, "lead", "BUG", "Good morning")


def room_answered(world):
    first = say(world, "developer", "BUG", "Anyone there?")
    forget()
    say(world, "lead", "BUG", "I am.", reply_to=first)


def edited_message(world):
    message = say(world, "lead", "BUG-2", f"Look, {at(world, 'developer')}")
    forget()
    edit_message(actor=world.lead, message=message, body=f"Look, {at(world, 'developer')} and {at(world, 'viewer')}")


def edited_message_of_a_room(world):
    message = say(world, "lead", "BUG", "Look")
    forget()
    edit_message(actor=world.lead, message=message, body=f"Look, {at(world, 'viewer')}")


def edited_message_without_mention(world):
    message = say(world, "lead", "BUG-2", "Lok")
    forget()
    edit_message(actor=world.lead, message=message, body="Look")


def member_added(world):
    add_member(actor=world.lead, project=world.bug, person=world.stranger, role=Role.VIEWER)


def member_changed(world):
    change_role(actor=world.lead, project=world.bug, person=world.viewer, role=Role.DEVELOPER)


def member_removed(world):
    remove_member(actor=world.lead, project=world.bug, person=world.viewer)


def member_left(world):
    remove_member(actor=world.viewer, project=world.bug, person=world.viewer)


def remind(world, key, kind, due_on=date(2026, 3, 2)):
    issue = world.issue(key)
    edit_issue(actor=world.lead, issue=issue, changes={"due_on": date(2026, 3, 2)})
    forget()
    data = {"key": key, "title": issue.title, "due_on": str(due_on)}
    record(project_stream(issue.project_id), kind=kind, actor=None, subject=issue_subject(issue.pk), data=data)


def due_soon(world):
    remind(world, "BUG-2", IssueEvent.DUE_SOON)


def overdue_and_nobody_s(world):
    remind(world, "BUG-1", IssueEvent.OVERDUE)


def due_on_another_day_by_now(world):
    remind(world, "BUG-2", IssueEvent.DUE_SOON, date(2026, 3, 9))


TABLE = [
    (created, {"viewer": ("assigned", ["assigned"]), "lead": ("issue_created", ["following"])}),
    (created_for_a_follower, {"developer": ("assigned", ["assigned", "following"])}),
    (created_and_nobody_follows, {}),
    (created_for_oneself, {}),
    (created_naming, {"viewer": ("mentioned", ["mentioned"])}),
    (created_naming_the_assignee, {"developer": ("mentioned", ["mentioned", "assigned"])}),
    (created_of_a_message_naming, {"viewer": ("mentioned", ["mentioned"])}),
    (
        edited_naming,
        {"viewer": ("mentioned", ["mentioned", "watching"]), "developer": ("issue_changed", ["assigned"])},
    ),
    (edited_naming_nobody_new, {"developer": ("issue_changed", ["assigned"])}),
    (edited_by_the_reporter, {"developer": ("issue_changed", ["assigned"])}),
    (edited_by_the_assignee, {"lead": ("issue_changed", ["reported"])}),
    (edited_with_watchers, {"lead": ("issue_changed", ["reported"]), "viewer": ("issue_changed", ["watching"])}),
    (given_to_another, {"viewer": ("assigned", ["assigned"]), "developer": ("unassigned", ["unassigned", "watching"])}),
    (taken_by_another, {"lead": ("unassigned", ["unassigned", "reported"])}),
    (taken_away, {"developer": ("unassigned", ["unassigned", "watching"])}),
    (moved, {"lead": ("state_changed", ["reported"])}),
    (moved_and_given, {"developer": ("assigned", ["assigned"])}),
    (given_at_its_place, {"developer": ("assigned", ["assigned"])}),
    (moved_in_bulk, {"viewer": ("assigned", ["assigned"]), "developer": ("unassigned", ["unassigned", "watching"])}),
    (commented, {"developer": ("commented", ["assigned"])}),
    (commented_by_the_assignee, {"lead": ("commented", ["reported"])}),
    (
        commented_with_a_mention,
        {"viewer": ("mentioned", ["mentioned", "watching"]), "developer": ("commented", ["assigned"])},
    ),
    (
        commented_with_a_follower,
        {"viewer": ("commented", ["following"]), "developer": ("commented", ["assigned"])},
    ),
    (mentioned_assignee, {"developer": ("mentioned", ["mentioned", "assigned"])}),
    (answered, {"developer": ("replied", ["replied", "assigned"])}),
    (answered_and_mentioned, {"developer": ("mentioned", ["mentioned", "replied", "assigned"])}),
    (answered_oneself, {"lead": ("commented", ["reported"])}),
    (room, {"viewer": ("mentioned", ["mentioned"]), "developer": ("room_message", ["following"])}),
    (room_and_nobody_follows, {}),
    (room_answered, {"developer": ("replied", ["replied"])}),
    (edited_message, {"viewer": ("mentioned", ["mentioned"])}),
    (edited_message_of_a_room, {"viewer": ("mentioned", ["mentioned"])}),
    (edited_message_without_mention, {}),
    (member_added, {"stranger": ("project_added", ["member"])}),
    (member_changed, {"viewer": ("project_added", ["member"])}),
    (member_removed, {"viewer": ("project_removed", ["member"])}),
    (member_left, {}),
    (due_soon, {"developer": ("due_soon", ["assigned"])}),
    (overdue_and_nobody_s, {"lead": ("overdue", ["reported"])}),
    (due_on_another_day_by_now, {}),
]


@pytest.mark.parametrize(("act", "expected"), TABLE, ids=[act.__name__ for act, _expected in TABLE])
def test_recipients(world, act, expected):
    act(world)

    decide()

    assert told(world) == expected
    assert not Outbox.objects.exists()


def test_the_table_knows_every_kind_that_has_an_audience():
    kinds = {
        *("issue.created", "issue.changed", "issue.moved", "issue.due_soon", "issue.overdue"),
        *("message.posted", "message.edited", "member.added", "member.changed", "member.removed", "file.added"),
    }
    # Those of teams stand in tests/accounts/test_team_notices.py.
    kinds |= {"team.role_changed", "team.transferred", "team.removed"}

    assert set(audiences) == kinds


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (commented, {}),
        (edited_by_the_reporter, {}),
        (answered, {}),
        (due_soon, {}),
        (mentioned_assignee, {"developer": ("mentioned", ["mentioned"])}),
        (given_to_another, {"viewer": ("assigned", ["assigned"]), "developer": ("unassigned", ["unassigned"])}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
@pytest.mark.parametrize("way", ["muted", "nothing"])
def test_what_was_silenced_lets_through_only_what_names_the_person(world, act, expected, way):
    for key in ("BUG-2", "BUG-5"):
        if way == "muted":
            set_watching(actor=world.developer, issue=world.issue(key), watching=False)
    if way == "nothing":
        follow(world, "developer", NOTHING)

    act(world)
    decide()

    assert told(world) == expected


def test_a_muted_issue_stays_muted_for_who_follows_everything(world):
    follow(world, "developer", EVERYTHING)
    set_watching(actor=world.developer, issue=world.issue("BUG-2"), watching=False)

    commented(world)
    decide()

    assert told(world) == {}


def test_following_nothing_is_told_of_removal(world):
    follow(world, "viewer", NOTHING)

    member_removed(world)
    decide()

    assert told(world) == {"viewer": ("project_removed", ["member"])}


def watched_by_all(world, key):
    """Let everybody watch an issue, whoever may read it: rows that outlive a right."""
    people = [person.pk for person in vars(world).values() if hasattr(person, "username")]
    watch_quietly(people, world.issue(key).pk, Reason.WATCHING)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("BUG-2", {"developer", "viewer", "administrator"}),
        ("INNER-1", {"developer", "viewer", "administrator", "stranger", "removed", "far_owner"}),
        ("OPEN-1", {"developer", "viewer", "administrator", "stranger", "removed", "far_owner"}),
    ],
)
def test_only_who_may_read_it_is_told(world, key, expected):
    watched_by_all(world, key)

    say(world, "lead", key, "It is the lock.")
    decide()

    assert set(told(world)) == expected


def test_who_loses_the_right_before_it_is_decided_is_not_told(world):
    watched_by_all(world, "BUG-2")
    say(world, "lead", "BUG-2", f"Look, {at(world, 'viewer')}")
    remove_member(actor=world.lead, project=world.bug, person=world.viewer)
    set_active(actor=world.administrator, person=world.developer, active=False)

    decide()

    kinds = set(Entry.objects.filter(person__in=[world.viewer, world.developer]).values_list("kind", flat=True))
    assert kinds == {"project_removed"}


def test_mentioning_who_may_not_read_it_tells_nobody(world):
    say(world, "lead", "BUG-1", " ".join(at(world, who) for who in ("stranger", "removed", "deactivated", "far_owner")))

    decide()

    assert told(world) == {}
    assert not Watch.objects.filter(issue=world.issue("BUG-1")).exclude(person=world.lead).exists()


def test_a_deactivated_person_is_not_told_of_their_removal(world):
    remove_member(actor=world.lead, project=world.bug, person=world.deactivated)

    decide()

    assert not Entry.objects.exists()


def test_nobody_is_told_of_an_issue_in_the_trash(world):
    edited_by_the_reporter(world)
    commented(world)
    delete_issue(actor=world.lead, issue=world.issue("BUG-2"))

    decide()

    assert not Entry.objects.exists()


def test_nobody_is_told_of_a_project_in_the_trash(world):
    edited_by_the_reporter(world)
    delete_project(actor=world.lead, project=world.bug, typed_key="BUG")

    decide()

    assert not Entry.objects.exists()


def test_nobody_is_told_of_a_message_that_was_taken_back(world):
    delete_message(actor=world.lead, message=say(world, "lead", "BUG-2", f"Look, {at(world, 'viewer')}"))

    decide()

    assert not Entry.objects.exists()


def test_trash_places_and_settings_are_told_to_nobody(world):
    issue = world.issue("BUG-2")
    delete_issue(actor=world.lead, issue=issue)
    restore_issue(actor=world.lead, issue=issue)
    issue = Issue.objects.select_related("project").get(pk=issue.pk)
    move_issue(actor=world.lead, issue=issue, to=world.state("BUG", "in-progress"), place=Place(foot=True))

    assert not Outbox.objects.exists()


def test_entries_know_what_they_are_about(world):
    message = say(world, "lead", "BUG-2", "Look")
    forget()
    edit_message(actor=world.lead, message=message, body=f"Look, {at(world, 'viewer')}")
    say(world, "lead", "BUG", f"Look, {at(world, 'viewer')}")
    member_changed(world)

    decide()

    issue = world.issue("BUG-2").pk
    rows = Entry.objects.filter(person=world.viewer).order_by("event_id")
    assert [(row.project_id, row.issue_id, row.kind) for row in rows] == [
        (world.bug.pk, issue, "mentioned"),
        (world.bug.pk, None, "mentioned"),
        (world.bug.pk, None, "project_added"),
    ]


def test_notices_of_one_person_become_one_with_the_strongest_first():
    notices = [
        Notice(1, NoticeKind.COMMENTED, Reason.WATCHING),
        Notice(2, NoticeKind.COMMENTED, Reason.WATCHING),
        Notice(1, NoticeKind.REPLIED, Reason.REPLIED),
        Notice(1, NoticeKind.MENTIONED, Reason.MENTIONED),
        Notice(1, NoticeKind.MENTIONED, Reason.MENTIONED),
    ]

    found = {person: (why.kind, list(why.reasons)) for person, why in merge(notices).items()}

    assert found == {
        1: (NoticeKind.MENTIONED, [Reason.MENTIONED, Reason.REPLIED, Reason.WATCHING]),
        2: (NoticeKind.COMMENTED, [Reason.WATCHING]),
    }


# --- Everything that ever happened, watched by everybody --------------------------------------------------------------


@pytest.fixture
def all_told(world):
    """Let everybody watch every issue and follow every project, then decide all events of the world."""
    people = [person for person in vars(world).values() if hasattr(person, "username")]
    watch_all((person.pk, issue.pk, Reason.WATCHING) for person in people for issue in world.issues.values())
    for project in world.projects.values():
        for person in people:
            set_following(actor=person, project=project, level=EVERYTHING)
    # The lead did nearly everything in this world, and is not told of their own doings.
    say(world, "developer", "BUG-2", canary("It is the lock"))
    Outbox.objects.all().delete()
    Outbox.objects.bulk_create(Outbox(event=event) for event in Event.objects.filter(kind__in=audiences))

    decide()


@pytest.mark.parametrize("persona", [persona for persona in PERSONAS if persona != "anonymous"])
def test_entries_hold_nothing_that_their_reader_may_not_know(world, all_told, forbidden, persona):  # noqa: F811
    rows = Entry.objects.filter(person=world.person(persona)).select_related("event", "project", "issue")

    said = [f"{row.event.data} {row.project} {row.issue and row.issue.title}" for row in rows if row.kind != REMOVED]
    removals = [str(row.event.data) for row in rows if row.kind == REMOVED]
    assert forbidden[persona] & set(MARK.findall(" ".join([*said, *removals]))) == set()
    assert len(removals) == (2 if persona == "removed" else 0)
    # There is something to tell all others: of internal and public projects at least.
    assert bool(said) is (persona != "deactivated")
