"""Renaming a file, removing it, bringing it back, and removing it for good."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from config.errors import DomainError, PermissionRefused
from config.http import page_or_fragment, render_fragment, safe_next
from files.access import project_of, require_change
from files.cards import card_of
from files.forms import RenameForm
from files.http import open_any_file, open_file
from files.models import File
from files.services.keeping import purge_file, remove_file, rename_file, restore_file
from projects.access import require
from projects.http import MemberRequest, project_page
from projects.permissions import Perm


@project_page("files")
@require_http_methods(["GET", "HEAD", "POST"])
def file_rename(request: MemberRequest, key: str, uuid: UUID) -> HttpResponse:
    """Give a file another name, or show the form for it. A refused name stays in the form."""
    file = open_file(request, key, uuid)
    require_change(file, request.user)
    if request.method != "POST":
        return _form(request, file, RenameForm(initial={"name": file.name}))
    form = RenameForm(request.POST)
    if not form.is_valid():
        return _form(request, file, form, 422)
    try:
        file = rename_file(actor=request.user, file=file, name=form.cleaned_data["name"])
    except PermissionRefused:
        raise
    except DomainError as error:
        form.add_error("name", str(error))
        return _form(request, file, form, error.status)
    if request.htmx:
        return _telling(HttpResponse(status=204), file)
    messages.success(request, _("It is called %s now.") % file.name)
    return redirect(safe_next(request, _page_of(file)))


@project_page("files")
@require_POST
def file_remove(request: MemberRequest, key: str, uuid: UUID) -> HttpResponse:
    """Take a file away; a toast offers to undo it. Whoever was faster has done the same."""
    file = remove_file(actor=request.user, file=open_any_file(request, key, uuid))
    words = _("%s was removed.") % file.name
    if request.htmx:
        response = render_fragment(request, "files/removed.html", "toast", {"card": card_of(file), "words": words})
        return _telling(response, file, gone=True)
    messages.success(request, words, extra_tags=f"undo:{card_of(file).path}restore/")
    return redirect(safe_next(request, _page_of(file)))


@project_page("files")
@require_POST
def file_restore(request: MemberRequest, key: str, uuid: UUID) -> HttpResponse:
    """Bring a removed file back to where it stood."""
    file = restore_file(actor=request.user, file=open_any_file(request, key, uuid))
    words = _("%s is back.") % file.name
    if request.htmx:
        return _telling(HttpResponse(status=204), file, toast={"kind": "ok", "title": words})
    messages.success(request, words)
    return redirect(safe_next(request, _page_of(file)))


@project_page("files")
@require_http_methods(["GET", "HEAD", "POST"])
def file_purge(request: MemberRequest, key: str, uuid: UUID) -> HttpResponse:
    """Remove a file for good; a GET asks whether that is meant."""
    file = open_any_file(request, key, uuid, in_trash=True)
    require(project_of(file), request.user, Perm.DELETE_FILE)
    if request.method != "POST":
        return page_or_fragment(request, "files/purge.html", "dialog", {"file": file, "card": card_of(file)})
    purge_file(actor=request.user, file=file)
    words = _("%s is gone for good.") % file.name
    if request.htmx:
        response = render_fragment(request, "files/removed.html", "gone", {"card": card_of(file)})
        return _telling(response, file, gone=True, toast={"kind": "ok", "title": words})
    messages.success(request, words)
    return redirect(_page_of(file))


def _page_of(file: File) -> str:
    return f"{project_of(file).url}files/"


def _form(request: MemberRequest, file: File, form: RenameForm, status: int = 200) -> HttpResponse:
    context = {"file": file, "card": card_of(file), "form": form}
    response = page_or_fragment(request, "files/rename.html", "dialog", context, status=status)
    if request.htmx and status != 200:  # noqa: PLR2004
        # The form asked to replace nothing; refused, it replaces itself.
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#dialogs", "innerHTML"
    return response


def _telling(response: HttpResponse, file: File, *, gone: bool = False, **more: Any) -> HttpResponse:
    """Let the page's scripts hear of it: `file-changed`, with the file, and whether it left where it stood."""
    told = {"file-changed": {"file": str(file.uuid), "gone": gone}} | more
    response.headers["HX-Trigger"] = json.dumps(told)
    return response
