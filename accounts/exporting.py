"""What this app gives a person who takes their data along; and how the others read theirs in steps."""

from collections.abc import Callable, Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db.models import Model, QuerySet

from accounts.hooks import exports
from accounts.models import PersonalToken, TeamMembership, User

STEP = 500


def in_steps(rows: QuerySet[Any], as_shown: Callable[[Any], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield rows as they are exported, oldest first, with one statement for each few hundred."""
    after = 0
    while found := list(rows.filter(pk__gt=after).order_by("pk")[:STEP]):
        yield from (as_shown(row) for row in found)
        after = found[-1].pk


def fields_of(row: Model, *names: str) -> dict[str, Any]:
    """Return some of a row's fields."""
    return {name: getattr(row, name) for name in names}


@exports("profile")
def profile(person: User) -> dict[str, Any]:
    """Return what the person says of themselves."""
    shown = ("username", "display_name", "email", "time_zone", "language", "theme", "date_joined", "last_login")
    return {**fields_of(person, *shown, "last_seen_at"), "picture": str(person.avatar_id or "")}


@exports("log-ins")
def log_ins(person: User) -> dict[str, Any]:
    """Return how the person comes in: addresses, factors, accounts elsewhere, sessions and tokens; never a secret."""
    addresses = EmailAddress.objects.filter(user=person).order_by("pk")
    factors = Authenticator.objects.filter(user=person).order_by("pk")
    others = SocialAccount.objects.filter(user=person).order_by("pk")
    sessions = UserSession.objects.filter(user=person).order_by("pk")
    tokens = PersonalToken.objects.filter(person=person).order_by("pk")
    used = ("name", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "last_used_ip", "revoked_at")
    return {
        "addresses": [fields_of(row, "email", "verified", "primary") for row in addresses],
        "factors": [fields_of(row, "type", "created_at", "last_used_at") for row in factors],
        "accounts_elsewhere": [fields_of(row, "provider", "uid", "date_joined", "last_login") for row in others],
        "sessions": [fields_of(row, "ip", "user_agent", "created_at", "last_seen_at") for row in sessions],
        "tokens": [fields_of(row, *used) for row in tokens],
    }


@exports("teams")
def teams(person: User) -> Iterator[dict[str, Any]]:
    """Return the teams that the person is in, and as what."""
    rows = TeamMembership.objects.filter(person=person, team__deleted_at=None).select_related("team")
    return in_steps(rows, lambda row: {"team": row.team.name, "role": row.role, "joined_at": row.joined_at})
