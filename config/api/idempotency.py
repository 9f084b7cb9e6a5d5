"""The same write sent twice is done once: `Idempotency-Key`, kept for a day for each person.

(draft-ietf-httpapi-idempotency-key-header: the same key for another request is 422, one that is still running 409.)
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.models import DoneRequest
from config import clock
from config.errors import Conflict, DomainError

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
LONGEST = 255


def once(request: HttpRequest, run: Callable[[], HttpResponse]) -> HttpResponse:
    """Run the write, or return the answer that it got the first time. Without the header it just runs.

    Key and write are one transaction: two at the same time meet at the key, the second waits for the first. What is
    refused keeps no key, so that it may be mended and sent again.
    """
    key = request.headers.get(HEADER, "")
    if not key or not request.user.is_authenticated:
        return run()
    if len(key) > LONGEST:
        raise DomainError(_("An Idempotency-Key has at most %s characters.") % LONGEST, code="idempotency_key")
    try:
        with transaction.atomic():
            return _first(request, key, run)
    except IntegrityError as error:
        if "done_request_unique" not in str(error):
            raise
    except OperationalError as error:
        if "lock timeout" not in str(error):
            raise
        message = _("The first request with this Idempotency-Key is still being done. Try again.")
        raise Conflict(message, code="in_progress", context={"retry_after": 1}) from None
    return _again(request, key)


def fingerprint(request: HttpRequest) -> str:
    """Return what tells one request from another: method, path with query, and body."""
    told = f"{request.method} {request.get_full_path()}\n".encode() + request.body
    return hashlib.sha256(told).hexdigest()


def _first(request: HttpRequest, key: str, run: Callable[[], HttpResponse]) -> HttpResponse:
    person_id: Any = request.user.pk
    DoneRequest.objects.filter(person_id=person_id, key=key, at__lt=clock.now() - KEPT).delete()
    row = DoneRequest.objects.create(person_id=person_id, key=key, fingerprint=fingerprint(request))
    response = run()
    row.status, row.body = response.status_code, response.content
    row.save(update_fields=["status", "body"])
    return response


def _again(request: HttpRequest, key: str) -> HttpResponse:
    row = DoneRequest.objects.get(person_id=request.user.pk, key=key)
    if row.fingerprint != fingerprint(request):
        message = _("This Idempotency-Key was used for another request. Use a new key for each request.")
        raise DomainError(message, code="idempotency_key")
    response = HttpResponse(bytes(row.body), content_type="application/json", status=row.status)
    response.headers["Idempotent-Replayed"] = "true"
    return response
