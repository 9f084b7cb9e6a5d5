"""Secrets that must be read again, sealed in the database: with keys derived from SECRET_KEY, one for each purpose."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def seal(purpose: str, text: str) -> str:
    """Return the text encrypted and signed (Fernet) with the purpose's key; never the same twice."""
    return _sealer(purpose, settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS)).encrypt(text.encode()).decode()


def unseal(purpose: str, sealed: str) -> str:
    """Return the text; also what was sealed before SECRET_KEY was rotated, while the old key is among the fallbacks.

    Raises ValueError where it was sealed for another purpose or with a key that is gone.
    """
    sealer = _sealer(purpose, settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS))
    try:
        return sealer.decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise ValueError(f"not sealed for {purpose}, or with a key that is gone") from None


@lru_cache(maxsize=16)
def _sealer(purpose: str, *keys: "str | tuple[str, ...]") -> MultiFernet:
    """The keys are arguments, so that a changed setting makes a new sealer. HKDF is RFC 5869's."""
    first, others = keys
    return MultiFernet([Fernet(_derived(purpose, key)) for key in (str(first), *others)])


def _derived(purpose: str, key: str) -> bytes:
    info = f"plumbline sealing {purpose}".encode()
    return base64.urlsafe_b64encode(HKDF(SHA256(), 32, salt=None, info=info).derive(key.encode()))
