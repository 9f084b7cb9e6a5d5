"""Hanging drafts on what they were dropped into: a message that is sent, an issue whose text is saved.

A file that hangs on something already is left where it is; a text that names it only links to it.
"""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from config import clock, markdown
from config.errors import DomainError
from files.enums import FileState, Place
from files.events import FileEvent
from files.models import File
from files.refusals import sentence
from files.services.telling import tell_all
from projects.models import Project

if TYPE_CHECKING:
    from chat.models import Message
    from issues.models import Issue

# What the worker looks at, or has found to be in order.
ARRIVED = {FileState.CHECKING, FileState.READY}
# As a link or a picture has it: the key, and the file.
ADDRESS = re.compile(f'href="{markdown.FILE.pattern}(?:view/)?"')
# A text that names more than so many drafts hangs the first of them.
MOST_NAMED = 100


def named_in(project: Project, text: str) -> list[UUID]:
    """Return the files of the project that a Markdown text shows or links to, each once; those in code do not count.

    A former key of the project names them as well, because its addresses lead on (one statement where there is one).
    """
    if "/files/" not in text:
        return []
    found = ADDRESS.findall(markdown.render(text))
    keys = _keys_of(project, {key for key, _uuid in found})
    return list(dict.fromkeys(UUID(uuid) for key, uuid in found if key in keys))[:MOST_NAMED]


def lock_drafts(
    actor: User, project: Project, chosen: Sequence[UUID], text: str = "", *, besides: int = 0
) -> list[File]:
    """Return the drafts that go with a message, under row locks taken in id order: those chosen, and those named in it.

    The caller holds the thread's lock; the message has `besides` files already. Raises DomainError, naming what is to
    be taken out, where there are too many, and where one that was chosen is not the actor's, gone, used already,
    refused, or still being sent.
    """
    wanted = list(dict.fromkeys(chosen))
    found = _locked(actor, project, [*wanted, *named_in(project, text)])
    _refuse_missing(actor, project, wanted, found)
    files = [file for file in found if file.uuid in wanted or file.state in {*ARRIVED, FileState.PENDING}]
    _refuse_many(len(files), besides)
    _refuse_unready(files)
    return files


def hang_on_message(actor: User, message: "Message", files: Sequence[File]) -> None:
    """Hang locked drafts on a message that is saved, and on its issue where it has one. Nobody is told: it is said."""
    for file in files:
        file.place, file.message, file.issue = Place.MESSAGE, message, message.thread.issue
    _save(actor, files)


def hang_named(actor: User, issue: "Issue", *texts: str) -> list[File]:
    """Hang the actor's drafts that texts of an issue name on it; returns those that hang now, for `tell_added`.

    Locks them in id order; the caller holds the issue's lock, or has just made it. Raises DomainError where one is
    still being sent; another's, or one that was refused, is passed over.
    """
    named = [uuid for text in texts for uuid in named_in(issue.project, text)]
    files = [file for file in _locked(actor, issue.project, named) if file.state in {*ARRIVED, FileState.PENDING}]
    _refuse_unready(files)
    for file in files:
        file.place, file.issue = Place.ISSUE, issue
    _save(actor, files)
    return files


def tell_added(actor: User, files: Iterable[File]) -> None:
    """Record that files were added to an issue, of those that are ready; the others are told of by the worker."""
    tell_all(FileEvent.ADDED, actor=actor, files=[file for file in files if file.state == FileState.READY])


def remove_with_message(actor: User, message: "Message") -> list[File]:
    """Remove the files of a message that is taken back, under their locks, without an event of their own."""
    rows = File.objects.select_for_update(of=("self",), no_key=True)
    files = list(rows.filter(message=message, removed_at__isnull=True).order_by("pk"))
    for file in files:
        file.removed_at, file.removed_by = clock.now(), actor
    _written(actor, files, ["removed_at", "removed_by"])
    return files


def _keys_of(project: Project, named: set[str]) -> set[str]:
    """Return those of the keys that the project has or had."""
    others = named - {project.key}
    former = project.keys.filter(key__in=others).values_list("key", flat=True) if others else ()
    return {project.key, *former}


def _locked(actor: User, project: Project, uuids: Sequence[UUID]) -> list[File]:
    """Lock the actor's drafts in a project, and return them in the order in which they were asked for."""
    if not uuids:
        return []
    rows = File.objects.select_for_update(of=("self",), no_key=True).filter(
        uploader=actor, project=project, place=Place.DRAFT, uuid__in=uuids, removed_at__isnull=True
    )
    found = {file.uuid: file for file in rows.order_by("pk")}
    for file in found.values():
        file.project = project
    return [found[uuid] for uuid in dict.fromkeys(uuids) if uuid in found]


def _refuse_many(count: int, besides: int) -> None:
    if count and count + besides > settings.FILES_PER_MESSAGE:
        message = _("A message takes at most %(most)d files, and this one has %(count)d. Send the rest with another.")
        counts = {"most": settings.FILES_PER_MESSAGE, "count": count + besides}
        raise DomainError(message % counts, code="too_many_files")


def _refuse_missing(actor: User, project: Project, wanted: Sequence[UUID], found: Sequence[File]) -> None:
    missing = [uuid for uuid in wanted if uuid not in {file.uuid for file in found}]
    if not missing:
        return
    used = File.objects.filter(uuid__in=missing, uploader=actor, project=project, removed_at__isnull=True).first()
    if used is not None:
        message = _("%s was sent already. Take it out of this message; your text is kept.")
        raise DomainError(message % used.name, code="file_used")
    message = ngettext(
        "A file of this message is not there any more. Take out number %(numbers)s and add it again.",
        "Some files of this message are not there any more. Take out numbers %(numbers)s and add them again.",
        len(missing),
    )
    numbers = ", ".join(str(wanted.index(uuid) + 1) for uuid in missing)
    raise DomainError(message % {"numbers": numbers}, code="file_gone")


def _refuse_unready(files: Sequence[File]) -> None:
    for file in files:
        if file.state == FileState.PENDING:
            message = _("%s is still being sent. Wait for it, or take it out; your text is kept.")
            raise DomainError(message % file.name, code="file_pending")
        if file.state not in ARRIVED:
            why = sentence(file.refusal) if file.refusal else _("It is not there any more.")
            message = _("%(name)s was not accepted: %(why)s Take it out; your text is kept.")
            raise DomainError(message % {"name": file.name, "why": why}, code="file_refused")


def _save(actor: User, files: Sequence[File]) -> None:
    _written(actor, files, ["place", "message", "issue"])


def _written(actor: User, files: Sequence[File], fields: Sequence[str]) -> None:
    """Write fields of locked files and a history row of each: two statements, whatever their number."""
    if not files:
        return
    File.objects.bulk_update(files, fields)
    File.history.bulk_history_create(files, update=True, default_user=actor, default_date=clock.now())
