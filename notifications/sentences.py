"""An entry in the reader's words: what happened to them, why they were told, by which ways, and how long ago."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import clock
from notifications import hooks
from notifications.enums import Channel, DeliveryState, Held, NoticeKind, Reason
from notifications.models import Delivery, Entry

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

t = gettext_lazy
# What somebody did, said to the person to whom it was done. What is missing here is told by the log itself.
DEEDS: dict[str, "StrOrPromise"] = {
    NoticeKind.MENTIONED: t("%(who)s mentioned you"),
    NoticeKind.REPLIED: t("%(who)s replied to you"),
    NoticeKind.ASSIGNED: t("%(who)s assigned it to you"),
    NoticeKind.UNASSIGNED: t("%(who)s took it from you"),
    NoticeKind.COMMENTED: t("%(who)s wrote a message"),
    NoticeKind.ROOM_MESSAGE: t("%(who)s wrote in the chat"),
    NoticeKind.ISSUE_CREATED: t("%(who)s opened it"),
    NoticeKind.DUE_SOON: t("It is due tomorrow"),
    NoticeKind.OVERDUE: t("It is overdue"),
    NoticeKind.PROJECT_REMOVED: t("%(who)s removed you from the project"),
    NoticeKind.FILE_ADDED: t("%(who)s added %(name)s"),
    NoticeKind.TEAM_CHANGED: t("%(who)s changed your role in the team %(team)s"),
    NoticeKind.TEAM_REMOVED: t("%(who)s removed you from the team %(team)s"),
}
# A second reason joins the first in one sentence.
ALSO: dict[str, "StrOrPromise"] = {
    Reason.MENTIONED: t("were mentioned"),
    Reason.REPLIED: t("were replied to"),
    Reason.ASSIGNED: t("are assigned"),
    Reason.UNASSIGNED: t("were assigned"),
    Reason.REPORTED: t("reported it"),
    Reason.WATCHING: t("watch it"),
    Reason.FOLLOWING: t("follow the project"),
}
UNSENT: dict[str, "StrOrPromise"] = {
    Held.PREFERENCE: t("by your settings"),
    Held.LATE: t("it was too long ago"),
}
ICONS = {
    Reason.MENTIONED: "at",
    Reason.REPLIED: "corner-up-left",
    Reason.ASSIGNED: "user",
    Reason.UNASSIGNED: "user-off",
    Reason.MEMBER: "users",
    Reason.REPORTED: "pencil",
    Reason.WATCHING: "eye",
    Reason.FOLLOWING: "bell",
}
MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 7


def ordered(reasons: Sequence[str]) -> list[Reason]:
    """Return the reasons once each, the strongest first."""
    return [reason for reason in Reason if reason.value in reasons]


def why(reasons: Sequence[str]) -> str:
    """Say why a person was told, by the two strongest reasons: You were mentioned, and are assigned."""
    first, *others = ordered(reasons) or [Reason.FOLLOWING]
    also = [ALSO[reason] for reason in others if reason in ALSO and first in ALSO and first != Reason.REPLIED]
    if not also:
        return str(first.label)
    return _("%(why)s, and %(also)s") % {"why": first.label, "also": also[0]}


def why_icon(reasons: Sequence[str]) -> str:
    """Return the icon of the strongest reason."""
    return ICONS[(ordered(reasons) or [Reason.FOLLOWING])[0]]


def who_did(entry: Entry) -> str:
    """Return the name of whoever did it; the product's own where nobody did."""
    return entry.event.actor.name if entry.event.actor else _("Plumbline")


def deed(entry: Entry) -> str:
    """Say what happened, in one short sentence about a thing that need not be named."""
    if entry.kind == NoticeKind.STATE_CHANGED and (state := entry.event.data.get("state")):
        return _("%(who)s moved it to %(state)s") % {"who": who_did(entry), "state": state}
    if entry.kind in DEEDS:
        words = {name: entry.event.data.get(name, "") for name in ("name", "team")}
        return str(DEEDS[entry.kind]) % {"who": who_did(entry), **words}
    return plain(hooks.lent.describe(entry.event, brief=True))


def newest_line(entry: Entry, told: hooks.Told | None) -> str:
    """Say the same, or where it is a message what was written: Ben: Raising the limit…"""
    if told is None:
        return deed(entry)
    return _("%(who)s: %(words)s") % {"who": who_did(entry), "words": told.excerpt}


def plain(line: Any) -> str:
    """Return an event in words, as projects.activity.describe gives it, without markup."""
    words = "".join(part.text for part in line.parts)
    changes = [" ".join(filter(None, [change.name, _sides(change)])) for change in line.changes]
    return f"{words}: {', '.join(changes)}" if changes and any(changes) else words


def _sides(change: Any) -> str:
    return " → ".join(filter(None, [change.old, change.new]))


def sent(entry: Entry, deliveries: Sequence[Delivery]) -> str:
    """Say by which ways the person was told: in the page 11:02 · e-mail 16:21, delivered."""
    ways = [_("in the page %s") % clock_time(entry.at)] if entry.in_inbox else []
    ways += [mail_words(delivery, is_quiet=entry.held == Held.QUIET) for delivery in deliveries]
    if not deliveries and entry.held in {Held.PREFERENCE, Held.LATE}:
        ways.append(_("no e-mail, %s") % UNSENT[entry.held])
    return capfirst(" · ".join(ways))


def mail_words(delivery: Delivery, *, is_quiet: bool = False) -> str:
    """Say what became of a mail, or when it will go and what keeps it until then."""
    is_digest = delivery.channel == Channel.DIGEST
    name = _("digest") if is_digest else _("e-mail")
    if delivery.state == DeliveryState.SENT and delivery.ended_at:
        return _("%(mail)s %(time)s, delivered") % {"mail": name, "time": clock_time(delivery.ended_at)}
    if delivery.state == DeliveryState.WAITING:
        late = _("e-mail kept back by quiet hours until %s") if is_quiet else _("e-mail waits until %s")
        words = _("e-mail waits for the %s digest") if is_digest else late
        return words % clock_time(delivery.next_at)
    return _("%s not sent") % name if delivery.state == DeliveryState.DROPPED else _("%s could not be delivered") % name


def clock_time(moment: datetime) -> str:
    """Return a time of today as 16:21, of another day as 20 Nov 16:21, in the reader's zone."""
    local = timezone.localtime(moment)
    same = local.date() == timezone.localdate(clock.now())
    return formats.date_format(local, "H:i" if same else "j M H:i")


def short_age(moment: datetime) -> str:
    """Say how long ago in as few signs as a list has room for: 38 min, 5 h, yesterday, Wed, 3 Nov."""
    now = clock.now()
    seconds = int((now - moment).total_seconds())
    day, today = timezone.localdate(moment), timezone.localdate(now)
    if seconds < MINUTE:
        return _("now")
    if seconds < HOUR:
        return _("%d min") % (seconds // MINUTE)
    if day == today:
        return _("%d h") % (seconds // HOUR)
    if day == today - timedelta(days=1):
        return _("yesterday")
    return formats.date_format(day, "D" if (today - day).days < WEEK else "j M")
