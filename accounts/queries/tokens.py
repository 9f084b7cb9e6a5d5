"""Reading personal tokens."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404

from accounts.enums import Scope
from accounts.events import INSTANCE, AccountEvent, person_subject
from accounts.hooks import SeenProject, lent
from accounts.models import PersonalToken, User
from config import clock
from notifications.models import Event


@dataclass(frozen=True, slots=True)
class ShownToken:
    """A token as its person sees it. `projects` is None for all; one that they see no more is left out."""

    token: PersonalToken
    scopes: Sequence[Scope]
    projects: Sequence[SeenProject] | None
    is_over: bool


def live_tokens(person: User) -> QuerySet[PersonalToken]:
    """Return the tokens that still work."""
    return PersonalToken.objects.filter(person=person, revoked_at=None, expires_at__gt=clock.now())


def tokens_of(person: User) -> list[ShownToken]:
    """Return a person's tokens that were not revoked, newest first (two statements); see `_reached`."""
    tokens = list(_reached(person).order_by("-created_at", "-pk")[:200])
    seen = {project.id: project for project in lent.projects_seen(person)} if any(t.projects for t in tokens) else {}
    return [_shown(token, seen) for token in tokens]


def get_token_or_404(person: User, token_id: int) -> PersonalToken:
    """Return one of the person's own tokens, or raise Http404; see `_reached`."""
    token = _reached(person).filter(pk=token_id).first()
    if token is None:
        raise Http404("no such token")
    return token


def has_come_from(token: PersonalToken, ip: str) -> bool:
    """Say whether the log tells already that the token came from this address."""
    told = Event.objects.filter(
        subject=person_subject(token.person_id), stream__name=INSTANCE, kind=AccountEvent.TOKEN_USED_FROM
    )
    return told.filter(data__token=token.pk, data__ip=ip).exists()


def _reached(person: User) -> QuerySet[PersonalToken]:
    """Return the person's tokens that were not revoked; to a token of some projects only, itself and no other."""
    rows = PersonalToken.objects.filter(person=person, revoked_at=None)
    if person.credential is not None and person.credential.projects is not None:
        return rows.filter(pk=person.__dict__["token_id"])
    return rows


def _shown(token: PersonalToken, seen: dict[int, SeenProject]) -> ShownToken:
    projects = None if token.projects is None else [seen[pk] for pk in token.projects if pk in seen]
    scopes = [scope for scope in Scope if scope.value in token.scopes]
    return ShownToken(token, scopes, projects, token.expires_at <= clock.now())
