"""What the log says of files: the one place that writes their events, so that all of them say the same."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from files.access import project_of
from files.events import FileEvent, file_subject
from files.models import File
from notifications.services import Record, record_all
from projects.events import project_stream

if TYPE_CHECKING:
    from accounts.models import User


def record_files(actor: "User | None", kind: FileEvent, files: Sequence[File], **more: Any) -> None:
    """Append one event for each file of one project, whose project is loaded. Call it last: it holds the stream's lock.

    A statement more for each issue that is not loaded. `more` is what the kind says besides.
    """
    if not files:
        return
    records = [Record(kind=kind, actor=actor, subject=subject_of(file), data=data_of(file) | more) for file in files]
    record_all(project_stream(project_of(files[0]).pk), records)


def subject_of(file: File) -> str:
    """Return what an event of a file is about: its issue, else the room that it was sent to, else the file itself."""
    if file.issue_id:
        return f"issue:{file.issue_id}"
    return f"room:{file.project_id}" if file.message_id else file_subject(file.pk)


def data_of(file: File) -> dict[str, Any]:
    """Return what an event keeps of a file: enough to name it and to lead to it without reading any row."""
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
