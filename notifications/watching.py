"""Watching issues and following projects: what decides how much of them reaches a person."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from notifications.enums import FollowLevel, Reason
from notifications.models import Follow, Watch

if TYPE_CHECKING:
    from accounts.models import User
    from issues.models import Issue
    from projects.models import Project


def watch_quietly(people: Collection[int], issue_id: int, reason: Reason) -> None:
    """Let people watch an issue who neither watch nor have muted it. No event: it follows from what they did."""
    Watch.objects.bulk_create(
        [Watch(person_id=person, issue_id=issue_id, reason=reason) for person in sorted(people)], ignore_conflicts=True
    )


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
