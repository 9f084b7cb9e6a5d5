"""Drafts, and what they hang on: shared by the tests of messages, issues and notifications."""

from typing import Any

from accounts.models import User
from files.enums import Place
from files.models import File
from files.services.uploads import finish_upload
from projects.models import Project
from tests.files.sending import announce, picture, put, send


def draft(actor: User, project: Project, name: str = "notes.txt", **more: Any) -> File:
    """Send a draft all the way: ready, and hung on nothing."""
    content = {"content": picture()} if name.endswith(".png") else {}
    return send(actor, project, name, **({"place": Place.DRAFT} | content | more))


def pending(actor: User, project: Project, name: str = "slow.txt") -> File:
    """Announce a draft whose bytes have not come."""
    file = announce(actor, project, name, place=Place.DRAFT).file
    file.project = project
    return file


def unchecked(actor: User, project: Project, name: str = "fresh.txt") -> File:
    """Send a draft that no worker has looked at."""
    started = announce(actor, project, name, place=Place.DRAFT)
    put(started)
    file = finish_upload(actor=actor, file=started.file)
    file.project = project
    return file


def path_of(file: File) -> str:
    """Return a file's address."""
    assert file.project is not None
    return f"/{file.project.key}/files/{file.uuid}/"


def shown(file: File) -> str:
    """Return the Markdown that shows a file as a picture."""
    return f"![{file.name}]({path_of(file)})"


def linked(file: File) -> str:
    """Return the Markdown that links to a file."""
    return f"[{file.name}]({path_of(file)})"


def again(file: File) -> File:
    """Return the file as the database has it."""
    return File.objects.select_related("project", "issue", "message").get(pk=file.pk)


def hung(file: File) -> tuple[str, str | None, int | None]:
    """Return where a file hangs: its place, the key of its issue, the id of its message."""
    now = again(file)
    key = f"{now.project.key}-{now.issue.number}" if now.project and now.issue else None
    return now.place, key, now.message_id
