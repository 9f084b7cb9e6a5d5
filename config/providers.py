"""Identity providers that people may log in with (OpenID Connect), from the environment.

GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET are all that Google needs. Any other: its name in OIDC_PROVIDERS, and for each
name OIDC_<NAME>_URL (the issuer), OIDC_<NAME>_CLIENT_ID, OIDC_<NAME>_CLIENT_SECRET, and OIDC_<NAME>_LABEL for people.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import env

GOOGLE = "https://accounts.google.com"
NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def providers() -> list[dict[str, Any]]:
    """Return the providers as allauth takes them. Raises ImproperlyConfigured for what cannot work or is not safe."""
    found = [_provider(name) for name in env.words("OIDC_PROVIDERS")]
    client = env.text("GOOGLE_CLIENT_ID", "")
    if client and not any(app["provider_id"] == "google" for app in found):
        secret = env.text("GOOGLE_CLIENT_SECRET", hint="It comes with GOOGLE_CLIENT_ID.")
        found.insert(0, _app("google", "Google", GOOGLE, client, secret))
    return found


def _provider(name: str) -> dict[str, Any]:
    if not NAME.fullmatch(name):
        raise ImproperlyConfigured(f"OIDC_PROVIDERS: {name!r} is no name. Use small letters, digits and hyphens.")
    prefix = f"OIDC_{name.upper().replace('-', '_')}"
    url = env.text(f"{prefix}_URL", hint=f"OIDC_PROVIDERS names {name}: give the address of its issuer.")
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ImproperlyConfigured(f"{prefix}_URL must begin with https://, because it says who people are.")
    client = env.text(f"{prefix}_CLIENT_ID", hint=f"The provider {name} gives it to you.")
    secret = env.text(f"{prefix}_CLIENT_SECRET", hint=f"The provider {name} gives it to you.")
    return _app(name, env.text(f"{prefix}_LABEL", name.title()), url.rstrip("/"), client, secret)


def _app(name: str, label: str, url: str, client: str, secret: str) -> dict[str, Any]:
    return {
        "provider_id": name,
        "name": label,
        "client_id": client,
        "secret": secret,
        "settings": {"server_url": url, "oauth_pkce_enabled": True},
    }
