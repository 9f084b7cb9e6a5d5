"""What is said in the demo projects, from stories/talk.toml.

A message has a `place` (a project's key for its room, or the name of an issue), `when` (working days ago and a time of
day in UTC, such as `4 15:58`; for today minutes ago, such as `0 31`), `by` and `text`. `@ana` stands for the username
of the person whom the stories call so, `<<name>>` for the key of an issue. It may have a `name`, by which another's
`reply` finds it, `signs` (who and what), `files` (of stories/files.toml, of the same person), an `edit` (its later
text) and `delete`.
"""

import re
import tomllib
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from accounts.models import User
from chat.models import Message, Thread
from chat.queries import discussion_of, room_of
from chat.services.messages import delete_message, edit_message, post_message
from chat.services.reactions import react
from chat.services.reading import mark_read
from config import clock
from issues.demo import stories
from issues.demo.files import Sender
from issues.models import Issue
from projects.models import Membership, Project

# Everyone has read what is older than this; the rest is new to all but who wrote it.
READ = timedelta(minutes=100)
NAMESPACE = uuid.UUID("5a1c2f60-7f0e-4a56-9c7e-0d6c1f1d2b3a")


@dataclass(frozen=True, kw_only=True)
class Said:
    """One message of the story."""

    place: str
    when: str
    by: str
    text: str
    name: str = ""
    reply: str = ""
    signs: Sequence[str] = ()
    edit: str = ""
    delete: bool = False
    files: Sequence[str] = ()

    @property
    def key(self) -> str:
        """What the message is called, in the story or by its place and time."""
        return self.name or f"{self.place} {self.when} {self.by}"

    @property
    def is_in_room(self) -> bool:
        """Say whether it stands in the room of a project."""
        return self.place.isupper()


def read() -> list[Said]:
    """Read the story."""
    data = tomllib.loads((stories.FOLDER / "talk.toml").read_text())
    return [Said(**row | {"text": row["text"].strip()}) for row in data["message"]]


class Talk:
    """Says what the story has, each at its time; `keys` are the issues by the names of their stories."""

    def __init__(
        self, people: Mapping[str, User], projects: Mapping[str, Project], keys: Mapping[str, str], sender: Sender
    ) -> None:
        self.people, self.projects, self.keys, self.sender = people, projects, keys, sender
        self.messages: dict[str, Message] = {}

    def steps(self, said: Said, began: datetime) -> Iterator[tuple[datetime, Callable[[], object]]]:
        """Yield what happens with a message and when: it is sent, and within minutes seen, edited or taken back."""
        yield began, partial(self._say, said)
        for minutes, sign in enumerate(said.signs, 2):
            yield began + timedelta(minutes=minutes), partial(self._react, said, *sign.split(" "))
        author, soon = self.people[said.by], began + timedelta(minutes=3)
        if said.edit:
            text = self._text(said.edit)
            yield soon, lambda: edit_message(actor=author, message=self.messages[said.key], body=text)
        if said.delete:
            yield soon, lambda: delete_message(actor=author, message=self.messages[said.key])

    def _say(self, said: Said) -> None:
        thread = self._thread(said)
        self.messages[said.key] = post_message(
            actor=self.people[said.by],
            thread=thread,
            body=self._text(said.text),
            client_id=uuid.uuid5(NAMESPACE, said.key),
            reply_to=self.messages.get(said.reply),
            files=self.sender.drafts(said.files, thread.project),
        )

    def _react(self, said: Said, who: str, emoji: str) -> None:
        react(actor=self.people[who], message=self.messages[said.key], emoji=emoji)

    def _thread(self, said: Said) -> Thread:
        if said.is_in_room:
            return room_of(self.projects[said.place])
        key, _dash, number = self.keys[said.place].partition("-")
        project = self.projects[key]
        issue = Issue.objects.defer("search").get(project=project, number=number)
        issue.project = project
        return discussion_of(issue)

    def _text(self, text: str) -> str:
        text = re.sub(r"<<([\w-]+)>>", lambda found: self.keys[found[1]], text)
        return re.sub(r"@([a-z]+)", lambda found: f"@{self.people[found[1]].username}", text)


def read_up(projects: Sequence[Project], now: datetime) -> None:
    """Let every member have read what was said until READ ago."""
    with clock.at(now - READ):
        for thread, seq in _read(projects, now - READ):
            for member in Membership.objects.filter(project=thread.project).select_related("person"):
                mark_read(person=member.person, thread=thread, seq=seq)


def _read(projects: Sequence[Project], until: datetime) -> Iterator[tuple[Thread, int]]:
    for thread in Thread.objects.filter(project__in=projects).select_related("project"):
        yield thread, thread.messages.filter(at__lte=until).count()
