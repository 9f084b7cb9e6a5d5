"""The SMTP server of the mailbox: `python -m config.mailbox.server HOST:PORT FOLDER`. It takes every mail."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

from config.mailbox.store import Mailbox

LARGEST = 10 * 1024 * 1024


class Keeper:
    """Keeps what it is given."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        """Keep a mail before the sender is told that it was taken."""
        self.mailbox.keep(envelope.original_content or b"", envelope.rcpt_tos)
        return "250 kept"


async def serve(host: str, port: int, mailbox: Mailbox) -> None:
    """Take mails until SIGTERM or SIGINT."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, done.set)
    keeper = Keeper(mailbox)
    server = await loop.create_server(
        lambda: SMTP(keeper, data_size_limit=LARGEST, enable_SMTPUTF8=True, ident="Plumbline", loop=loop), host, port
    )
    try:
        await done.wait()
    finally:
        server.close()


def main(arguments: list[str]) -> None:
    """Serve the address and folder of the command line."""
    address, folder = arguments
    host, _colon, port = address.rpartition(":")
    asyncio.run(serve(host, int(port), Mailbox(Path(folder))))


if __name__ == "__main__":
    main(sys.argv[1:])
