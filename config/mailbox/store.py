"""A folder of mails, one file each, named by the moment at which they came; the newest KEEP are kept."""

import contextlib
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path

KEEP = 500
NAME = re.compile(r"\d{8}T\d{6}-\d{6}-[0-9a-f]{8}")
FORMAT = "%Y%m%dT%H%M%S-%f"
# To whom the server was told to give it, as a mail server notes it.
DELIVERED = "Delivered-To"


@dataclass(frozen=True)
class Kept:
    """A mail of the folder, as much of it as was read."""

    name: str
    mail: EmailMessage

    @property
    def at(self) -> datetime:
        """When it came."""
        return datetime.strptime(self.name.rpartition("-")[0], FORMAT).replace(tzinfo=UTC)

    @property
    def subject(self) -> str:
        """What it is about."""
        return str(self.mail.get("Subject", ""))

    @property
    def recipients(self) -> list[str]:
        """To whom it went."""
        return [str(value) for value in self.mail.get_all(DELIVERED, [])]

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Its headers in their order."""
        return [(name, str(value)) for name, value in self.mail.items()]

    def part(self, kind: str) -> str:
        """Return its text (`plain`) or its `html`; empty where it has none."""
        body = self.mail.get_body((kind,))
        return str(body.get_content()) if body is not None else ""


class Mailbox:
    """The mails below a folder, which is made with the first of them and is its owner's alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, content: bytes, recipients: Sequence[str]) -> str:
        """Write a mail in one step, so that no reader meets half of it; let the oldest go. Returns its name."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{datetime.now(UTC).strftime(FORMAT)}-{secrets.token_hex(4)}"
        head = b"".join(f"{DELIVERED}: {address}\r\n".encode() for address in recipients)
        draft = self.folder / f"{name}.new"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(head + content)
        draft.rename(self.folder / f"{name}.eml")
        for old in self.names()[KEEP:]:
            with contextlib.suppress(FileNotFoundError):
                (self.folder / f"{old}.eml").unlink()
        return name

    def names(self) -> list[str]:
        """Return the names of all mails, the newest first."""
        found = (path.stem for path in self.folder.glob("*.eml"))
        return sorted(filter(NAME.fullmatch, found), reverse=True)

    def newest(self, limit: int, recipient: str = "") -> list[Kept]:
        """Return the newest mails with their headers only, or the newest that went to an address that holds a text."""
        found: list[Kept] = []
        for name in self.names():
            if len(found) == limit:
                break
            if (kept := self._headers(name)) and any(recipient.lower() in to.lower() for to in kept.recipients or [""]):
                found.append(kept)
        return found

    def read(self, name: str) -> Kept | None:
        """Return a whole mail; None where there is none of this name."""
        content = self.source(name)
        return Kept(name, message_from_bytes(content, policy=policy.default)) if content else None

    def source(self, name: str) -> bytes | None:
        """Return a mail as it came; None where there is none of this name."""
        if not NAME.fullmatch(name):
            return None
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / f"{name}.eml").read_bytes()
        return None

    def _headers(self, name: str) -> Kept | None:
        with contextlib.suppress(FileNotFoundError), (self.folder / f"{name}.eml").open("rb") as file:
            return Kept(name, BytesHeaderParser(policy=policy.default).parse(file))
        return None
