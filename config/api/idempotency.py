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
from config.sealing import seal, unseal

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
LONGEST = 200
SEALED = "answers kept for Idempotency-Key"


def once(request: HttpRequest, run: Callable[[], HttpResponse]) -> HttpResponse:
    """Run the write, or return the answer that it got the first time. Without the header it just runs.

    Key and write are one transaction: two at the same time meet at the key, the second waits for the first. What is
    refused keeps no key, so that it may be mended and sent again. Answers are kept sealed: one may hold a secret that
    is shown once. A token meets only the keys of its own, so that a narrower one learns nothing of a wider one's.
    """
    sent = request.headers.get(HEADER)
    if sent is None or not request.user.is_authenticated:
        return run()
    if not sent or len(sent) > LONGEST or not sent.isprintable():
        raise DomainError(_("An Idempotency-Key has 1 to %s characters.") % LONGEST, code="idempotency_key")
    credential = request.user.credential
    key = f"{credential.label if credential else ''} {sent}"
    with transaction.atomic():
        row = _taken(request, key)
        if row:
            response = run()
            row.status, row.body = response.status_code, seal(SEALED, response.content.decode()).encode()
            row.save(update_fields=["status", "body"])
            return response
    return _again(request, key)


def fingerprint(request: HttpRequest) -> str:
    """Return what tells one request from another: method, path with query, and body."""
    told = f"{request.method} {request.get_full_path()}\n".encode() + request.body
    return hashlib.sha256(told).hexdigest()


def _taken(request: HttpRequest, key: str) -> DoneRequest | None:
    """Return a new row for the key, or None where it was used within the day; raises Conflict while it is in use."""
    person_id: Any = request.user.pk
    DoneRequest.objects.filter(person_id=person_id, key=key, at__lt=clock.now() - KEPT).delete()
    try:
        with transaction.atomic():
            return DoneRequest.objects.create(person_id=person_id, key=key, fingerprint=fingerprint(request))
    except IntegrityError as error:
        if "done_request_unique" not in str(error):
            raise
    except OperationalError as error:
        if "lock timeout" not in str(error):
            raise
        message = _("The first request with this Idempotency-Key is still being done. Try again.")
        raise Conflict(message, code="in_progress", context={"retry_after": 1}) from None
    return None


def _again(request: HttpRequest, key: str) -> HttpResponse:
    row = DoneRequest.objects.get(person_id=request.user.pk, key=key)
    if row.fingerprint != fingerprint(request):
        message = _("This Idempotency-Key was used for another request. Use a new key for each request.")
        raise DomainError(message, code="idempotency_key")
    body = unseal(SEALED, bytes(row.body).decode())
    response = HttpResponse(body, content_type="application/json", status=row.status)
    response.headers["Idempotent-Replayed"] = "true"
    return response
