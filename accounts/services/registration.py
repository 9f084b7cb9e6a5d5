"""Who may create an account: one rule for the form, identity providers, invitations and the API."""

import re
import secrets
from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts import instance
from accounts.enums import Registration
from accounts.models import TeamInvitation, User
from accounts.queries.invitations import open_invitation_of
from config.errors import PermissionRefused

USERNAME_LENGTH = 28


class RegistrationClosed(PermissionRefused):
    """Accounts are not for everyone here, and not for this address."""

    code = "registration_closed"


def is_open(token: str = "") -> bool:
    """Say whether somebody may come to the form: by the settings, or with the token of an open invitation."""
    return instance.current().registration != Registration.INVITATION or open_invitation_of(token) is not None


def require_registration(*, email: str, token: str = "") -> None:
    """Raise RegistrationClosed, with the sentence for the reader, unless an account may have this address.

    Whoever was invited may, with the address that was invited and no other: the token alone opens nothing.
    """
    if is_invited(email, token):
        return
    match instance.current().registration:
        case Registration.INVITATION:
            raise RegistrationClosed(_("Accounts are by invitation here: use the address that was invited."))
        case Registration.DOMAINS if not has_allowed_domain(email):
            raise RegistrationClosed(_("Accounts here need an e-mail address of %s.") % _listed())


def has_allowed_domain(email: str) -> bool:
    """Say whether the address is at one of the domains that the settings name; a part of one's name is none."""
    return email.rpartition("@")[2].lower() in instance.current().allowed_domains


def require_domain(email: str) -> None:
    """Raise RegistrationClosed where an address that somebody changes to is not one of the domains asked for."""
    if instance.current().registration == Registration.DOMAINS and not has_allowed_domain(email):
        raise RegistrationClosed(_("Accounts here need an e-mail address of %s.") % _listed())


def is_invited(email: str, token: str) -> bool:
    """Say whether an open invitation with this token went to this very address, which its link then has verified."""
    found: TeamInvitation | None = open_invitation_of(token)
    return found is not None and email.isascii() and found.email.lower() == email.lower()


def free_username(wishes: Iterable[str]) -> str:
    """Return a username that nobody has, after the first wish that makes one; `person-…` where none does."""
    for wish in wishes:
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", wish.partition("@")[0]).strip("._-")[:USERNAME_LENGTH].strip("._-")
        if len(plain) > 1:
            return _numbered(plain)
    return _numbered(f"person-{secrets.token_hex(4)}")


def _numbered(name: str) -> str:
    taken = {
        other.lower() for other in User.objects.filter(username__istartswith=name).values_list("username", flat=True)
    }
    for number in range(1, 1000):
        candidate = name if number == 1 else f"{name}{number}"
        if candidate.lower() not in taken:
            return candidate
    return f"{name[:20]}-{secrets.token_hex(4)}"


def _listed() -> str:
    domains = instance.current().allowed_domains
    return ", ".join(domains) if domains else _("a domain that an administrator names; there is none yet")
