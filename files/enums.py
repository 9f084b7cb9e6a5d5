"""Words of the files app."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class FileState(models.TextChoices):
    """How far a file has come. Only a ready one can be read.

    PENDING: the browser is sending it. CHECKING: it has arrived, a worker looks at it. REFUSED: it was not what it said
    it is. QUARANTINED: the scanner knows it. LOST: its object is gone, which `reconcile_files` has found.
    """

    PENDING = "pending", _("Being sent")
    CHECKING = "checking", _("Being checked")
    READY = "ready", _("Ready")
    REFUSED = "refused", _("Refused")
    QUARANTINED = "quarantined", _("In quarantine")
    LOST = "lost", _("Lost")


class Place(models.TextChoices):
    """What a file hangs on. A draft hangs on nothing yet: it was dropped into a text that nobody has sent so far."""

    DRAFT = "draft", _("Nothing yet")
    PROJECT = "project", _("Project")
    ISSUE = "issue", _("Issue")
    MESSAGE = "message", _("Message")
    AVATAR = "avatar", _("Person's picture")
    ICON = "icon", _("Project's icon")


# On its way: nobody knows yet what it is.
COMING = (FileState.PENDING, FileState.CHECKING)
# What everyone hears of, by lists and by events. Of anything else only its uploader does.
KNOWN = (FileState.READY, FileState.LOST)
# Where others find a file. A picture of a person or project is shown with them instead.
STANDING = (Place.PROJECT, Place.ISSUE, Place.MESSAGE)


class Kind(models.TextChoices):
    """Families of types, for the filter of the files page and the glyph beside a name."""

    PICTURE = "picture", _("Pictures")
    DOCUMENT = "document", _("Documents")
    TEXT = "text", _("Text and code")
    ARCHIVE = "archive", _("Archives")
    MEDIA = "media", _("Sound and video")
    OTHER = "other", _("Other")


class Form(models.TextChoices):
    """What the worker makes of a picture; everything shown within a page is one of these."""

    THUMB = "thumb", _("Thumbnail")
    SCREEN = "screen", _("Screen size")
    SQUARE = "square", _("Square")
