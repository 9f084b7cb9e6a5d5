"""Where a request comes from: only as many proxies are believed as settings.TRUSTED_PROXY_COUNT declares."""

import ipaddress
from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """Return the client's address. With N declared proxies it is the Nth from the right of X-Forwarded-For: what stands
    further left anybody may have written. Without any, and where there stands no address, the header counts for
    nothing."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    if not settings.TRUSTED_PROXIES:
        return peer
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    told = hops[-settings.TRUSTED_PROXIES] if len(hops) >= settings.TRUSTED_PROXIES else ""
    return _address(told) or peer


def unambiguous(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers without those that have an underscore in their name.

    WSGI calls X_Forwarded_For and X-Forwarded-For the same, and joins them: the first may come from anybody, the second
    from our proxy. No client of ours sends any (nginx drops them as well).
    """
    return [(name, value) for name, value in headers if b"_" not in name]


def _address(told: str) -> str:
    """Return an address in its one spelling, without a port; empty where it is none."""
    host = told[1:].partition("]")[0] if told.startswith("[") else told
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return ""
