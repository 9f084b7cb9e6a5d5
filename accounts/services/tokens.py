"""Everything that changes personal tokens."""

from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import uses
from accounts.bearers import SHOWN, digest_of, new_token
from accounts.enums import Scope
from accounts.events import INSTANCE, AccountEvent, person_subject
from accounts.hooks import lent
from accounts.models import DoneRequest, PersonalToken, Tally, User
from accounts.queries.tokens import has_come_from, live_tokens
from accounts.services.sessions import lock_sessions
from config import clock
from config.errors import DomainError, PermissionRefused
from notifications.services import Record, record, record_all

MOST = 50
FOR_ADMINISTRATORS = frozenset({Scope.ADMIN_READ, Scope.ADMIN_WRITE})


@transaction.atomic
def create_token(
    *, actor: User, name: str, scopes: Collection[Scope], projects: Collection[int] | None, days: int
) -> tuple[PersonalToken, str]:
    """Make a token and return it with its secret, which is kept nowhere and cannot be shown again.

    `projects` are the ids of the only ones that it reaches, each of which the person must see; None is all of theirs,
    also later ones. Locks the person, so that their tokens stay MOST at most. Whether they have just said who they are
    is for the caller to know. Raises PermissionRefused for a request that itself came with a token.
    """
    _check(actor, scopes, projects, days)
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=actor.pk)
    if live_tokens(actor).count() >= MOST:
        raise DomainError(_("You have %s tokens already. Revoke one that is not used any more.") % MOST, code="limit")
    secret, now = new_token(), clock.now()
    token = PersonalToken.objects.create(
        person=actor,
        name=name,
        prefix=secret[:SHOWN],
        digest=digest_of(secret),
        scopes=sorted(scopes),
        projects=None if projects is None else sorted(projects),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    _record(AccountEvent.TOKEN_CREATED, actor, token)
    return token, secret


@transaction.atomic
def revoke_token(*, actor: User, token: PersonalToken) -> None:
    """End one of one's own tokens for good, at once; nothing happens where it was revoked already."""
    locked = PersonalToken.objects.select_for_update(of=("self",)).get(pk=token.pk, person=actor)
    if locked.revoked_at:
        return
    locked.revoked_at = clock.now()
    locked.save(update_fields=["revoked_at"])
    _record(AccountEvent.TOKEN_REVOKED, actor, locked)


@transaction.atomic
def revoke_all_tokens(*, person: User) -> int:
    """End all tokens of a person who chose a new password by mail, with an event for each; returns how many.

    The caller holds the person's lock and ends their sessions next: locks the tokens, then the sessions, last the log.
    """
    rows = PersonalToken.objects.select_for_update(of=("self",)).filter(person=person, revoked_at=None)
    tokens = list(rows.order_by("pk"))
    if not tokens:
        return 0
    PersonalToken.objects.filter(pk__in=[token.pk for token in tokens]).update(revoked_at=clock.now())
    lock_sessions([person])
    kind, subject = AccountEvent.TOKEN_REVOKED, person_subject(person.pk)
    record_all(INSTANCE, [Record(kind=kind, actor=person, subject=subject, data=_data(token)) for token in tokens])
    return len(tokens)


@transaction.atomic
def write_uses() -> int:
    """Write to each token when and from where it was last used; an event for an address that it never came from.

    Returns how many uses there were. Called in the background every few seconds (accounts.uses).
    """
    found = uses.noted()
    known = PersonalToken.objects.select_for_update(of=("self",), no_key=True).select_related("person").order_by("pk")
    tokens = {token.pk: token for token in known.filter(pk__in={use.token_id for use in found})}
    told = []
    for use in found:
        token = tokens.get(use.token_id)
        if token is None or (token.last_used_at and token.last_used_at > use.at):
            continue
        if token.last_used_ip != use.ip and not has_come_from(token, use.ip):
            kind, subject = AccountEvent.TOKEN_USED_FROM, person_subject(token.person_id)
            told.append(Record(kind=kind, actor=token.person, subject=subject, data=_data(token, use.ip)))
        token.last_used_at, token.last_used_ip = use.at, use.ip
    PersonalToken.objects.bulk_update(tokens.values(), ["last_used_at", "last_used_ip"])
    record_all(INSTANCE, told)
    transaction.on_commit(lambda: uses.forget(found))
    return len(found)


def clear_kept() -> None:
    """Delete what was kept for a day, and what was counted for spans that are over."""
    now = clock.now()
    DoneRequest.objects.filter(at__lt=now - timedelta(hours=24)).delete()
    Tally.objects.filter(ends_at__lt=now - timedelta(days=1)).delete()


def _check(actor: User, scopes: Collection[Scope], projects: Collection[int] | None, days: int) -> None:
    if actor.credential is not None:
        raise PermissionRefused(_("A token cannot make tokens. Log in to the site and make one there."), code="scope")
    if not scopes:
        raise DomainError(_("Choose what the token may do."), code="scopes")
    if FOR_ADMINISTRATORS & set(scopes) and not actor.is_superuser:
        raise PermissionRefused(_("Only site administrators make tokens for the work of administrators."))
    if FOR_ADMINISTRATORS & set(scopes) and projects is not None:
        message = _("The work of administrators reaches further than some projects. Choose all, or leave it out.")
        raise DomainError(message, code="projects")
    if not 1 <= days <= settings.TOKEN_DAYS_AT_MOST:
        raise DomainError(_("A token ends after %s days at most.") % settings.TOKEN_DAYS_AT_MOST, code="days")
    if projects is not None:
        seen = {project.id for project in lent.projects_seen(actor)}
        if not projects or set(projects) - seen:
            raise DomainError(_("Choose projects that you see."), code="projects")


def _record(kind: AccountEvent, actor: User, token: PersonalToken) -> None:
    record(INSTANCE, kind=kind, actor=actor, subject=person_subject(actor.pk), data=_data(token))


def _data(token: PersonalToken, ip: str = "") -> dict[str, object]:
    """Return what the log says of a token: never anything by which it could be used."""
    told: dict[str, object] = {"token": token.pk, "name": token.name, "prefix": token.prefix}
    return told | ({"ip": ip} if ip else {"scopes": token.scopes, "projects": token.projects})
