"""What a file that has arrived really is. Fetches it, has it scanned, and has pictures made of a picture."""

import codecs
from dataclasses import dataclass
from pathlib import Path

from files import scanning, storage, types
from files.enums import Form, Place
from files.models import File
from files.refusals import Refusal
from files.rendering import Made, Rendered, render
from files.types import FileType

# How the folders begin in which files are looked at.
FOLDER = "plumbline-file-"
HEAD = 4096
PIECE = 256 * 1024
# The only picture of a person or a project that is ever shown is the small one.
FORMS = {Place.AVATAR: [Form.SQUARE], Place.ICON: [Form.SQUARE]}
SHOWN = [Form.THUMB, Form.SCREEN]


class NotAccepted(Exception):
    """The file is refused."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found, in files that vanish with their folder. `malware` is the scanner's name for it, or empty."""

    source: Path
    sha256: str
    type: FileType
    malware: str = ""
    width: int | None = None
    height: int | None = None
    made: tuple[Made, ...] = ()


def inspect(file: File, folder: Path) -> Seen:
    """Fetch what the browser has put and look at it; everything is written into the folder.

    Raises NotAccepted, ScannerAway, and what `storage.download` raises. Nothing is written elsewhere.
    """
    if storage.head(file.incoming_key) != file.size:
        raise NotAccepted(Refusal.SIZE)
    source = folder / "original"
    with source.open("wb") as target:
        sha256 = storage.download(file.incoming_key, target, at_most=file.size)
    if source.stat().st_size != file.size:
        raise NotAccepted(Refusal.SIZE)
    if malware := scanning.scan(source):
        return Seen(source, sha256, types.UNKNOWN, malware)
    type_ = _type_of(file, source)
    seen = Rendered(None, None, ())
    if type_.format:
        seen = render(source, type_.format, forms_for(Place(file.place)), folder)
    if seen.refusal:
        raise NotAccepted(Refusal(seen.refusal))
    return Seen(source, sha256, type_, "", seen.width, seen.height, seen.made)


def forms_for(place: Place) -> list[Form]:
    """Return what is made of a picture in such a place."""
    return FORMS.get(place, SHOWN)


def _type_of(file: File, source: Path) -> FileType:
    with source.open("rb") as content:
        head = content.read(HEAD)
    is_text = types.announced(file.name).type == types.TEXT and is_utf8(source)
    type_ = types.found(file.name, head, is_text=is_text)
    if type_ is None:
        raise NotAccepted(Refusal.NOT_PDF)
    if not type_.format and file.place in FORMS:
        raise NotAccepted(Refusal.NOT_PICTURE)
    return type_


def is_utf8(path: Path) -> bool:
    """Say whether a file is text that a browser can be told to show: UTF-8 throughout, and no NUL."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as content:
            while piece := content.read(PIECE):
                if b"\0" in piece:
                    return False
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
