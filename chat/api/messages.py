"""Single messages, by their ids."""

from accounts.enums import Scope
from accounts.limits import CHAT, COMMENT
from chat.access import get_message_or_404
from chat.api.shapes import MessageEditIn, MessageOut, ReactionIn, VersionOut, messages_out
from chat.models import Message
from chat.queries import message_again
from chat.services.messages import delete_message, edit_message
from chat.services.reactions import react
from chat.versions import versions_of
from config.api.operations import ApiRequest, Operations
from config.api.versions import tell_version, version_of
from config.errors import Conflict
from projects.permissions import Perm

routes = Operations(tags=["Conversations"])
ONE = "/projects/{key:key}/messages/{int:message}"


@routes.get(ONE, scope=Scope.MESSAGES_READ, answer=MessageOut, guest=True)
def read_message(request: ApiRequest, key: str, message: int) -> MessageOut:
    """Read a message.

    For everyone who may read the project.
    """
    return _told(request, get_message_or_404(request.user, key, message))


@routes.patch(ONE, scope=Scope.MESSAGES_WRITE, answer=MessageOut, errors=(404, 409, 422), limit=COMMENT)
def change_message(request: ApiRequest, key: str, message: int, changes: MessageEditIn) -> MessageOut:
    """Change the text of a message of yours.

    Needs `version` or If-Match. For its author, while they may write. 409 where you changed it elsewhere meanwhile; the
    answer tells the text as it is now.
    """
    found = get_message_or_404(request.user, key, message, Perm.WRITE_MESSAGE)
    version = version_of(request, changes.version)
    try:
        edited = edit_message(actor=request.user, message=found, body=changes.body, version=version)
    except Conflict as conflict:
        now = message_again(found)
        told = {"version": now.version, "body": {"theirs": now.body, "yours": changes.body}}
        raise Conflict(str(conflict), code=conflict.code, context={"details": told}) from conflict
    return _told(request, edited)


@routes.delete(ONE, scope=Scope.MESSAGES_WRITE, answer=MessageOut)
def delete_a_message(request: ApiRequest, key: str, message: int) -> MessageOut:
    """Delete a message.

    Its place and author remain. For its author, while they may write, and for leads. Deleting it twice changes nothing.
    """
    found = get_message_or_404(request.user, key, message)
    return _told(request, delete_message(actor=request.user, message=found))


@routes.get(f"{ONE}/versions", scope=Scope.MESSAGES_READ, answer=list[VersionOut], guest=True)
def list_message_versions(request: ApiRequest, key: str, message: int) -> list[VersionOut]:
    """Read the texts that a message had.

    The newest first; none of a deleted one. For everyone who may read the project.
    """
    found = get_message_or_404(request.user, key, message)
    return [
        VersionOut(at=each.at, body="".join(piece.text for piece in each.pieces if piece.kind != "gone"))
        for each in versions_of(found)
    ]


@routes.put(f"{ONE}/reactions", scope=Scope.MESSAGES_WRITE, answer=MessageOut, limit=CHAT)
def set_reaction(request: ApiRequest, key: str, message: int, reaction: ReactionIn) -> MessageOut:
    """Put a sign under a message, or take yours away.

    For members who may write.
    """
    found = get_message_or_404(request.user, key, message)
    return _told(request, react(actor=request.user, message=found, emoji=reaction.emoji, on=reaction.on))


def _told(request: ApiRequest, message: Message) -> MessageOut:
    """Return a message as it is now."""
    now = message_again(message)
    tell_version(request, now.version)
    return messages_out(now.thread, [now])[0]
