"""Events in words."""

import re
from datetime import UTC, datetime

import pytest
from django.utils import timezone

from accounts.models import User
from chat.events import MessageEvent
from files.events import FileEvent
from issues.events import IssueEvent
from notifications.models import Event
from projects.activity import FIELDS, SENTENCES, by_day, describe
from projects.events import ProjectEvent
from projects.queries import ACTIVITY_GROUPS

ANA = User(username="ana", display_name="Ana")
ISSUE = {"key": "BUG-7", "title": "Seats"}
FILE = {"uuid": "0f", "name": "a.png", "project": "BUG"}


def event(kind, actor=ANA, at=None, **data):
    return Event(kind=kind, actor=actor, data=data, seq=1, at=at or datetime(2025, 3, 3, tzinfo=UTC))


def sentence(description):
    return "".join(part.text for part in description.parts)


def shown(description):
    return [(change.name, change.old, change.new) for change in description.changes]


def diff(**fields):
    return {"changes": {field: {"from": old, "to": new} for field, (old, new) in fields.items()}}


@pytest.mark.parametrize("kind", [*ProjectEvent, *IssueEvent, *MessageEvent, *FileEvent])
def test_every_kind_has_a_sentence(kind):
    assert kind.value in SENTENCES


# What is no news by itself: a place within a column, and what a worker found about the file of a message.
UNLISTED = {IssueEvent.ORDERED, FileEvent.CHECKED, FileEvent.REFUSED}


@pytest.mark.parametrize("kind", [each for each in [*ProjectEvent, *IssueEvent, *FileEvent] if each not in UNLISTED])
def test_every_kind_is_in_one_group(kind):
    groups = [name for name, starts in ACTIVITY_GROUPS.items() if kind.value.startswith(starts)]

    assert len(groups) == 1


@pytest.mark.parametrize(
    ("data", "words", "url"),
    [
        ({"key": "BUG-5", "title": "Slow", "seq": 3}, "BUG-5 Slow", "/BUG-5/"),
        ({"room": "BUG", "seq": 3}, "the chat", "/BUG/chat/?at=3"),
    ],
)
def test_what_was_said_names_its_place(data, words, url):
    description = describe(event("message.posted", **data))

    assert sentence(description).endswith(f" wrote in {words}")
    assert description.parts[-1].url == url


def test_every_icon_is_in_the_sprite(settings):
    known = set((settings.BASE_DIR / "static" / "icons.txt").read_text().split())

    assert {entry.icon for entry in SENTENCES.values()} <= known


def test_every_setting_of_the_services_has_words():
    from issues.services.editing import EDITABLE
    from projects.services.projects import SETTINGS_FIELDS
    from projects.services.workflow import STATE_FIELDS, STEP_FIELDS

    assert EDITABLE | SETTINGS_FIELDS | STATE_FIELDS | set(STEP_FIELDS) <= set(FIELDS)


@pytest.mark.parametrize(
    ("kind", "data", "words", "brief"),
    [
        ("issue.created", ISSUE, "Ana created BUG-7 Seats", "Ana created this issue"),
        ("issue.moved", ISSUE, "Ana moved BUG-7 Seats", "Ana moved this"),
        ("issue.deleted", ISSUE, "Ana put BUG-7 Seats into the trash", "Ana put this into the trash"),
        (
            "issue.overdue",
            ISSUE | {"due_on": "1999-03-02"},
            "BUG-7 Seats was due on 2 Mar 1999",
            "This was due on 2 Mar 1999",
        ),
        ("member.added", {"person": "Ben", "role": "viewer"}, "Ana added Ben as Viewer", "Ana added Ben as Viewer"),
        ("states.ordered", {"order": ["A", "B"]}, "Ana put the states in this order: A, B", None),
        ("transition.removed", {"from": "A", "to": "B"}, "Ana forbade the step A → B", None),
        ("file.added", FILE | ISSUE, "Ana added a.png to BUG-7 Seats", "Ana added a.png"),
        ("file.added", FILE, "Ana added a.png to the project", "Ana added a.png"),
        ("file.added", FILE | ISSUE | {"count": 3}, "Ana added 3 files", None),
        ("file.checked", FILE, "a.png of Ana is ready", None),
        ("file.refused", FILE, "a.png of Ana was not accepted", None),
        ("file.renamed", FILE | {"from": "b.png", "to": "a.png"}, "Ana renamed b.png to a.png", None),
        ("file.removed", FILE | {"message": 5}, "Ana removed a.png from a message in the chat", "Ana removed a.png"),
        ("file.restored", FILE | ISSUE, "Ana restored a.png in BUG-7 Seats", "Ana restored a.png"),
        ("file.purged", FILE, "Ana removed a.png for good", None),
        ("file.lost", FILE, "a.png is not in the file storage any more", None),
        ("thing.happened", {}, "Ana: thing.happened", None),
    ],
)
def test_sentence(kind, data, words, brief):
    assert sentence(describe(event(kind, **data))) == words
    assert sentence(describe(event(kind, **data), brief=True)) == (brief or words)


def test_sentence_without_actor_names_the_product():
    assert sentence(describe(event("project.archived", actor=None))) == "Plumbline archived the project"


def test_sentence_links_the_issue():
    part = next(part for part in describe(event("issue.created", **ISSUE)).parts if part.kind == "what")

    assert (part.text, part.url) == ("BUG-7 Seats", "/BUG-7/")


@pytest.mark.parametrize(
    ("kind", "more", "urls"),
    [
        ("file.added", ISSUE, ["/BUG/files/0f/view/", "/BUG-7/"]),
        ("file.added", {}, ["/BUG/files/0f/view/", "/BUG/files/"]),
        ("file.restored", {"message": 5}, ["/BUG/files/0f/view/", "/BUG/messages/5/"]),
        ("file.removed", ISSUE, ["", "/BUG-7/"]),
        ("file.purged", {}, [""]),
    ],
)
def test_a_file_is_linked_while_it_has_a_page(kind, more, urls):
    parts = describe(event(kind, **(FILE | more))).parts

    assert [part.url for part in parts if part.kind == "what"] == urls


def test_braces_in_what_people_write_stay_as_they_are():
    assert (
        sentence(describe(event("issue.created", key="BUG-7", title="{who} {0} %s")))
        == "Ana created BUG-7 {who} {0} %s"
    )


@pytest.mark.parametrize(
    ("field", "old", "new", "expected"),
    [
        ("priority", "none", "urgent", ("No priority", "Urgent")),
        ("assignee", None, "Ben", ("Nobody", "Ben")),
        ("assignee", "None", None, ("None", "Nobody")),
        ("kind", "bug", "chore", ("Bug", "Chore")),
        ("due_on", None, "2024-03-05", ("No date", "5 Mar 2024")),
        ("title", "2024-03-05", "yes", ("2024-03-05", "yes")),
        ("estimate", None, 0, ("None", "0")),
        ("resolution", "", "Fixed", ("", "Fixed")),
        ("resolution", "", "x" * 300, ("", "x" * 160 + "…")),
        ("description", 0, 120, ("", "")),
    ],
)
def test_single_change_of_an_issue(field, old, new, expected):
    description = describe(event("issue.changed", **ISSUE, **diff(**{field: (old, new)})))

    assert sentence(description) == f"Ana changed {FIELDS[field]} of BUG-7 Seats"
    assert shown(description) == [("", *expected)]


def test_single_change_in_brief():
    description = describe(event("issue.changed", **ISSUE, **diff(priority=("low", "high"))), brief=True)

    assert (sentence(description), shown(description)) == ("Ana changed priority", [("", "Low", "High")])


def test_several_changes_are_named():
    description = describe(event("issue.moved", **ISSUE, **diff(state=("Open", "Done"), assignee=(None, "Ben"))))

    assert shown(description) == [("state", "Open", "Done"), ("assignee", "Nobody", "Ben")]


def test_labels_come_and_go():
    data = {"changes": {"labels": {"added": ["docs"], "removed": ["crash", "mail"]}}}

    assert shown(describe(event("issue.changed", **ISSUE, **data))) == [
        ("label", "", "docs"),
        ("label", "crash", ""),
        ("label", "mail", ""),
    ]


def test_settings_name_what_changed():
    description = describe(event("project.changed", **diff(visibility=("private", "public"))))

    assert shown(description) == [("visibility", "Private", "Public")]


def test_step_tells_what_it_needs():
    needs = {"roles": ["lead"], "needs_assignee": True, "needs_resolution": False, "own_only": False}
    made = {"from": "A", "to": "B", "before": None, "after": needs}
    changed = made | {"before": needs | {"needs_assignee": False}}

    assert shown(describe(event("transition.set", **made))) == [
        ("who may take it", "", "Lead"),
        ("needs an assignee", "", "yes"),
    ]
    assert shown(describe(event("transition.set", **changed))) == [("needs an assignee", "no", "yes")]


def test_by_day_uses_the_readers_zone():
    late, early = datetime(2025, 3, 3, 23, 30, tzinfo=UTC), datetime(2025, 3, 3, 22, 30, tzinfo=UTC)

    with timezone.override("Europe/Berlin"):
        days = by_day([event("issue.created", at=late, **ISSUE), event("issue.created", at=early, **ISSUE)])

    assert [(each.day.isoformat(), len(each.lines)) for each in days] == [("2025-03-04", 1), ("2025-03-03", 1)]


def test_no_sentence_has_an_unknown_place():
    known = {
        "who",
        "what",
        "talk",
        "field",
        "name",
        "person",
        "role",
        "label",
        "state",
        "order",
        "from",
        "to",
        "due_on",
        "made",
        "file",
        "place",
        "people",
        "link",
        "reason",
    }

    places = {place for entry in SENTENCES.values() for place in re.findall(r"{(\w+)}", f"{entry.full} {entry.brief}")}

    assert places <= known


def test_who_took_a_project_over_is_told_with_the_reason():
    data = {"person": "Ana", "role": "lead", "reason": "Its lead has left"}

    assert sentence(describe(event("member.took_over", **data))) == (
        "Ana took the project over as site administrator: “Its lead has left”"
    )
