"""Watching issues and following projects: what decides how much of them reaches a person.

Taking part in something makes one watch it. Muting an issue, or following a project at the level Nothing, silences all
but what is aimed at the person by name (DIRECT). Following at the level Everything is as if one watched every issue of
the project, and brings its new issues and its chat as well; a muted issue stays muted.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

from config import clock
from notifications.enums import FollowLevel, NoticeKind, Reason
from notifications.hooks import Notice
from notifications.models import Follow, Watch

if TYPE_CHECKING:
    from accounts.models import User
    from issues.models import Issue
    from projects.models import Project

# What gets through to a person who has muted the issue, or wants nothing of the project.
DIRECT = frozenset(
    {
        NoticeKind.MENTIONED,
        NoticeKind.ASSIGNED,
        NoticeKind.UNASSIGNED,
        NoticeKind.PROJECT_ADDED,
        NoticeKind.PROJECT_REMOVED,
        NoticeKind.TEAM_CHANGED,
        NoticeKind.TEAM_REMOVED,
    }
)


def watch_quietly(people: Collection[int], issue_id: int, reason: Reason) -> None:
    """Let people watch an issue who neither watch nor have muted it. No event: it follows from what they did."""
    watch_all((person, issue_id, reason) for person in people)


_WATCH = """
INSERT INTO notifications_watch (person_id, issue_id, is_muted, reason, since)
SELECT person, issue, false, reason, %s
FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS watch(person, issue, reason)
ON CONFLICT DO NOTHING
"""


def watch_all(watches: Iterable[tuple[int, int, Reason]]) -> None:
    """Do so for several: person, issue and reason; the first reason given counts. One statement, in one order."""
    ordered = sorted(watches, key=lambda watch: (watch[1], watch[0]))
    if not ordered:
        return
    people, issues, reasons = zip(*ordered, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_WATCH, [clock.now(), list(people), list(issues), [str(reason) for reason in reasons]])


def set_watching(*, actor: "User", issue: "Issue", watching: bool | None) -> None:
    """Watch an issue, mute it (False), or leave it to chance (None): one is told of it only where it concerns one.

    The caller has found the issue by its access function. No event: what a person wants to hear concerns nobody else.
    """
    if watching is None:
        Watch.objects.filter(person=actor, issue=issue).delete()
        return
    Watch.objects.update_or_create(person=actor, issue=issue, defaults={"is_muted": not watching, "reason": ""})


def set_following(*, actor: "User", project: "Project", level: FollowLevel) -> None:
    """Choose how much of a project reaches a person. The caller has found the project by its access function."""
    Follow.objects.update_or_create(person=actor, project=project, defaults={"level": level})


@dataclass(frozen=True)
class Circle:
    """Who wants to hear of an issue, or of a project's chat, and who does not. Says nothing about who may read it."""

    watching: frozenset[int]
    following: frozenset[int]
    deaf: frozenset[int]

    def near(
        self, kind: NoticeKind, *, assignee_id: int | None = None, reporter_id: int | None = None
    ) -> Iterable[Notice]:
        """Return a notice for everyone who watches or follows, each with the strongest reason that holds now."""
        for person in sorted(self.watching | self.following):
            if person == assignee_id:
                reason = Reason.ASSIGNED
            elif person == reporter_id:
                reason = Reason.REPORTED
            else:
                reason = Reason.WATCHING if person in self.watching else Reason.FOLLOWING
            yield Notice(person, kind, reason)

    def heard(self, notices: Iterable[Notice]) -> list[Notice]:
        """Leave out what people have silenced."""
        return [notice for notice in notices if notice.kind in DIRECT or notice.person_id not in self.deaf]


def circle_of(project_id: int, issue_id: int | None = None) -> Circle:
    """Return the circle of an issue, or of the project's chat (two statements, or one)."""
    follows = Follow.objects.filter(project=project_id).exclude(level=FollowLevel.PARTICIPATING)
    levels = dict(follows.values_list("person_id", "level"))
    watches = dict(Watch.objects.filter(issue=issue_id).values_list("person_id", "is_muted")) if issue_id else {}
    return Circle(
        watching=frozenset(person for person, is_muted in watches.items() if not is_muted),
        following=frozenset(person for person, level in levels.items() if level == FollowLevel.EVERYTHING),
        deaf=frozenset(person for person, is_muted in watches.items() if is_muted)
        | frozenset(person for person, level in levels.items() if level == FollowLevel.NOTHING),
    )
