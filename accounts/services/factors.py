"""Second factors: whether a code opens the door, and what follows where one was set up or taken away."""

from typing import Any

from allauth.core import context
from allauth.core.ratelimit import clear, consume
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts.events import INSTANCE, AccountEvent, person_subject
from accounts.limits import TooMany
from accounts.models import User
from accounts.services.sessions import end_others
from notifications.services import record

GUESS_MINUTES = 15
# RFC 6238, 5.2: the second use of a code is refused. Said by the row itself, so that two at once cannot both pass.
_TAKE_STEP = """
UPDATE mfa_authenticator SET data = jsonb_set(data, '{step}', to_jsonb(%s::bigint))
WHERE id = %s AND coalesce((data ->> 'step')::bigint, 0) < %s
"""


def guess(person: User) -> None:
    """Count one guess at a code of the person's; raises TooMany after five within a quarter of an hour.

    A right one takes the count away (`guessed`). Exact also where guesses come side by side.
    """
    if not consume(context.request, action="login_failed", key=_guesses_of(person)):
        message = _("There were too many wrong codes. Try again in %(minutes)s minutes.") % {"minutes": GUESS_MINUTES}
        raise TooMany(message, context={"retry_after": GUESS_MINUTES * 60})


def guessed(person: User) -> None:
    """Forget the person's wrong guesses."""
    clear(context.request, action="login_failed", key=_guesses_of(person))


def _guesses_of(person: User) -> str:
    return f"mfa-auth-user-{person.pk}"


def take_code(factor: Authenticator, code: str) -> bool:
    """Say whether a code is right, and use it up: the same one is refused from then on."""
    if factor.type == Authenticator.Type.RECOVERY_CODES:
        return bool(factor.wrap().validate_code(code))
    step = step_of(decrypt(factor.data["secret"]), code)
    if step is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_STEP, [step, factor.pk, step])
        return bool(cursor.rowcount == 1)


def step_of(secret: str, code: str) -> int | None:
    """Return for which span of time a code of an authenticator app is right; None where it is not right now."""
    given = "".join(code.split())
    for step in yield_hotp_counters_from_time():
        expected = f"{hotp_value(secret, step):0{app_settings.TOTP_DIGITS}}"
        if constant_time_compare(given, expected):
            return int(step)
    return None


def note_factor_added(sender: object, request: HttpRequest, user: User, authenticator: Any, **kwargs: Any) -> None:
    """End the person's other sessions, and record it: who held one could have gone on without the factor."""
    _note(AccountEvent.FACTOR_ADDED, request, user, authenticator)


def note_factor_removed(sender: object, request: HttpRequest, user: User, authenticator: Any, **kwargs: Any) -> None:
    """The same where one was taken away."""
    _note(AccountEvent.FACTOR_REMOVED, request, user, authenticator)


@transaction.atomic
def _note(kind: AccountEvent, request: HttpRequest, person: User, factor: Authenticator) -> None:
    end_others(actor=person, session_key=request.session.session_key or "")
    record(INSTANCE, kind=kind, actor=person, subject=person_subject(person.pk), data={"factor": factor.type})
