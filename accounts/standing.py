"""Whether a person may come in at all: one verdict for pages, sockets, tokens and the admin.

deactivated   nobody: read along with every session and token (is_active)
unverified    logs in nowhere until the address is confirmed (allauth's stage; a session is never made)
locked        after too many wrong passwords no password or code is looked at for a while (accounts/attempts.py);
              where nothing can be guessed it goes on: sessions, tokens, passkeys, identity providers
no factor     where the installation asks everyone for a second factor, who has none gets to set one up, and to
              nothing else
"""

from collections.abc import Collection
from typing import Any

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _

from accounts import instance
from accounts.models import User
from config.errors import PermissionRefused

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_factor(person: User) -> bool:
    """Say whether the person has a second factor; no statement where the row was read with it (`has_factor`)."""
    known: Any = person.__dict__.get("has_factor")
    if known is None:
        known = Authenticator.objects.filter(user_id=person.pk, type__in=FACTORS).exists()
        person.__dict__["has_factor"] = known
    return bool(known)


def without_factor(person_ids: Collection[int]) -> set[int]:
    """Return those of the people who must set up a second factor before anything else (at most one statement)."""
    if not person_ids or not instance.current().require_two_factors:
        return set()
    having = Authenticator.objects.filter(user_id__in=person_ids, type__in=FACTORS)
    return set(person_ids) - set(having.values_list("user_id", flat=True))


def needs_factor(person: User) -> bool:
    """Say whether the person must set up a second factor before anything else."""
    return instance.current().require_two_factors and not has_factor(person)


def require_factor(person: User) -> None:
    """Raise PermissionRefused where `needs_factor`."""
    if needs_factor(person):
        message = _("Everyone here needs a second factor. Log in to the site and set one up first.")
        raise PermissionRefused(message, code="factor_needed")
