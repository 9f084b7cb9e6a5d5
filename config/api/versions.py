"""Which state of a thing a write was based on: `version` in the body, or the header `If-Match: "7"`."""

import re

from django.http import HttpRequest
from django.utils.translation import gettext as _

from config.errors import DomainError

HEADER = "If-Match"
_ETAG = re.compile(r'\A(?:W/)?"(\d{1,9})"\Z')


def version_of(request: HttpRequest, sent: int | None) -> int:
    """Return the version that a write was based on; raises DomainError where none was sent, or two that differ.

    Whether it is still the current one is for the service to say.
    """
    header = request.headers.get(HEADER, "").strip()
    found = _ETAG.match(header)
    if header and not found:
        raise _wrong(_('If-Match holds the version in quotation marks, such as "7".'))
    told = {int(found[1])} if found else set()
    told |= {sent} if sent is not None else set()
    if len(told) > 1:
        raise _wrong(_("If-Match and the field version name two versions. Send one of them."))
    if not told:
        raise _wrong(_('Say which version you changed: as version in the body, or as the header If-Match: "7".'))
    return told.pop()


def tell_version(request: HttpRequest, version: int) -> None:
    """Have the answer name the version of what it shows, as its ETag."""
    request.api_version = version  # type: ignore[attr-defined]


def _wrong(sentence: str) -> DomainError:
    return DomainError(sentence, code="version", context={"fields": {"version": [sentence]}})
