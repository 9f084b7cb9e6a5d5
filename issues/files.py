"""The files of an issue as one person sees them, now or as they were at a moment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q

from accounts.models import User
from files.access import perm_for, reason_against_adding
from files.cards import Card, card_of
from files.enums import FileState, Place
from files.models import File
from issues.models import Issue
from projects.access import Access, Person, access_to
from projects.permissions import Perm

# More than so many are not listed here; the project's page finds the others.
SHOWN = 200
# How far a file must have come for all to see it; before, it shows to its uploader alone.
SETTLED = [FileState.READY, FileState.LOST]


@dataclass(frozen=True)
class Removed:
    """A file that the reader may bring back, and who has taken it away."""

    card: Card
    by: User


@dataclass(frozen=True)
class IssueFiles:
    """What an issue has of files, newest first; those of its messages are among them.

    `refusal` says why the reader may add none, empty where they may. `more` says that not all are listed.
    """

    cards: Sequence[Card] = ()
    removed: Sequence[Removed] = ()
    refusal: str = ""
    more: bool = False


def files_of(issue: Issue, person: Person) -> IssueFiles:
    """Return the files of an issue (one statement, and one for those removed where the reader may bring some back)."""
    access = access_to(issue.project, person)
    mine = Q(uploader_id=person.pk) & ~Q(state=FileState.PENDING)
    rows = File.objects.filter(issue=issue, purged_at__isnull=True, message__deleted_at__isnull=True)
    rows = rows.filter(Q(state__in=SETTLED) | mine).select_related("uploader", "removed_by").order_by("-pk")
    found = list(rows.filter(removed_at__isnull=True)[: SHOWN + 1])
    restorable = _restorable(access)
    gone = rows.filter(restorable, removed_at__isnull=False)[:SHOWN] if restorable is not None else ()
    return IssueFiles(
        cards=[_card(issue, file) for file in found[:SHOWN]],
        removed=[_removed(issue, file) for file in gone],
        refusal=reason_against_adding(issue.project, access),
        more=len(found) > SHOWN,
    )


def files_at(issue: Issue, moment: datetime) -> IssueFiles:
    """Return the files that an issue had at a moment, by the names of then (two statements).

    One that was removed since is named, with `removed_at`. What was on its way then is left out.
    """
    past = File.history.filter(issue=issue, history_date__lte=moment)
    rows = past.order_by("id", "-history_date", "-history_id").distinct("id")
    then = {row.id: row.name for row in rows if row.state == FileState.READY and row.removed_at is None}
    files = File.objects.filter(pk__in=then).select_related("uploader").order_by("-pk")[:SHOWN]
    return IssueFiles(cards=[replace(_card(issue, file), name=then[file.pk]) for file in files])


def _card(issue: Issue, file: File) -> Card:
    """Return a file as it is shown, without the name of the issue on whose page it stands."""
    file.project, file.issue = issue.project, issue
    return replace(card_of(file), issue="")


def _removed(issue: Issue, file: File) -> Removed:
    assert file.removed_by is not None
    return Removed(_card(issue, file), file.removed_by)


def _restorable(access: Access) -> Q | None:
    """Return which removed files the reader may bring back, as `files.access.may_change` says; None for none at all."""
    if access.can(Perm.DELETE_FILE):
        return Q()
    places = [place for place in (Place.ISSUE, Place.MESSAGE) if access.can(perm_for(place))]
    return Q(uploader_id=access.person_id, place__in=places) if places else None
