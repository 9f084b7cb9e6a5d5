"""What a file is: by the ending of its name when it is announced, by its content when it has arrived.

A reader is only ever told a type of this table. What a browser might run (svg, html, xml, scripts) has a row that says
only "bytes", so that it is saved and never shown.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath

from files.enums import Kind

BYTES = "application/octet-stream"
TEXT = "text/plain"
PDF = "application/pdf"
OOXML = "application/vnd.openxmlformats-officedocument"
ODF = "application/vnd.oasis.opendocument"
ZIP, PDF_MARK, GZIP = b"PK", b"%PDF-", b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class FileType:
    """`marks` are what its first bytes begin with, any of them; `format` is Pillow's name for a picture's."""

    type: str
    kind: Kind
    marks: tuple[bytes, ...] = ()
    format: str = ""


UNKNOWN = FileType(BYTES, Kind.OTHER)
PLAIN = FileType(TEXT, Kind.TEXT)
SCRIPT = FileType(BYTES, Kind.TEXT)
_TABLE: dict[str, FileType] = {
    "png": FileType("image/png", Kind.PICTURE, format="PNG"),
    "jpg jpeg": FileType("image/jpeg", Kind.PICTURE, format="JPEG"),
    "gif": FileType("image/gif", Kind.PICTURE, format="GIF"),
    "webp": FileType("image/webp", Kind.PICTURE, format="WEBP"),
    "pdf": FileType(PDF, Kind.DOCUMENT, (PDF_MARK,)),
    "docx": FileType(f"{OOXML}.wordprocessingml.document", Kind.DOCUMENT, (ZIP,)),
    "xlsx": FileType(f"{OOXML}.spreadsheetml.sheet", Kind.DOCUMENT, (ZIP,)),
    "pptx": FileType(f"{OOXML}.presentationml.presentation", Kind.DOCUMENT, (ZIP,)),
    "odt": FileType(f"{ODF}.text", Kind.DOCUMENT, (ZIP,)),
    "ods": FileType(f"{ODF}.spreadsheet", Kind.DOCUMENT, (ZIP,)),
    "odp": FileType(f"{ODF}.presentation", Kind.DOCUMENT, (ZIP,)),
    "zip": FileType("application/zip", Kind.ARCHIVE, (ZIP,)),
    "gz tgz": FileType("application/gzip", Kind.ARCHIVE, (GZIP,)),
    "bz2": FileType("application/x-bzip2", Kind.ARCHIVE, (b"BZh",)),
    "xz": FileType("application/x-xz", Kind.ARCHIVE, (b"\xfd7zXZ",)),
    "7z": FileType("application/x-7z-compressed", Kind.ARCHIVE, (b"7z\xbc\xaf",)),
    "zst tar rar": FileType(BYTES, Kind.ARCHIVE),
    "mp3 ogg oga wav flac m4a mp4 m4v webm mov mkv avi": FileType(BYTES, Kind.MEDIA),
    "heic heif avif bmp tif tiff psd ico doc xls ppt rtf": FileType(BYTES, Kind.DOCUMENT),
    "txt log md markdown rst csv tsv json jsonl yaml yml toml ini conf cfg diff patch sql env": PLAIN,
    "py rb go rs java kt c h cc cpp cs php pl lua sh swift scala ex exs erl hs ts tsx jsx css scss": PLAIN,
    "js mjs html htm xhtml xml xsl xslt svg mht mhtml har": SCRIPT,
}
TYPES = {ending: found for endings, found in _TABLE.items() for ending in endings.split()}


def ending_of(name: str) -> str:
    """Return what follows the last dot of a name, in small letters; empty where nothing does."""
    return PurePosixPath(name).suffix.removeprefix(".").lower()


def announced(name: str) -> FileType:
    """Return the type of a file that is called so."""
    return TYPES.get(ending_of(name), UNKNOWN)


def found(name: str, head: bytes, *, is_text: bool) -> FileType | None:
    """Return what a file that begins with `head` really is; None where its name promises something that it is not.

    A picture is left to whoever opens it. Text that is no UTF-8, and an archive or office file that does not begin like
    one, are bytes; only a PDF that is none is refused, because people open those unasked.
    """
    type_ = announced(name)
    if type_.type == TEXT and not is_text:
        return FileType(BYTES, Kind.TEXT)
    if not type_.marks or head.startswith(type_.marks):
        return type_
    if type_.type == PDF:
        return type_ if PDF_MARK in head[:1024] else None
    return FileType(BYTES, type_.kind)
