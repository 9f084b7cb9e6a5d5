"""Making an issue of a message."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from chat.events import MessageEvent
from chat.models import Message, Thread
from chat.services.threads import lock_message, lock_thread, record_change
from config.errors import DomainError
from issues.enums import Kind
from issues.models import Issue
from issues.services.creation import create_issue
from notifications.history import save_as
from projects.access import require
from projects.permissions import Perm


@transaction.atomic
def create_issue_from_message(
    *,
    actor: User,
    message: Message,
    title: str,
    description: str = "",
    kind: str = Kind.TASK,
    assignee: User | None = None,
    label_ids: Sequence[int] = (),
) -> Issue:
    """Create an issue of what was said; message and issue then lead to each other. The author of the message stays.

    Locks the thread and the message, then what `create_issue` locks. Raises PermissionRefused, or DomainError for a
    message that was deleted, that an issue was made of already (the sentence names it), or for what does not fit.
    """
    require(message.thread.project, actor, Perm.CREATE_ISSUE)
    thread = lock_thread(message.thread, actor, Perm.CREATE_ISSUE)
    message = lock_message(thread, message)
    _refuse_unfit(thread, message)
    issue = create_issue(
        actor=actor,
        project=thread.project,
        title=title,
        description=description,
        kind=kind,
        assignee=assignee,
        label_ids=label_ids,
        origin=_origin(thread, message),
    )
    message.made_issue = issue
    message.version += 1
    save_as(actor, message, ["made_issue", "version"])
    record_change(actor, thread, message, MessageEvent.MADE_ISSUE, {"made": issue.key})
    return issue


def _refuse_unfit(thread: Thread, message: Message) -> None:
    if message.deleted_at:
        raise DomainError(_("This message was deleted, so no issue can be made of it."), code="deleted")
    if made := message.made_issue:
        words = _("%(key)s-%(number)d was made of this message already.")
        raise DomainError(words % {"key": thread.project.key, "number": made.number}, code="made_already")


def _origin(thread: Thread, message: Message) -> dict[str, Any]:
    """Return where the message stands, for the first line of the issue's story."""
    number = thread.issue.number if thread.issue is not None else None
    return {"message": message.pk, "seq": message.seq, "issue": number, "author": message.author_id}
