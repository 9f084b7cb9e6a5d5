"""People's pictures and projects' icons as they come to be."""

import uuid

from accounts.models import User
from files.models import File
from files.services.checking import check_now
from files.services.portraits import start_portrait
from files.services.uploads import finish_upload
from projects.models import Project
from tests.files.sending import picture, put


def on_its_way(
    person: User, project: Project | None = None, content: bytes | None = None, name: str = "face.png"
) -> File:
    """Send a picture as far as to where a worker is to look at it."""
    content = picture() if content is None else content
    started = start_portrait(actor=person, project=project, name=name, size=len(content), client_id=uuid.uuid4())
    put(started, content)
    return finish_upload(actor=person, file=started.file)


def avatar(person: User, **more: bytes) -> File:
    """Give a person a picture, and return its file."""
    return check_now(on_its_way(person, **more))


def icon(person: User, project: Project, **more: bytes) -> File:
    """Give a project an icon, and return its file."""
    return check_now(on_its_way(person, project, **more))
