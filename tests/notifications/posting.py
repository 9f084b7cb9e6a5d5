"""Mails that wait, as the dispatcher writes them, and an SMTP server that does to them whatever a test wants."""

import asyncio
import uuid
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from chat.queries import discussion_of, room_of
from chat.services.messages import post_message
from config import clock
from issues.models import Issue
from notifications.enums import Channel, NoticeKind, Reason
from notifications.ledger import new_message_id
from notifications.models import Delivery, Entry
from tests.config.stacks import free_port
from tests.notifications.entries import newest_event, tell


def say(author: Any, about: Any, body: str) -> Any:
    """Write a message on an issue, or in the room of a project."""
    thread = discussion_of(about) if isinstance(about, Issue) else room_of(about)
    return post_message(actor=author, thread=thread, body=body, client_id=uuid.uuid4())


def told_of_message(
    person: Any, author: Any, about: Any, body: str = "Seen on the *second* try.", **fields: Any
) -> Entry:
    """Write a message, and the entry by which a person is told of it."""
    say(author, about, body)
    project = about.project if isinstance(about, Issue) else about
    event = newest_event(project, "message.posted")
    fields.setdefault("kind", NoticeKind.COMMENTED if isinstance(about, Issue) else NoticeKind.ROOM_MESSAGE)
    fields.setdefault("reasons", (Reason.WATCHING,))
    return tell(person, about, event=event, **fields)


def waiting_mail(*entries: Entry, channel: str = Channel.EMAIL, topic: str = "", **fields: Any) -> Delivery:
    """Write a mail with these entries that is due."""
    first = entries[0]
    place = f"issue:{first.issue_id}" if first.issue_id else f"project:{first.project_id}"
    fields.setdefault("next_at", clock.now() - timedelta(seconds=1))
    mail = Delivery.objects.create(
        person=first.person,
        channel=channel,
        topic=topic or ("digest" if channel == Channel.DIGEST else place),
        message_id=new_message_id(),
        **fields,
    )
    mail.entries.set(entries)
    return mail


class Server:
    """An SMTP server on loopback. `answers` says what it does at RCPT or DATA with mails for an address, or for all.

    An answer is a line such as `451 later`; `drop` takes the mail and hangs up, `hang` never answers.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.taken: list[tuple[str, EmailMessage]] = []
        self.at_rcpt: dict[str, str] = {}
        self.at_data: dict[str, str] = {}
        self.connections = 0
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        if self._controller.loop.is_running():
            self._controller.stop()

    @property
    def recipients(self) -> list[str]:
        """To whom the mails that were taken went, in their order."""
        return [address for address, _mail in self.taken]

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, host: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = host
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refused := self.at_rcpt.get(address):
            return refused
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        address = envelope.rcpt_tos[0]
        answer = self.at_data.get(address) or self.at_data.get("all") or "250 taken"
        if answer == "hang":
            await asyncio.sleep(3)
        if answer in {"drop", "250 taken", "hang"}:
            mail = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
            self.taken += [(to, mail) for to in envelope.rcpt_tos]  # type: ignore[misc]
        if answer == "drop" and server.transport:
            server.transport.abort()
        return answer if answer[0] in "45" else "250 taken"
