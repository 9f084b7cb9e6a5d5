"""How django-allauth meets our second factors: their secrets are sealed, and their pictures are part of the page."""

from typing import Any

import qrcode
from allauth.account.utils import user_username
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import Markup

from accounts.models import User
from config.sealing import seal, unseal

PURPOSE = "factor"
# Light modules around the code, which readers need (ISO/IEC 18004, 9.1).
QUIET = 4


class FactorAdapter(DefaultMFAAdapter):
    """See the module."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("This code is not right, or was used already. Wait for the next one."),
    }

    def encrypt(self, text: str) -> str:
        """Seal what the database keeps of a secret."""
        return seal(PURPOSE, text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return a secret that `encrypt` sealed; ValueError where its key is gone."""
        return unseal(PURPOSE, encrypted_text)

    def get_totp_label(self, user: Any) -> str:
        """Return how an authenticator app names the account."""
        return str(user_username(user))

    def build_totp_svg(self, url: str) -> str:
        """Return the QR code of an address as SVG that needs no style of its own."""
        return picture_of(url)

    def generate_authenticator_name(self, user: Any, type: str) -> str:  # noqa: A002 (allauth's signature)
        """Return what a passkey is called unless its person says otherwise."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey %(number)s") % {"number": count + 1} if count else _("Passkey")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return what browsers call this site when they ask for a passkey."""
        return {**super().get_public_key_credential_rp_entity(), "name": "Plumbline"}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """Return what browsers call the account when they ask for a passkey."""
        return {**super().get_public_key_credential_user_entity(user), "name": user.username}


def picture_of(text: str) -> Markup:
    """Return a QR code as one SVG element, dark on light in either theme; one path, a run of modules at a time."""
    code = qrcode.QRCode(border=QUIET)
    code.add_data(text)
    rows = code.get_matrix()
    runs = "".join(_runs(row, y) for y, row in enumerate(rows))
    label = _("QR code for your authenticator app")
    return Markup('<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-label="{1}"><path d="{2}"/></svg>').format(
        len(rows), label, runs
    )


def _runs(row: list[bool], y: int) -> str:
    """Return the dark runs of a row as parts of a path."""
    path, start = "", None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            path += f"M{start} {y}h{x - start}v1H{start}z"
            start = None
    return path
