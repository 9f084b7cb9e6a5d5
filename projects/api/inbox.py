"""A person's inbox, and by which ways news reach them.

They stand here, because the app of notifications knows nothing of people and projects, whom the API tells of.
"""

from datetime import datetime
from typing import Annotated, Any

from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field

from accounts.api.shapes import PersonOut, person_or_none
from accounts.enums import Scope
from config.api.operations import ApiRequest, Operations
from config.api.pages import OneOf, Paging, decode_cursor, encode_cursor, wrong_cursor
from config.api.shapes import In, Listing, Out
from config.errors import DomainError
from notifications import inbox as services
from notifications.enums import Reason
from notifications.listing import Group, kinds_of_place, things_after
from notifications.opened import Happening, Opened, get_thing_or_404, get_watched_or_404, open_thing
from notifications.queries import unread_things
from notifications.sentences import plain
from notifications.snoozing import moment_of
from notifications.things import Seen, Tab, Thing
from notifications.watching import set_watching

routes = Operations(tags=["Inbox"])
ONE = "/inbox/{str:thing}"
NOW = "now"
ALL = "all"
TABS = {ALL: Tab.ALL, **{tab.value: tab for tab in Tab if tab.value}}
WATCHING = {"watching": True, "muted": False, "none": None}
WATCHED = {"on": "watching", "muted": "muted", "off": "none"}
ReasonWord = Annotated[str, OneOf(*Reason.values)]
WatchWord = Annotated[str, OneOf(*WATCHING)]
TabWord = Annotated[str, OneOf(*TABS)]
UPTO = Field("", max_length=1100, description="The `upto` of what you have seen: what came since stays as it is.")


class ThingOut(Out):
    """An issue, or a project for what is about no issue of it, with all that you were told of it."""

    thing: str = Field(description="Names it in other addresses.", examples=["issue:12"])
    name: str = Field(description="An issue's title, or a project's name.")
    issue: str | None = Field(description="The key of the issue.", examples=["WEB-12"])
    project: str | None = Field(description="The key of the project; null where you may not read it any more.")
    text: str = Field(description="The newest of it, in words.")
    count: int
    unread: int
    reasons: list[ReasonWord] = Field(description="Why you were told.")
    at: datetime
    until: datetime | None = Field(description="Until when it is put away.")
    upto: str = Field(description="Send it when you mark the thing, so that only what you have seen is marked.")


class DeedOut(Out):
    """Something that you were told of."""

    kind: str = Field(examples=["issue.moved"])
    at: datetime
    actor: PersonOut | None
    text: str
    message: str | None = Field(description="What was said, in Markdown; null where it was no message.")
    reasons: list[ReasonWord]
    read_at: datetime | None
    sent: str = Field(description="By which ways you were told, in words.")


class OpenedOut(Out):
    """A thing, and up to fifty of what you were told of it, the newest first."""

    thing: str
    name: str
    url: str = Field(description="Where it is on this site; empty where you may not read it any more.")
    watch: WatchWord | None = Field(description="Whether you watch the issue; null where it is none.")
    unread: int
    is_done: bool
    until: datetime | None
    upto: str
    items: list[DeedOut]


class UnreadOut(Out):
    """How many things in the inbox hold something unread."""

    unread: int


class ThingsAsked(Paging):
    """Which part of the inbox."""

    tab: TabWord = Field(ALL, description="`later` and `done` hold what was put there; the others what still stands.")


class UptoIn(In):
    """What you have seen; without it whatever there is."""

    upto: str = UPTO


class DoneOut(UnreadOut):
    """`moment` brings back just what was moved now; null where nothing was."""

    moment: datetime | None


class MomentIn(In):
    """What to bring back: what was moved out at a moment, or everything."""

    moment: datetime | None = None


class LaterIn(UptoIn):
    """Until when, in your time zone; `now` brings it back at once. `evening` is offered until the evening comes."""

    until: Annotated[str, OneOf("hour", "evening", "morning", "monday", NOW)]


class WatchThingIn(In):
    """Watch the issue, mute it, or neither: then you hear of it where it concerns you."""

    watch: WatchWord


@routes.get("/inbox", scope=Scope.NOTIFICATIONS_READ, answer=Listing[ThingOut], sparse=True, errors=(422,))
def list_inbox(request: ApiRequest, asked: Query[ThingsAsked]) -> Listing[ThingOut]:
    """List the things in your inbox.

    What is unread comes first, then the newest; of `later` what comes back first, of `done` what was moved last.
    """
    tab = TABS[asked.tab]
    told = f"inbox:{asked.tab}"
    found = things_after(request.user, tab, _place(asked.cursor, tab, told), asked.limit + 1)
    shown = found[: asked.limit]
    following = encode_cursor(told, shown[-1].place) if len(found) > asked.limit else None
    return Listing(items=[_thing_out(group) for group in shown], next=following)


@routes.get("/inbox/counts", scope=Scope.NOTIFICATIONS_READ, answer=UnreadOut, errors=())
def count_inbox(request: ApiRequest) -> UnreadOut:
    """Count what is unread in your inbox."""
    return _unread(request)


@routes.post("/inbox/read-all", scope=Scope.NOTIFICATIONS_WRITE, answer=UnreadOut, errors=(422,))
def mark_inbox_read(request: ApiRequest, seen: UptoIn) -> UnreadOut:
    """Mark everything in your inbox as read.

    What waits for later stays as it is.
    """
    services.mark_all_read(actor=request.user, upto=_seen(seen.upto))
    return _unread(request)


@routes.get(ONE, scope=Scope.NOTIFICATIONS_READ, answer=OpenedOut, errors=(404,))
def read_inbox_thing(request: ApiRequest, thing: str) -> OpenedOut:
    """Read what you were told of a thing.

    It is not marked as read by that.
    """
    return _opened_out(open_thing(request.user, _thing(request, thing)))


@routes.post(f"{ONE}/read", scope=Scope.NOTIFICATIONS_WRITE, answer=UnreadOut)
def mark_thing_read(request: ApiRequest, thing: str, seen: UptoIn) -> UnreadOut:
    """Mark a thing as read."""
    services.mark_read(actor=request.user, thing=_thing(request, thing), upto=_seen(seen.upto))
    return _unread(request)


@routes.post(f"{ONE}/unread", scope=Scope.NOTIFICATIONS_WRITE, answer=UnreadOut, errors=(404,))
def mark_thing_unread(request: ApiRequest, thing: str) -> UnreadOut:
    """Mark a thing as unread."""
    services.mark_unread(actor=request.user, thing=_thing(request, thing))
    return _unread(request)


@routes.post(f"{ONE}/done", scope=Scope.NOTIFICATIONS_WRITE, answer=DoneOut)
def mark_thing_done(request: ApiRequest, thing: str, seen: UptoIn) -> DoneOut:
    """Move a thing out of the inbox."""
    moment = services.mark_done(actor=request.user, thing=_thing(request, thing), upto=_seen(seen.upto))
    return DoneOut(unread=unread_things(request.user), moment=moment)


@routes.post(f"{ONE}/undone", scope=Scope.NOTIFICATIONS_WRITE, answer=UnreadOut)
def mark_thing_undone(request: ApiRequest, thing: str, back: MomentIn) -> UnreadOut:
    """Bring a thing back into the inbox."""
    moment = back.moment
    if moment and moment.tzinfo is None:
        raise _wrong("moment", _("Say the moment with its offset, as the answer of `done` did."))
    services.mark_undone(actor=request.user, thing=_thing(request, thing), moment=moment)
    return _unread(request)


@routes.post(f"{ONE}/later", scope=Scope.NOTIFICATIONS_WRITE, answer=UnreadOut)
def put_thing_away(request: ApiRequest, thing: str, later: LaterIn) -> UnreadOut:
    """Put a thing away for later.

    It comes back as unread.
    """
    wanted = _thing(request, thing)
    if later.until == NOW:
        services.wake(actor=request.user, thing=wanted)
        return _unread(request)
    until = moment_of(later.until)
    if until is None:
        message = _("Choose one of the times of the menu; one of them may be over.")
        raise DomainError(message, code="past", context={"fields": {"until": [message]}})
    services.snooze(actor=request.user, thing=wanted, until=until, upto=_seen(later.upto))
    return _unread(request)


@routes.put(f"{ONE}/watch", scope=Scope.NOTIFICATIONS_WRITE, answer=OpenedOut)
def watch_thing(request: ApiRequest, thing: str, choice: WatchThingIn) -> OpenedOut:
    """Watch the issue of a thing, mute it, or leave it.

    404 where the thing is no issue.
    """
    issue = get_watched_or_404(request.user, str(_thing(request, thing)))
    set_watching(actor=request.user, issue=issue, watching=WATCHING[choice.watch])
    return _opened_out(open_thing(request.user, _thing(request, thing)))


def _thing(request: ApiRequest, name: str) -> Thing:
    return get_thing_or_404(request.user, name)


def _unread(request: ApiRequest) -> UnreadOut:
    return UnreadOut(unread=unread_things(request.user))


def _seen(upto: str) -> Seen | None:
    """Return what a request names as seen; unlike a page, refuse what names nothing."""
    seen = Seen.read(upto) if upto else None
    if upto and seen is None:
        raise _wrong("upto", _("Send the `upto` of a thing as it was given, or none."))
    return seen


def _wrong(field: str, sentence: str) -> DomainError:
    return DomainError(sentence, code="invalid", context={"fields": {field: [sentence]}})


def _place(cursor: str | None, tab: Tab, told: str) -> list[Any]:
    """Return the place in a tab's order that a cursor names; none for the first page."""
    if cursor is None:
        return []
    kinds = kinds_of_place(tab)
    values = decode_cursor(cursor, told, len(kinds))
    return [_value(value, kind) for value, kind in zip(values, kinds, strict=True)]


def _value(value: Any, kind: type[Any]) -> Any:
    if kind is datetime and isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise wrong_cursor() from None
        if moment.tzinfo:
            return moment
    elif type(value) is kind and (kind is bool or abs(value) < 2**63):
        return value
    raise wrong_cursor()


def _thing_out(group: Group) -> ThingOut:
    entry = group.newest
    return ThingOut(
        thing=str(group.thing),
        name=group.name,
        issue=entry.issue.key if entry.issue and not group.is_lost else None,
        project=entry.project.key if entry.project and not group.is_lost else None,
        text=group.words,
        count=group.count,
        unread=group.unread,
        reasons=list(dict.fromkeys(group.reasons)),
        at=group.at,
        until=group.until,
        upto=group.upto,
    )


def _opened_out(opened: Opened) -> OpenedOut:
    return OpenedOut(
        thing=str(opened.thing),
        name=opened.name,
        url=opened.address,
        watch=WATCHED.get(opened.watching),
        unread=opened.unread,
        is_done=opened.is_done,
        until=opened.until,
        upto=str(opened.upto),
        items=[_deed_out(line) for line in opened.lines],
    )


def _deed_out(line: Happening) -> DeedOut:
    entry = line.entry
    return DeedOut(
        kind=entry.event.kind,
        at=entry.at,
        actor=person_or_none(entry.event.actor),
        text=plain(line.line) if line.line else line.deed,
        message=line.told.body if line.told else None,
        reasons=list(entry.reasons),
        read_at=entry.read_at,
        sent=line.sent,
    )
