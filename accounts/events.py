"""Kinds of events and names of streams of the accounts app."""

from enum import StrEnum

INSTANCE = "instance"


class AccountEvent(StrEnum):
    """What happens to people and teams."""

    REGISTERED = "person.registered"
    PROFILE_CHANGED = "person.changed"
    ADMINISTRATOR_SET = "person.administrator_set"
    DEACTIVATED = "person.deactivated"
    REACTIVATED = "person.reactivated"
    TEAM_CREATED = "team.created"
    TEAM_JOINED = "team.joined"


def team_stream(team_id: int) -> str:
    """Return the name of a team's stream."""
    return f"team:{team_id}"


def person_subject(person_id: int) -> str:
    """Return how events name a person."""
    return f"person:{person_id}"
