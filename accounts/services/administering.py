"""What administrators do for people who lost something: their phone with the second factor, or a device."""

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.administrators import require_administrator
from accounts.events import INSTANCE, AccountEvent, person_subject
from accounts.models import User
from accounts.services.mails import post_letter
from accounts.services.sessions import end_all
from config.errors import DomainError
from notifications.services import record


@transaction.atomic
def end_sessions_of(*, actor: User, person: User) -> int:
    """End all sessions of somebody else; their open pages close. Returns how many those were."""
    require_administrator(actor)
    _refuse_oneself(actor, person)
    return end_all(actor=actor, person=person)


@transaction.atomic
def reset_factors(*, actor: User, person: User) -> int:
    """Remove all second factors of somebody who lost theirs, recovery codes as well, and end all their sessions.

    They are told by mail. Locks the person. Returns how many factors those were; DomainError where there are none.
    """
    require_administrator(actor)
    _refuse_oneself(actor, person)
    person = User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    found = Authenticator.objects.filter(user=person)
    count: int = found.exclude(type=Authenticator.Type.RECOVERY_CODES).count()
    if not count:
        raise DomainError(_("%s has no second factor to remove.") % person.name, code="no_factor")
    found.delete()
    end_all(actor=actor, person=person)
    post_letter(kind="factors_reset", to=person.email, context={"user": person}, language=person.language)
    subject = person_subject(person.pk)
    record(INSTANCE, kind=AccountEvent.FACTORS_RESET, actor=actor, subject=subject, data={"count": count})
    return count


def _refuse_oneself(actor: User, person: User) -> None:
    if actor.pk == person.pk:
        message = _("For yourself you do this on your own page of security, where you confirm that it is you.")
        raise DomainError(message, code="self")
