"""The same frames as a socket's, for a page that asks: after a gap, a reconnect, or for want of a socket."""

from typing import TYPE_CHECKING, Any

from django.utils import timezone, translation

from notifications.live.reading import events_after, heads_of
from notifications.live.sockets import Place
from notifications.live.streams import Kind, built
from notifications.queries import unread_count

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

# Who missed more reads the page anew, which costs less than so many frames.
MOST_EVENTS = 200
DIGITS = 18


def feed_after(place: Place, person: "User | AnonymousUser", *, after: int, view: str, thread: int) -> dict[str, Any]:
    """Return what happened in a project after the event number `after`, for a reader in the present language and zone.

    The caller has made sure that the person may read the project now.
    """
    events = events_after(place.stream, after, MOST_EVENTS + 1)
    unread = unread_count(person.pk) if person.is_authenticated else 0
    if len(events) > MOST_EVENTS:
        return {"reset": True, "seq": heads_of([place.stream])[place.stream], "unread": unread}
    kind = Kind(
        translation.get_language() or "en",
        timezone.get_current_timezone_name(),
        view,
        thread,
        place.may_select and view == "list",
    )
    frames = built(events, kind) if events else []
    seq = events[-1].seq if events else after
    return {"project": place.key, "from": after, "seq": seq, "frames": frames, "unread": unread}
