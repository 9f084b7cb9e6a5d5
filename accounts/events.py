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
    SESSIONS_ENDED = "person.sessions_ended"
    FACTOR_ADDED = "person.factor_added"
    FACTOR_REMOVED = "person.factor_removed"
    EXPORTED = "person.exported"
    LEFT = "person.left"
    LOGGED_IN = "person.logged_in"
    LOG_IN_FAILED = "person.log_in_failed"
    RESET_ASKED = "person.reset_asked"
    PASSWORD_RESET = "person.password_reset"
    PASSWORD_CHANGED = "person.password_changed"
    EMAIL_WANTED = "person.email_wanted"
    EMAIL_CONFIRMED = "person.email_confirmed"
    EMAIL_CHANGED = "person.email_changed"
    CONNECTED = "person.connected"
    DISCONNECTED = "person.disconnected"
    FACTORS_RESET = "person.factors_reset"
    INSTANCE_CHANGED = "instance.changed"
    PROJECT_TAKEN_OVER = "instance.project_taken_over"
    LOG_EXPORTED = "instance.log_exported"
    LETTERS_RETRIED = "instance.letters_retried"
    LETTERS_DROPPED = "instance.letters_dropped"
    TOKEN_CREATED = "token.created"
    TOKEN_REVOKED = "token.revoked"
    TOKEN_USED_FROM = "token.used_from"
    TOKEN_REUSED = "token.reused"
    TEAM_CREATED = "team.created"
    TEAM_JOINED = "team.joined"
    TEAM_CHANGED = "team.changed"
    TEAM_ROLE_CHANGED = "team.role_changed"
    TEAM_LEFT = "team.left"
    TEAM_REMOVED = "team.removed"
    TEAM_TRANSFERRED = "team.transferred"
    TEAM_DELETED = "team.deleted"
    TEAM_RESTORED = "team.restored"
    TEAM_LINK_SET = "team.link_set"
    TEAM_INVITED = "team.invited"
    TEAM_INVITED_AGAIN = "team.invited_again"
    TEAM_INVITATION_REVOKED = "team.invitation_revoked"


def team_stream(team_id: int) -> str:
    """Return the name of a team's stream."""
    return f"team:{team_id}"


def person_subject(person_id: int) -> str:
    """Return how events name a person."""
    return f"person:{person_id}"
