"""Where a request comes from: only as many proxies are believed as settings.TRUSTED_PROXY_COUNT declares."""

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """Return the client's address. With N declared proxies it is the Nth from the right of X-Forwarded-For: what stands
    further left anybody may have written. Without any, the header counts for nothing."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    if not settings.TRUSTED_PROXIES:
        return peer
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    return hops[-settings.TRUSTED_PROXIES] if len(hops) >= settings.TRUSTED_PROXIES else peer
