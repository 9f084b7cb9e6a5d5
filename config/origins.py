"""Which pages may open a socket: those of this site, to the letter.

A browser sends its cookies with a socket that any page opens, and no same-origin rule stops it. The origin is all that
tells our own page from another's; scheme and port are part of it (Channels' AllowedHostsOriginValidator ignores both).
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings

PORTS = {"http": 80, "https": 443}
LOOPBACK = {"127.0.0.1", "localhost"}


def allowed_origins() -> frozenset[str]:
    """Return the origins of this site as browsers write them.

    Outside production a site on the loopback may be reached by either of its names, with the same port.
    """
    site = urlsplit(settings.SITE_URL)
    hosts = {site.hostname or ""}
    if not settings.PRODUCTION and site.hostname in LOOPBACK:
        hosts |= LOOPBACK
    port = f":{site.port}" if site.port and site.port != PORTS.get(site.scheme) else ""
    return frozenset(f"{site.scheme}://{host}{port}" for host in hosts)


def is_own_page(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Say whether a handshake comes from a page of ours: it has exactly one Origin, and that is ours."""
    origins = [value.decode("latin-1") for name, value in headers if name.lower() == b"origin"]
    return len(origins) == 1 and origins[0] in allowed_origins()
