"""Second factors: whether a code opens the door, and what follows where one was set up or taken away."""

from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.flows import generate_recovery_codes
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from allauth.mfa.totp.internal.flows import activate_totp, deactivate_totp
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.internal.flows import add_authenticator, remove_authenticator
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts.attempts import QUARTER, Fixed, give_all_back, spend_all
from accounts.events import INSTANCE, AccountEvent, person_subject
from accounts.models import User
from accounts.services.sessions import end_others
from notifications.services import record

GUESS = Fixed("factor-guess", 5, QUARTER)
# RFC 6238, 5.2: the second use of a code is refused. Said by the row itself, so that two at once cannot both pass.
_TAKE_STEP = """
UPDATE mfa_authenticator SET data = jsonb_set(data, '{step}', to_jsonb(%s::bigint))
WHERE id = %s AND coalesce((data ->> 'step')::bigint, 0) < %s
"""


def guess(person: User) -> None:
    """Count one guess at a code of the person's; raises TooMany after five within a quarter of an hour.

    A right one takes the count away (`guessed`). Exact also where guesses come side by side.
    """
    spend_all([_guess_of(person)], _("There were too many wrong codes."))


def guessed(person: User) -> None:
    """Forget the person's wrong guesses."""
    give_all_back([_guess_of(person)] * GUESS.most)


def _guess_of(person: User) -> tuple[Fixed, str]:
    return GUESS, f"person:{person.pk}"


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


@transaction.atomic
def set_up_app(*, request: HttpRequest, form: Any) -> Authenticator | None:
    """Keep the secret of an authenticator app; returns the recovery codes where these are the person's first.

    Like all that follows, in one transaction: the person's other sessions end, because whoever held one could have gone
    on without the factor; the event is recorded, and the person gets a mail. `request` is what allauth's flows want.
    """
    factor, codes = activate_totp(request, form)
    factor.data["step"] = form.step
    factor.save(update_fields=["data"])
    return _noted(AccountEvent.FACTOR_ADDED, request, factor, codes)


@transaction.atomic
def remove_app(*, request: HttpRequest, factor: Authenticator) -> None:
    """Take the authenticator app away, and recovery codes where there is no factor left."""
    deactivate_totp(request, factor)
    _noted(AccountEvent.FACTOR_REMOVED, request, factor)


@transaction.atomic
def add_passkey(*, request: HttpRequest, name: str, credential: dict[str, Any]) -> Authenticator | None:
    """Keep a passkey; returns the recovery codes where these are the person's first."""
    factor, codes = add_authenticator(request, name=name, credential=credential)
    return _noted(AccountEvent.FACTOR_ADDED, request, factor, codes)


@transaction.atomic
def remove_passkey(*, request: HttpRequest, factor: Authenticator) -> None:
    """Take a passkey away, and recovery codes where there is no factor left."""
    remove_authenticator(request, factor)
    _noted(AccountEvent.FACTOR_REMOVED, request, factor)


@transaction.atomic
def renew_codes(*, request: HttpRequest) -> Authenticator:
    """Make new recovery codes, in the stead of all earlier ones."""
    codes: Authenticator = generate_recovery_codes(request)
    _noted(AccountEvent.FACTOR_ADDED, request, codes)
    return codes


def _noted(
    kind: AccountEvent, request: HttpRequest, factor: Authenticator, codes: Authenticator | None = None
) -> Authenticator | None:
    person = factor.user
    end_others(actor=person, session_key=request.session.session_key or "")
    record(INSTANCE, kind=kind, actor=person, subject=person_subject(person.pk), data={"factor": factor.type})
    return codes
