"""What is shown of a file, by value: the same to every reader, so that whoever keeps HTML in memory can go by it."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.template import engines
from markupsafe import Markup

from config.jinja import filesize
from files import refusals
from files.access import project_of
from files.enums import COMING, FileState, Kind
from files.models import File
from files.types import TEXT

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# More of a text than this is not shown within a page; it is for saving.
TEXT_SHOWN = 1024 * 1024
# A name with brackets would end those of Markdown.
BRACKETS = str.maketrans("[]", "()")
GLYPHS = {
    Kind.PICTURE: "photo",
    Kind.DOCUMENT: "file-description",
    Kind.TEXT: "file-code",
    Kind.ARCHIVE: "file-zip",
    Kind.MEDIA: "movie",
    Kind.OTHER: "file",
}


@dataclass(frozen=True, slots=True)
class Card:
    """A file as lists show it. `path` is its address, below which everything about it lies."""

    uuid: UUID
    path: str
    name: str
    size: int
    type: str
    kind: str
    state: str
    refusal: str
    uploader: str
    uploader_name: str
    at: datetime
    width: int | None
    height: int | None
    removed_at: datetime | None
    issue: str = ""
    message: int | None = None

    @property
    def glyph(self) -> str:
        """The icon of its kind."""
        return GLYPHS[Kind(self.kind)]

    @property
    def size_words(self) -> str:
        """Its size as a person reads it."""
        return filesize(self.size)

    @property
    def is_ready(self) -> bool:
        """Say whether its bytes can be had."""
        return self.state == FileState.READY and self.removed_at is None

    @property
    def is_coming(self) -> bool:
        """Say whether it is still on its way."""
        return self.state in COMING

    @property
    def is_picture(self) -> bool:
        """Say whether there are pictures of it to show."""
        return self.is_ready and self.kind == Kind.PICTURE

    @property
    def is_shown(self) -> bool:
        """Say whether a page of ours shows it: a picture, or a text that is not too long.

        No PDF: browsers open none within a sandbox, and without one they run what it holds.
        """
        return self.is_picture or (self.is_ready and self.type == TEXT and self.size <= TEXT_SHOWN)

    @property
    def url(self) -> str:
        """Where a click on its name leads: to its page where it is shown, otherwise to its bytes."""
        return f"{self.path}view/" if self.is_shown else self.path

    @property
    def stands(self) -> str:
        """The address of what it hangs on; empty for a project's own."""
        if self.message:
            return f"{self.path.partition('files/')[0]}messages/{self.message}/"
        return f"/{self.issue}/" if self.issue else ""

    @property
    def thumb(self) -> str:
        """The address of its small picture; empty where there is none."""
        return f"{self.path}thumb/" if self.is_picture else ""

    @property
    def sentence(self) -> "StrOrPromise":
        """What is to be said of its state beside its name; empty for a ready one."""
        if self.refusal:
            return refusals.sentence(self.refusal)
        return "" if self.state == FileState.READY else FileState(self.state).label

    @property
    def markdown(self) -> str:
        """What stands for it in a text: a picture, or a link. Its name cannot end the brackets."""
        words = "".join(f"\\{sign}" if sign in "*`<&" else sign for sign in self.name.translate(BRACKETS))
        return f"{'!' if self.kind == Kind.PICTURE else ''}[{words}]({self.path})"


def card_of(file: File) -> Card:
    """Return a file as it is shown. Its project, uploader and issue must be loaded."""
    key = project_of(file).key
    return Card(
        uuid=file.uuid,
        path=f"/{key}/files/{file.uuid}/",
        name=file.name,
        size=file.size,
        type=file.type,
        kind=file.kind,
        state=file.state,
        refusal=file.refusal,
        uploader=file.uploader.username,
        uploader_name=file.uploader.name,
        at=file.started_at,
        width=file.width,
        height=file.height,
        removed_at=file.removed_at,
        issue=f"{key}-{file.issue.number}" if file.issue else "",
        message=file.message_id,
    )


def card_html(card: Card, *, swap: bool = False) -> Markup:
    """Return a card as a list item; with `swap` it takes the place of its old self on a page."""
    env = cast(Any, engines["jinja2"]).env
    html: Markup = env.get_template("files/_file.html").module.file_card(card, swap=swap)
    return html
