"""A person's data as one ZIP file, made piece by piece while it is sent: no copy of it lies anywhere afterwards.

Each app says what is the person's (accounts/hooks.py, `exports`), and reads it in steps, so that neither memory nor
the time of a statement grows with what somebody wrote. Rights are asked for at each step.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts.events import INSTANCE, AccountEvent, person_subject
from accounts.hooks import exporters
from accounts.limits import HOUR, Limit, spend
from accounts.models import User
from accounts.standing import require_factor
from config import clock
from config.sealing import seal, unseal
from notifications.services import record

EXPORT = Limit("export", 5, HOUR)
# A link may be opened again where a download broke off.
EXPORT_BY_LINK = Limit("export-by-link", 10, HOUR)
LINK_SECONDS = 600
SEALED = "link of an export"
# Enough to compress well; a browser shows its progress in steps of this.
PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Offer:
    """The secret part of a link to an export, and until when it is good."""

    token: str
    until: datetime


@transaction.atomic
def start_export(*, actor: User) -> Iterator[bytes]:
    """Record that the person takes their data along, and return the pieces of the file. Raises TooMany."""
    _note(actor)
    return pieces_of(actor)


@transaction.atomic
def offer_export(*, actor: User) -> Offer:
    """Record that the person takes their data along, and return the link for it. Raises TooMany.

    Whoever has the link has the data, for LINK_SECONDS: for programs, which cannot follow a page. A new password ends
    it at once, and so does deactivation.
    """
    _note(actor)
    until = clock.now() + timedelta(seconds=LINK_SECONDS)
    told = {"person": actor.pk, "until": until.timestamp(), "proof": actor.get_session_auth_hash()}
    return Offer(seal(SEALED, json.dumps(told)), until)


def open_offer(token: str) -> tuple[User, Iterator[bytes]] | None:
    """Return whose data a link leads to, and the pieces of the file; None where it leads to nothing (any more).

    Raises TooMany, and PermissionRefused for who must set up a second factor before anything else.
    """
    try:
        told = json.loads(unseal(SEALED, token))
    except ValueError:
        return None
    person = User.objects.filter(pk=told["person"], is_active=True).first()
    if person is None or told["until"] < clock.now().timestamp():
        return None
    if not constant_time_compare(told["proof"], person.get_session_auth_hash()):
        return None
    require_factor(person)
    spend(EXPORT_BY_LINK, f"person:{person.pk}")
    return person, pieces_of(person)


def name_of(person: User) -> str:
    """Return what the file of an export is called."""
    return f"plumbline-{person.username}-{clock.now():%Y-%m-%d}.zip"


def _note(actor: User) -> None:
    spend(EXPORT, f"person:{actor.pk}")
    record(INSTANCE, kind=AccountEvent.EXPORTED, actor=actor, subject=person_subject(actor.pk), data={})


class _Pipe(io.RawIOBase):
    """What a ZIP is written to: it keeps what has not been taken."""

    def __init__(self) -> None:
        self.kept = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self.kept += piece
        return len(piece)

    def take(self) -> bytes:
        taken, self.kept = bytes(self.kept), bytearray()
        return taken


def pieces_of(person: User) -> Iterator[bytes]:
    """Return the ZIP of all that the apps export for the person, in pieces."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, export in sorted(exporters.items()):
            with archive.open(_entry(f"{name}.json"), "w", force_zip64=True) as entry:
                for text in _texts(export(person)):
                    entry.write(text.encode())
                    if len(pipe.kept) >= PIECE:
                        yield pipe.take()
        archive.writestr(_entry("README.txt"), _words(person))
    yield pipe.take()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, clock.now().timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _texts(content: Any) -> Iterator[str]:
    """Return content as JSON, in pieces where it is an iterator of rows."""
    if not isinstance(content, Iterator):
        yield _json(content)
        return
    yield "[\n"
    for number, row in enumerate(content):
        yield (",\n" if number else "") + _json(row)
    yield "\n]\n"


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)


def _words(person: User) -> str:
    lines = [
        _("The data of %(name)s at Plumbline, taken along on %(day)s.")
        % {"name": person.username, "day": f"{clock.now():%Y-%m-%d %H:%M} UTC"},
        _("Each file is JSON; times are in UTC. It holds what is yours and what you may still see."),
        _("Of files that you sent there is the list; download them from the site while you may."),
    ]
    return "\n".join(lines) + "\n"
