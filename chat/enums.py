"""Words and limits of conversations."""

from django.utils.translation import gettext_lazy as _

# The reactions on offer, with their names for those who do not see them. Others are refused.
REACTIONS = {
    "👍": _("thumbs up"),
    "❤️": _("heart"),
    "🎉": _("party"),
    "😄": _("smile"),
    "👀": _("eyes"),
    "🙏": _("thanks"),
    "👎": _("thumbs down"),
}
ROOM_LENGTH = 8 * 1024
DISCUSSION_LENGTH = 32 * 1024
