"""What befalls a file, written into its project's stream, so that open pages, history and inboxes hear of it."""

from collections.abc import Sequence
from typing import Any

from accounts.models import User
from files.access import project_of
from files.events import FileEvent, file_subject
from files.models import File
from notifications.services import Record, record_all
from projects.events import project_stream


def tell(kind: FileEvent, *, actor: User | None, file: File, **more: Any) -> None:
    """Record an event of a file that hangs on something of a project. Call it last: it locks the stream until commit.

    `more` goes into its data: `from` and `to` of a name, `refusal`.
    """
    tell_all(kind, actor=actor, files=[file], **more)


def tell_all(kind: FileEvent, *, actor: User | None, files: Sequence[File], **more: Any) -> None:
    """Record the same of several files of one project, in their order; nothing where there are none."""
    if files:
        said = [(subject_of(file), data_of(file) | more) for file in files]
        records = [Record(kind=kind, actor=actor, subject=subject, data=data) for subject, data in said]
        record_all(project_stream(project_of(files[0]).pk), records)


def subject_of(file: File) -> str:
    """Return under which subject a file's events stand: its issue's, its room's, otherwise its own."""
    if file.issue_id:
        return f"issue:{file.issue_id}"
    return f"room:{file.project_id}" if file.message_id else file_subject(file.pk)


def data_of(file: File) -> dict[str, Any]:
    """Return what every event of a file says of it: enough to name it, and to lead to it, without reading any row.

    A statement each where its project or its issue is not loaded.
    """
    key = project_of(file).key
    data: dict[str, Any] = {
        "file": file.pk,
        "uuid": str(file.uuid),
        "name": file.name,
        "size": file.size,
        "kind": str(file.kind),
        "issue": file.issue_id,
        "message": file.message_id,
        "project": key,
    }
    if file.issue is not None:
        data |= {"key": f"{key}-{file.issue.number}", "title": file.issue.title}
    return data
