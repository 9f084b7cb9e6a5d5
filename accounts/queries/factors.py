"""Reading what guards a person's account."""

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator

from accounts.models import User


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its person knows it."""

    pk: int
    name: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    """A person's second factors: since when an authenticator app, which passkeys, how many recovery codes are left."""

    app_since: datetime | None
    app_used_at: datetime | None
    passkeys: list[Passkey]
    codes_left: int

    @property
    def has_any(self) -> bool:
        """Say whether there is a factor besides recovery codes, which are for when one is lost."""
        return self.app_since is not None or bool(self.passkeys)


def factors_of(person: User) -> Factors:
    """Return the person's factors (one statement)."""
    rows = list(Authenticator.objects.filter(user=person).order_by("created_at", "pk"))
    app = next((row for row in rows if row.type == Authenticator.Type.TOTP), None)
    codes = next((row for row in rows if row.type == Authenticator.Type.RECOVERY_CODES), None)
    keys = [row for row in rows if row.type == Authenticator.Type.WEBAUTHN]
    return Factors(
        app_since=app.created_at if app else None,
        app_used_at=app.last_used_at if app else None,
        passkeys=[Passkey(row.pk, row.wrap().name, row.created_at, row.last_used_at) for row in keys],
        codes_left=len(codes.wrap().get_unused_codes()) if codes else 0,
    )
