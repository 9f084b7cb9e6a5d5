"""Names as they are shown and as they are saved. They never become part of a key or of a path."""

import re
import unicodedata

from django.conf import settings
from django.utils.translation import gettext as _

from config.errors import DomainError
from files.models.files import NAME_LENGTH
from files.types import ending_of

# Signs that turn the direction of what follows: `txt.exe` would read as `exe.txt` (U+202A–E, U+2066–9, marks).
TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Signs that nobody sees, though they are of no category C: Default_Ignorable_Code_Point, and the blank of Braille. An
# ending is not what it seems to be with one of them behind it.
UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
BLANKS = re.compile(r"\s+")
LONGEST_ENDING = 20


def clean_name(given: str) -> str:
    """Return a name that can be shown and saved everywhere: without folders, control, turning and unseen signs, in NFC.

    A long one is shortened before its ending. Raises DomainError where nothing is left, and where what is left ends as
    one of FILE_REFUSED_ENDINGS.
    """
    name = unicodedata.normalize("NFC", UNSEEN.sub("", given)).replace("\\", "/").rpartition("/")[2]
    name = "".join(sign for sign in TURNING.sub("", name) if unicodedata.category(sign)[0] != "C")
    name = BLANKS.sub(" ", name).strip(" .") if name.strip(" .") else ""
    if not name:
        raise DomainError(_("The file needs a name. Rename it and send it again."), code="file_name")
    name = _shortened(name)
    if ending_of(name) in settings.FILE_REFUSED_ENDINGS:
        message = _("%(name)s is a program that some computers start at a click. Put it into a ZIP archive to send it.")
        raise DomainError(message % {"name": name}, code="file_type")
    return name


def _shortened(name: str) -> str:
    """Cut a name to NAME_LENGTH before its ending. What is too long for one goes, and another may stand last then."""
    if len(name) <= NAME_LENGTH:
        return name
    ending = ending_of(name)
    tail = f".{ending}" if 0 < len(ending) <= LONGEST_ENDING else ""
    return name[: NAME_LENGTH - len(tail)].rstrip(" .") + tail
