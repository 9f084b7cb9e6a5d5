"""Signs under messages."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from chat.enums import REACTIONS
from chat.events import MessageEvent
from chat.models import Message, Reaction
from chat.services.threads import lock_message, lock_thread, record_change
from config.errors import DomainError
from notifications.history import save_as
from projects.access import require
from projects.permissions import Perm


@transaction.atomic
def react(*, actor: User, message: Message, emoji: str, on: bool | None = None) -> Message:
    """Put a sign under a message or take one's own away; without `on` the other of the two. Locks the thread.

    Raises PermissionRefused, or DomainError for a sign that is not on offer and for a deleted message.
    """
    require(message.thread.project, actor, Perm.WRITE_MESSAGE)
    if emoji not in REACTIONS:
        raise DomainError(_("“%s” is not one of the reactions.") % emoji[:8], code="reaction")
    thread = lock_thread(message.thread, actor, Perm.WRITE_MESSAGE)
    message = lock_message(thread, message)
    if message.deleted_at:
        raise DomainError(_("This message was deleted."), code="deleted")
    mine = Reaction.objects.filter(message=message, person=actor, emoji=emoji)
    is_there = mine.exists()
    wanted = not is_there if on is None else on
    if wanted == is_there:
        return message
    if wanted:
        Reaction.objects.create(message=message, person=actor, emoji=emoji)
    else:
        mine.delete()
    message.version += 1
    save_as(actor, message, ["version"])
    record_change(actor, thread, message, MessageEvent.REACTED, {"emoji": emoji, "on": wanted})
    return message
