"""The files of the demo projects, from stories/files.toml; left out where there is no file storage.

A file has a `name`, `by`, and `text`, or a `drawing` of issues/demo/drawings.py. One with a `place` (a project's key,
the name of an issue, or `avatar`) and a `when` is sent there; one without goes with the message of the talk that names
it.
"""

import hashlib
import io
import tomllib
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from config.errors import DomainError
from files import storage
from files.enums import Place
from files.models import File
from files.services.checking import check_now
from files.services.uploads import finish_upload, start_upload
from issues.demo import stories
from issues.demo.calendar import Calendar
from issues.demo.drawings import draw
from issues.models import Issue
from projects.models import Project


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One file of the story."""

    name: str
    by: str
    place: str = ""
    when: str = ""
    text: str = ""
    drawing: str = ""

    @property
    def content(self) -> bytes:
        """Its bytes."""
        return draw(self.drawing) if self.drawing else self.text.encode()


def read() -> dict[str, Sent]:
    """Read the story: files by their names."""
    data = tomllib.loads((stories.FOLDER / "files.toml").read_text())
    return {row["name"]: Sent(**row) for row in data["file"]}


class Sender:
    """Sends the files of the story, each at its time; `keys` are the issues by the names of their stories."""

    def __init__(self, people: Mapping[str, User], projects: Mapping[str, Project], keys: Mapping[str, str]) -> None:
        self.people, self.projects, self.keys = people, projects, keys
        self.files = read() if settings.S3_BUCKET else {}

    def steps(self, calendar: Calendar) -> Iterator[tuple[datetime, Callable[[], object]]]:
        """Yield when files are sent to projects and issues."""
        for sent in self.files.values():
            if sent.place:
                yield calendar.at(sent.when), partial(self._send, sent)

    def drafts(self, names: Sequence[str], project: Project) -> list[uuid.UUID]:
        """Send the files that go with a message, and return what the message names them by."""
        found = [self.files[name] for name in names if name in self.files]
        return [self._sent(sent, project, Place.DRAFT).uuid for sent in found]

    def _send(self, sent: Sent) -> None:
        if sent.place == Place.AVATAR:
            self._sent(sent, None, Place.AVATAR)
            return
        if sent.place.isupper():
            self._sent(sent, self.projects[sent.place], Place.PROJECT)
            return
        key, _dash, number = self.keys[sent.place].partition("-")
        issue = Issue.objects.defer("search").get(project=self.projects[key], number=number)
        self._sent(sent, self.projects[key], Place.ISSUE, issue)

    def _sent(self, sent: Sent, project: Project | None, place: Place, issue: Issue | None = None) -> File:
        """Send a file all the way. Raises DomainError where the storage does not answer, or the file is refused."""
        actor, content = self.people[sent.by], sent.content
        file = start_upload(
            actor=actor,
            project=project,
            place=place,
            issue=issue,
            name=sent.name,
            size=len(content),
            client_id=uuid.uuid4(),
        ).file
        digest = hashlib.sha256(content).hexdigest()
        try:
            storage.upload(
                file.incoming_key, io.BytesIO(content), type=file.declared_type, sha256=digest, size=len(content)
            )
        except storage.StorageError as error:
            raise DomainError(_("The file storage does not take files: %s.") % error) from error
        file = check_now(finish_upload(actor=actor, file=file))
        if not file.is_readable:
            raise DomainError(_("%(name)s was not accepted: %(why)s") % {"name": file.name, "why": file.state})
        return file
