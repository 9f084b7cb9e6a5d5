"""What all views of files have in common."""

import json
from typing import Any, cast
from uuid import UUID

from django import forms
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from config.errors import DomainError, PermissionRefused
from config.http import page_or_fragment
from files.access import get_file_or_404, perm_for, project_of
from files.cards import Card, card_html, card_of
from files.models import File
from files.services.uploads import Started
from projects.access import require
from projects.http import ProjectRequest


class Unreadable(DomainError):
    """The request is not what its address takes. Only a script that is wrong or old sends such a one."""

    status = 400
    code = "unreadable"


class TooLong(DomainError):
    """More was sent than a request may hold. Only a script that is wrong, or worse, sends so much."""

    status = 413
    code = "too_long"


def open_file(request: HttpRequest, key: str, uuid: UUID, *, removed: bool = False, in_trash: bool = False) -> File:
    """Return the file by its access function and note its project as the one that the rail shows open."""
    file = get_file_or_404(request.user, key, uuid, removed=removed, in_trash=in_trash)
    cast(ProjectRequest, request).project = project_of(file)
    return file


def open_upload(request: HttpRequest, key: str, uuid: UUID) -> File:
    """Return a file to who sends it, while they may; Http404, or PermissionRefused for everyone else."""
    file = open_file(request, key, uuid)
    require(project_of(file), request.user, perm_for(file.place))
    if file.uploader_id != request.user.pk:
        message = _("%(name)s sends this file; only they can say whether it has arrived.")
        raise PermissionRefused(message % {"name": file.uploader.name})
    return file


def sent_json(request: HttpRequest) -> dict[str, Any]:
    """Return the object that was sent as JSON, or raise Unreadable, or TooLong beyond DATA_UPLOAD_MAX_MEMORY_SIZE."""
    try:
        found = json.loads(request.body)
    except RequestDataTooBig as error:
        # Django would log an error with all of its trace each time.
        raise TooLong(_("This page sent more than the site reads. Reload it and try again.")) from error
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Unreadable(_("This page sent something that cannot be read. Reload it and try again."))
    return found


def checked(form: forms.Form) -> dict[str, Any]:
    """Return what a form of a script holds, or raise DomainError with the first thing that is wrong."""
    if form.is_valid():
        return form.cleaned_data
    field, problems = next(iter(form.errors.items()))
    words = str(problems[0]) if field == "__all__" else f"{field}: {problems[0]}"
    raise DomainError(words, code="invalid")


def file_json(file: File) -> dict[str, Any]:
    """Return what a script is told of a file. `view` is empty where no page shows it, `thumb` where there is none."""
    card: Card = card_of(file)
    return {
        "uuid": str(card.uuid),
        "name": card.name,
        "size": card.size,
        "kind": card.kind,
        "type": card.type,
        "state": card.state,
        "refusal": str(card.sentence) if card.refusal else "",
        "url": card.path,
        "view": card.url if card.is_shown else "",
        "thumb": card.thumb,
        "markdown": card.markdown,
        "html": card_html(card),
    }


def started_json(started: Started, path: str, told: dict[str, Any]) -> dict[str, Any]:
    """Return what a script is told of a file that it may send: where it puts the bytes, and what it calls then.

    `path` is the file's address, `told` what is said of the file itself.
    """
    put = started.put and {"url": started.put.url, "headers": started.put.headers}
    return {"file": told, "put": put, **{step: f"{path}{step}/" for step in ("finish", "cancel", "state")}}


def open_any_file(request: HttpRequest, key: str, uuid: UUID, *, in_trash: bool = False) -> File:
    """Return the file whether or not it was removed. Raises Http404 as `open_file` does."""
    try:
        return open_file(request, key, uuid, in_trash=in_trash)
    except Http404:
        return open_file(request, key, uuid, removed=True, in_trash=in_trash)


def refuse_absent(request: HttpRequest, file: File) -> HttpResponse | None:
    """Answer for a file whose bytes cannot be had: 409 while it is being checked, 410 where it is gone; else None."""
    if file.is_readable:
        return None
    card = card_of(file)
    status = 410 if file.removed_at or not card.is_coming else 409
    return page_or_fragment(request, "files/absent.html", "panel_body", {"file": file, "card": card}, status=status)


def send_away(url: str) -> HttpResponse:
    """Send the browser to a signed address. Nothing on the way keeps it: no cache, no Referer."""
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return HttpResponseRedirect(url, headers=headers)
