"""Is the web process healthy? Asked by the supervisor, and by the image as `python -m config.stack.health`."""

import os
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from config.stack.options import read_options


def public_host(address: str) -> str:
    """Return the host name that the site answers to, which loopback is not in production."""
    allowed = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".*")
    return allowed or urlsplit(os.environ.get("SITE_URL") or address).netloc


def is_healthy(address: str) -> bool:
    """Say whether the web process answers and finds its database, Redis and migrations."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(f"{address}/readyz", headers={"Host": public_host(address)})  # noqa: S310
    try:
        with opener.open(request, timeout=5) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(0 if is_healthy(read_options().address) else 1)
