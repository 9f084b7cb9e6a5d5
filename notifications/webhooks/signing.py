"""How a receiver knows that a request is ours and new.

`Plumbline-Signature: t=<seconds>,v1=<hex>[,v1=<hex>]`: each v1 is the HMAC-SHA256 (RFC 2104) over `<t>.<body>` with one
of the active secrets. A receiver refuses what is older than five minutes.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable

from config.sealing import seal, unseal
from notifications.models import Webhook

PURPOSE = "webhook"
PREFIX = "whsec_"


def new_secret() -> str:
    """Return a new secret of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def sealed(secret: str) -> str:
    """Return a secret as it is stored."""
    return seal(PURPOSE, secret)


def active_secrets(webhook: Webhook) -> list[str]:
    """Return the secrets that a webhook signs with, the newest first."""
    return [unseal(PURPOSE, stored) for stored in (webhook.secret, webhook.old_secret) if stored]


def signature(keys: Iterable[str], moment: int, body: bytes) -> str:
    """Return the header's value for a body that is sent at `moment` (seconds since 1970)."""
    signed = str(moment).encode() + b"." + body
    sums = [hmac.new(key.encode(), signed, hashlib.sha256).hexdigest() for key in keys]
    return ",".join([f"t={moment}", *(f"v1={one}" for one in sums)])
