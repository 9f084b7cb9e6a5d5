"""How events are chained: what a hash covers, for whoever writes and for whoever verifies."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from notifications.models import Event


def digest(previous: str, row: Sequence[Any]) -> str:
    """Return SHA-256 (FIPS 180-4) over the previous hash and the row as canonical JSON, in hexadecimal."""
    body = json.dumps(list(row), sort_keys=True, separators=(",", ":"), ensure_ascii=False, cls=DjangoJSONEncoder)
    return hashlib.sha256(f"{previous}\n{body}".encode()).hexdigest()


def chained_row(stream: str, event: Event) -> list[Any]:
    """Return the parts of an event that its hash covers, in their order."""
    at = event.at.isoformat(timespec="microseconds")
    return [stream, event.seq, event.kind, event.actor_id, event.subject, event.data, at]
