"""Why a file was not accepted after it had arrived, in words."""

from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from files.enums import FileState

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Refusal(StrEnum):
    """A reason. The values are what the database keeps."""

    MISSING = "missing"
    SIZE = "size"
    NOT_PICTURE = "not_picture"
    NOT_PDF = "not_pdf"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    UNREADABLE = "unreadable"
    STORAGE = "storage"
    MALWARE = "malware"


SENTENCES: "dict[str, StrOrPromise]" = {
    Refusal.MISSING: _("It did not arrive. Send it again."),
    Refusal.SIZE: _("It arrived with another size than it had at the start. Send it again."),
    Refusal.NOT_PICTURE: _("Its name says that it is a picture, but it is none. Rename it to what it is."),
    Refusal.NOT_PDF: _("Its name says that it is a PDF, but it is none. Rename it to what it is."),
    Refusal.TOO_LARGE: _(
        "The picture has more than 25 megapixels, or a side of more than 20,000 pixels. "
        "Make it smaller, or put it into a ZIP archive."
    ),
    Refusal.TOO_MANY: _("The picture moves through more than 1,000 frames. Put it into a ZIP archive."),
    Refusal.UNREADABLE: _("The picture is damaged, or takes too long to read. Put it into a ZIP archive."),
    Refusal.STORAGE: _("The file storage did not answer for a day. Send it again."),
    Refusal.MALWARE: _("The virus scanner knows it as harmful. An administrator can look at it."),
}


def sentence_of(state: str, refusal: str) -> "StrOrPromise":
    """Return what is to be said of a file in this state; empty for a ready one."""
    if refusal:
        return sentence(refusal)
    return "" if state == FileState.READY else FileState(state).label


def sentence(refusal: str) -> "StrOrPromise":
    """Return what the reader is told of a refusal."""
    return SENTENCES[refusal]
