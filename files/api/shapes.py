"""Files as the API tells them and takes them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from accounts.api.shapes import PersonOut, person_or_none, person_out
from config.api.pages import OneOf
from config.api.shapes import In, Out
from files import storage
from files.cards import card_of
from files.enums import FileState, Kind, Place
from files.forms import LARGEST, LONGEST_NAME
from files.models import File
from files.services.uploads import Started

KindWord = Annotated[str, OneOf(*Kind.values)]
StateWord = Annotated[str, OneOf(*FileState.values)]
EXAMPLE: dict[str, Any] = {
    "uuid": "7c0f3d1e-5f9a-4a43-9a53-0c8a4f1f6a52",
    "name": "screen.png",
    "size": 48211,
    "type": "image/png",
    "kind": "picture",
    "state": "ready",
    "refusal": "",
    "place": "issue",
    "issue": "WEB-12",
    "message": None,
    "uploader": {"username": "ana", "name": "Ana Pires", "picture": ""},
    "at": "2026-11-02T08:15:00Z",
    "width": 1440,
    "height": 900,
    "sha256": "5e2bf57d3f40c4b6df69daf1936cb766f832374b4fc0259a7cbff06e2f70f269",
    "removed_at": None,
    "removed_by": None,
    "markdown": "![screen.png](/WEB/files/7c0f3d1e-5f9a-4a43-9a53-0c8a4f1f6a52/)",
    "url": "/WEB/files/7c0f3d1e-5f9a-4a43-9a53-0c8a4f1f6a52/",
}


class FileOut(Out):
    """A file. `url` is its address on this site; its bytes are fetched at the one that its download gives."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"example": EXAMPLE})

    uuid: UUID
    name: str
    size: int = Field(description="In bytes.")
    type: str = Field(description="What it was found to be; before it is checked, what its name says.")
    kind: KindWord
    state: StateWord = Field(
        description="`pending`: being sent. `checking`: a worker looks at it. `ready`: its bytes can be had."
    )
    refusal: str = Field(description="Why it was not accepted; empty where it was.")
    place: Annotated[str, OneOf(*Place.values)] = Field(description="What it hangs on; a `draft` hangs on nothing yet.")
    issue: str | None = Field(description="The key of its issue.")
    message: int | None = Field(description="The id of its message.")
    uploader: PersonOut
    at: datetime
    width: int | None
    height: int | None
    sha256: str | None = Field(description="Of its bytes; null until it was checked.")
    removed_at: datetime | None
    removed_by: PersonOut | None
    markdown: str = Field(description="What stands for it in a text, which hangs a draft of yours where it is saved.")
    url: str


class PutOut(Out):
    """Where the bytes go: one PUT with just these headers and this many bytes, without a token, within `expires_in`."""

    method: Annotated[str, OneOf("PUT")] = "PUT"
    url: str
    headers: dict[str, str]
    expires_in: int = Field(description="In seconds.")


class StartedOut(Out):
    """A file that may be sent."""

    file: FileOut
    put: PutOut | None = Field(description="Null where it has arrived already.")


class PortraitOut(Out):
    """A picture of a person or an icon of a project, on its way. Once it is ready it stands in its place."""

    uuid: UUID
    name: str
    size: int
    state: StateWord
    refusal: str


class StartedPortraitOut(Out):
    """A picture that may be sent."""

    file: PortraitOut
    put: PutOut | None = Field(description="Null where it has arrived already.")


class LinkOut(Out):
    """An address at which the bytes can be had by whoever has it, and for how many seconds."""

    url: str
    expires_in: int


class PortraitIn(In):
    """A picture to send: PNG, JPEG, GIF or WebP."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME, examples=["me.png"])
    size: int = Field(ge=1, le=LARGEST, description="In bytes.")
    client_id: UUID = Field(description="Made by you: a second try with the same one finds the first.")


class FileIn(PortraitIn):
    """A file to send. A draft hangs on nothing until a message brings it, or a text of an issue names it."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME, examples=["notes.txt"])
    place: Annotated[str, OneOf(Place.DRAFT.value, Place.PROJECT.value, Place.ISSUE.value)] = Place.PROJECT.value
    issue: int | None = Field(None, ge=1, le=2**31 - 1, description="The number of the issue; for the place `issue`.")


def file_out(file: File) -> FileOut:
    """Return a file whose project, uploader, issue and whoever removed it are loaded."""
    card = card_of(file)
    return FileOut(
        uuid=file.uuid,
        name=file.name,
        size=file.size,
        type=file.type,
        kind=file.kind,
        state=file.state,
        refusal=str(card.sentence) if file.refusal else "",
        place=file.place,
        issue=card.issue or None,
        message=file.message_id,
        uploader=person_out(file.uploader),
        at=file.started_at,
        width=file.width,
        height=file.height,
        sha256=file.sha256 or None,
        removed_at=file.removed_at,
        removed_by=person_or_none(file.removed_by),
        markdown=card.markdown,
        url=card.path,
    )


def portrait_out(file: File) -> PortraitOut:
    """Return a picture on its way."""
    refusal = str(file.sentence) if file.refusal else ""
    return PortraitOut(uuid=file.uuid, name=file.name, size=file.size, state=file.state, refusal=refusal)


def put_out(started: Started) -> PutOut | None:
    """Return where a file's bytes go; None where they have arrived."""
    if started.put is None:
        return None
    return PutOut(url=started.put.url, headers=dict(started.put.headers), expires_in=storage.PUT_SECONDS)
