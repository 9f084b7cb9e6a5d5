"""An SMTP server that behaves as badly as real ones: refuses, is slow, hangs up after it has taken a mail."""

import asyncio
import threading
import time
from collections import Counter
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.config.stacks import free_port

OK = "250 taken"


class Postbox:
    """Keeps what it took, by Message-ID. `mood` decides what it does with the next mail.

    kind: takes it · refuse: 451 · drop: takes it and hangs up before saying so · slow: waits 3 s · bad: 550 for `bad`.
    """

    def __init__(self) -> None:
        self.taken: list[tuple[float, str, str]] = []
        self.mood = "kind"
        self.bad = ""
        self.port = free_port()
        self._lock = threading.Lock()
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        """EMAIL_URL of the site."""
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Listen no more: connections are refused."""
        if self._controller:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Refuse the bad recipient."""
        if self.mood == "bad" and address == self.bad:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail, in the present mood."""
        if self.mood == "refuse":
            return "451 try again later"
        if self.mood == "slow":
            await asyncio.sleep(3)
        mail: Any = message_from_bytes(envelope.content or b"")
        with self._lock:
            self.taken += [(time.monotonic(), address, str(mail["Message-ID"])) for address in envelope.rcpt_tos]
        if self.mood == "drop" and server.transport:
            server.transport.abort()
        return OK

    def doubles(self) -> int:
        """Return how many mails were taken a second time."""
        return sum(times - 1 for times in Counter(self.taken_keys()).values())

    def taken_keys(self) -> list[tuple[str, str]]:
        """Return recipient and Message-ID of every mail that was taken."""
        with self._lock:
            return [(address, mail) for _at, address, mail in self.taken]
