"""What is said in the load of the benchmarks: every tenth issue has a few messages, every room a hundred.

Rows are written in bulk, but they are what the services would have left: numbers without gaps, a history row for each
message, and an event.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from accounts.models import User
from chat.events import MessageEvent, room_subject
from chat.models import Message, Thread
from chat.services.threads import message_data
from issues.demo.words import Words
from issues.events import issue_subject
from issues.models import Issue
from notifications.services import Record
from projects.models import Project

EVERY = 10
ON_ISSUE, IN_ROOM = 3, 100
ROOM_SPAN = timedelta(days=30)
Told = tuple[datetime, Record]


@dataclass
class Chatter:
    """Writes the talk of one project; `words` gives the texts."""

    project: Project
    people: list[User]
    words: Words
    random: Random
    now: datetime

    def write(self, issues: list[Issue]) -> list[Told]:
        """Write threads, messages and their history; returns the events, which the caller records with all others."""
        spoken = issues[::EVERY]
        threads = [Thread(project=self.project, seq=IN_ROOM, message_count=IN_ROOM)]
        threads += [Thread(project=self.project, issue=issue, seq=ON_ISSUE, message_count=ON_ISSUE) for issue in spoken]
        Thread.objects.bulk_create(threads, batch_size=500)
        messages = [message for thread in threads for message in self._messages(thread)]
        Message.objects.bulk_create(messages, batch_size=500)
        _write_history(messages)
        return [(message.at, _record(message)) for message in messages]

    def _messages(self, thread: Thread) -> Iterator[Message]:
        began = thread.issue.created_at if thread.issue else self.now - ROOM_SPAN
        span = min(self.now - began, ROOM_SPAN)
        moments = sorted(began + span * self.random.random() for _message in range(thread.seq))
        for seq, moment in enumerate(moments, 1):
            author = self.random.choice(self.people)
            yield Message(thread=thread, seq=seq, author=author, body=self._text(), at=moment)

    def _text(self) -> str:
        words = self.words.title()
        return f"{words} @{self.random.choice(self.people).username}" if self.random.random() < 0.1 else words  # noqa: PLR2004


def _write_history(messages: list[Message]) -> None:
    model: Any = Message.history.model
    names = [field.attname for field in model.tracked_fields]
    rows = []
    for message in messages:
        values = {name: getattr(message, name) for name in names}
        rows.append(model(**values, history_date=message.at, history_type="+", history_user_id=message.author_id))
    model.objects.bulk_create(rows, batch_size=500)


def _record(message: Message) -> Record:
    thread = message.thread
    subject = issue_subject(thread.issue_id) if thread.issue_id else room_subject(thread.project_id)
    data = message_data(message, thread) | {"mentions": []}
    return Record(kind=MessageEvent.POSTED, actor=message.author, subject=subject, data=data)
