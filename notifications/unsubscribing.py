"""Stopping mails by the link in them, without logging in. Who has the mail may stop such mails, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from config import clock
from notifications import hooks
from notifications.enums import Channel, DeliveryState, DigestRhythm, NoticeKind
from notifications.models import Delivery, Entry
from notifications.preferences import set_mail_settings, set_preferences, ways_for
from notifications.watching import DIRECT, set_watching

if TYPE_CHECKING:
    from accounts.models import User
    from issues.models import Issue
    from projects.models import Project

SALT = "notifications.unsubscribe"


@dataclass(frozen=True, slots=True)
class Stop:
    """What a link stops: news of an issue, a kind of news (in a project, or everywhere), or the digest."""

    person_id: int
    topic: str
    project_id: int | None = None
    kind: str = ""

    @classmethod
    def of(cls, delivery: Delivery, entries: Sequence[Entry]) -> "Stop":
        """Return what the link of a mail with these entries stops.

        Muting an issue lets through what is aimed at the person by name; a mail of nothing else stops that kind.
        """
        last = entries[-1]
        if delivery.channel == Channel.DIGEST:
            return cls(delivery.person_id, Channel.DIGEST.value)
        is_aimed = all(entry.kind in DIRECT for entry in entries)
        if delivery.topic.startswith("issue:") and not is_aimed:
            return cls(delivery.person_id, delivery.topic, last.project_id)
        project = None if last.kind == NoticeKind.PROJECT_REMOVED else last.project_id
        return cls(delivery.person_id, delivery.topic, project, last.kind)

    @property
    def is_digest(self) -> bool:
        """Say whether it stops the digest."""
        return self.topic == Channel.DIGEST.value

    @property
    def issue_id(self) -> int | None:
        """The issue that it mutes, if any."""
        return int(self.topic.removeprefix("issue:")) if not self.kind and not self.is_digest else None


def token_of(stop: Stop) -> str:
    """Return a token that cannot be made without our key. It has no end: a mail may be opened years later."""
    return signing.dumps([stop.person_id, stop.topic, stop.project_id, stop.kind], salt=SALT)


def read_token(token: str) -> "tuple[User, Stop] | None":
    """Return whose mails a token stops and which; None for one that is not ours, and where the person is gone."""
    try:
        stop = Stop(*signing.loads(token, salt=SALT))
    except (signing.BadSignature, TypeError, ValueError):
        return None
    person = get_user_model().objects.filter(pk=stop.person_id, is_active=True).first()
    return (person, stop) if person else None


@dataclass(frozen=True, slots=True)
class Words:
    """A stop in words: as a link, as a question, when it is done, and how it is undone."""

    link: str
    stops: str
    done: str
    undo: str
    url: str = ""


def words_of(stop: Stop) -> Words:
    """Say what a link stops. Issue and project are named as far as the person may read them now."""
    project, issue = _places(stop)
    if stop.is_digest:
        return Words(
            link=_("No more digests"),
            stops=_("You will get no digest any more. Mails about what concerns you go on as you chose."),
            done=_("You get no digest any more."),
            undo=_("To get it again, choose a rhythm in your preferences."),
        )
    if stop.kind:
        kind = NoticeKind(stop.kind).label
        place = _("in %s") % project.name if project else _("in every project") if not stop.project_id else ""
        return Words(
            link=_("No more mails of this kind"),
            stops=_("You will get no mail any more for “%(kind)s” %(place)s. Your inbox still has it.")
            % {"kind": kind, "place": place},
            done=_("You get no mail any more for “%(kind)s” %(place)s.") % {"kind": kind, "place": place},
            undo=_("To get it again, switch it on in your preferences."),
        )
    key = issue.key if issue else _("this issue")
    return Words(
        link=_("Mute %s") % key,
        stops=_("You will hear no more of %s, by mail or in your inbox, unless someone names you or assigns it to you.")
        % key,
        done=_("%s is muted.") % key,
        undo=_("To hear of it again, press Watch on its page."),
        url=f"/{key}/" if issue else "",
    )


@transaction.atomic
def stop_mail(*, actor: "User", stop: Stop) -> None:
    """Do what the link says, and let go what waits of it. Doing it twice changes nothing."""
    waiting = Delivery.objects.filter(person=actor, state=DeliveryState.WAITING)
    if stop.is_digest:
        set_mail_settings(actor=actor, digest=DigestRhythm.OFF)
        waiting = waiting.filter(channel=Channel.DIGEST)
    elif stop.kind:
        _set_mailed(actor, stop, mailed=False)
        others = Entry.objects.filter(person=actor).exclude(kind=stop.kind)
        waiting = waiting.filter(channel=Channel.EMAIL, topic=stop.topic).exclude(entries__in=others)
    else:
        _mute(actor, stop, muted=True)
        waiting = waiting.filter(channel=Channel.EMAIL, topic=stop.topic).exclude(entries__kind__in=DIRECT)
    waiting.update(state=DeliveryState.DROPPED, ended_at=clock.now(), last_error="unsubscribed", leased_until=None)


@transaction.atomic
def undo_stop(*, actor: "User", stop: Stop) -> None:
    """Take a stop back: the issue is watched, the kind is mailed, the digest comes every day. Twice changes nothing."""
    if stop.is_digest:
        set_mail_settings(actor=actor, digest=DigestRhythm.DAILY)
    elif stop.kind:
        _set_mailed(actor, stop, mailed=True)
    else:
        _mute(actor, stop, muted=False)


def _set_mailed(actor: "User", stop: Stop, *, mailed: bool) -> None:
    kind = NoticeKind(stop.kind)
    ways = ways_for([actor.pk], stop.project_id, kind)[actor.pk]
    project = _entry_of(stop).project if stop.project_id else None
    if stop.project_id is None or project:
        set_preferences(actor=actor, project=project, ways={kind: replace(ways, email=mailed)})


def _mute(actor: "User", stop: Stop, *, muted: bool) -> None:
    issue = _entry_of(stop).issue
    if issue is not None:
        set_watching(actor=actor, issue=issue, watching=not muted)


def _entry_of(stop: Stop) -> Entry:
    """Return an entry that the person has of the issue or project; an empty one where both are gone."""
    mine = Entry.objects.filter(person=stop.person_id).select_related("project", "issue__project")
    if stop.issue_id:
        mine = mine.filter(issue=stop.issue_id)
    elif stop.project_id:
        mine = mine.filter(project=stop.project_id)
    return mine.order_by("-pk").first() or Entry()


def _places(stop: Stop) -> "tuple[Project | None, Issue | None]":
    """Return project and issue of a stop where the person may read them now."""
    if not stop.project_id or stop.person_id not in hooks.lent.readers(stop.project_id, [stop.person_id]):
        return None, None
    entry = _entry_of(stop)
    return entry.project, entry.issue
