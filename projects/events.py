"""Kinds of events and names of streams of the projects app."""

from enum import StrEnum


class ProjectEvent(StrEnum):
    """What happens to a project and its settings."""

    CREATED = "project.created"
    CHANGED = "project.changed"
    ARCHIVED = "project.archived"
    UNARCHIVED = "project.unarchived"
    DELETED = "project.deleted"
    RESTORED = "project.restored"
    MEMBER_ADDED = "member.added"
    MEMBER_CHANGED = "member.changed"
    MEMBER_REMOVED = "member.removed"
    MEMBER_LEFT = "member.left"
    TAKEN_OVER = "member.took_over"
    LABEL_CREATED = "label.created"
    LABEL_CHANGED = "label.changed"
    LABEL_REMOVED = "label.removed"
    STATE_CREATED = "state.created"
    STATE_CHANGED = "state.changed"
    STATE_REMOVED = "state.removed"
    STATES_ORDERED = "states.ordered"
    TRANSITION_SET = "transition.set"
    TRANSITION_REMOVED = "transition.removed"


def project_stream(project_id: int) -> str:
    """Return the name of a project's stream."""
    return f"project:{project_id}"


def member_subject(person_id: int) -> str:
    """Return how events of a project name a member."""
    return f"person:{person_id}"
