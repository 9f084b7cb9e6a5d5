"""Files as they come to be: announced, put into the storage by whoever sends them, and checked by a worker."""

import io
import uuid
from typing import Any
from urllib.request import Request, urlopen

from PIL import Image

from accounts.models import User
from config import clock
from files.enums import Place
from files.models import File
from files.services.checking import check_now
from files.services.deleting import delete_due
from files.services.uploads import PUT_ENDS, Started, finish_upload, start_upload
from issues.models import Issue
from projects.models import Project

TEXT = b"line one\nline two\n"


def announce(actor: User, project: Project, name: str, content: bytes = TEXT, **more: Any) -> Started:
    """Announce a file of the project, of an issue, or a draft."""
    more = {"place": Place.ISSUE if more.get("issue") else Place.PROJECT, "client_id": uuid.uuid4()} | more
    return start_upload(actor=actor, project=project, name=name, size=len(content), **more)


def put(started: Started, content: bytes = TEXT) -> None:
    """Put the bytes where the signed address says, as a browser does."""
    assert started.put is not None
    request = Request(started.put.url, data=content, headers=started.put.headers, method="PUT")
    with urlopen(request, timeout=10):
        pass


def delete_late() -> int:
    """Have the worker delete what is to go, at a time when nobody can put anything there any more."""
    with clock.at(clock.now() + PUT_ENDS):
        return delete_due()


def send(actor: User, project: Project, name: str, content: bytes = TEXT, **more: Any) -> File:
    """Send a file all the way; it is ready, or refused, when this returns. Its project is loaded."""
    started = announce(actor, project, name, content, **more)
    put(started, content)
    file = check_now(finish_upload(actor=actor, file=started.file))
    file.project = project
    return file


def send_to(issue: Issue, name: str, content: bytes = TEXT, actor: User | None = None) -> File:
    """Send a file to an issue, by its project's owner unless somebody else is named."""
    return send(actor or issue.project.owner, issue.project, name, content, issue=issue)


def picture(width: int = 40, height: int = 30, format: str = "PNG", colour: str = "teal") -> bytes:  # noqa: A002
    """Return a picture's bytes."""
    target = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(target, format)
    return target.getvalue()
