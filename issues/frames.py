"""What open pages are told of a project's issues: each changed one as it is now, and the columns' counts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django.db.models import F, OuterRef, Q, Subquery
from django.template import engines
from django.utils.translation import ngettext

from files.models import File
from issues.cards import card_html, etag_of, rows_html
from issues.events import IssueEvent
from issues.filters import Filter
from issues.models import Issue
from issues.queries import CARD_COLUMNS, Card, Column, cards_of, heads_of
from notifications.live.frames import Frame, Reader, builder
from projects.models import Project
from projects.workflow import workflow_of

if TYPE_CHECKING:
    from notifications.models import Event

SUBJECT = "issue:"
TRASHED = {IssueEvent.DELETED, IssueEvent.RESTORED}


@builder("issue.")
def issue_frames(events: "Sequence[Event]", reader: Reader) -> list[Frame]:
    """Return one frame for each issue, the highest in its column first, and for a board the columns' counts.

    A page that puts the cards to their places in this order finds each one's neighbour above in its place. The number
    of statements does not depend on the number of events.
    """
    ids = {int(event.subject.removeprefix(SUBJECT)) for event in events if event.subject.startswith(SUBJECT)}
    project = Project.objects.filter(issues__in=ids).distinct().first()
    if project is None:
        return []
    frames = [
        _frame(card, project, reader, above=above, is_gone=is_gone) | _told(card, events)
        for card, above, is_gone in _standing(project, ids)
    ]
    return frames + _files_moved(events) + ([_counts(project)] if reader.view == "board" else [])


@builder("message.")
def sent_frames(events: "Sequence[Event]", reader: Reader) -> list[Frame]:
    """Return the same as `file_frames` where a message brought files, or took them along."""
    return file_frames([event for event in events if event.data.get("files")], reader)


@builder("file.")
def file_frames(events: "Sequence[Event]", reader: Reader) -> list[Frame]:
    """Return one frame for each issue whose files are others now, and one for those of no issue (None).

    A page that shows them reads them anew: what it shows depends on what its reader may do, so it is not in the frame.
    """
    return [{"k": "files", "issue": key} for key in dict.fromkeys(event.data.get("key") for event in events)]


def _files_moved(events: "Sequence[Event]") -> list[Frame]:
    """Return the frame of a project's list of files where some left it, or came back, with an issue that has files.

    One statement where an issue went to the trash or came from there, none otherwise.
    """
    issues = {int(event.subject.removeprefix(SUBJECT)) for event in events if event.kind in TRASHED}
    has_files = bool(issues) and File.objects.filter(issue__in=issues, purged_at__isnull=True).exists()
    return [{"k": "files", "issue": None}] if has_files else []


def _standing(project: Project, ids: set[int]) -> list[tuple[Card, int | None, bool]]:
    """Return the cards of issues with the number of the card above and whether they are in the trash (one statement).

    What stands in a state that was removed this very moment is left out: the page is told of the workflow's change.
    """
    workflow = workflow_of(project)
    order = {state.pk: place for place, state in enumerate(workflow.states)}
    higher = Issue.objects.filter(state=OuterRef("state"), deleted_at__isnull=True, rank__lte=OuterRef("rank"))
    above = higher.filter(Q(rank__lt=OuterRef("rank")) | Q(pk__lt=OuterRef("pk"))).order_by("-rank", "-pk")
    issues = Issue.objects.filter(project=project, pk__in=ids, state__in=list(order))
    placed = issues.annotate(above=Subquery(above.values("number")[:1])).order_by(F("rank"), F("pk"))
    rows = sorted(placed.values_list(*CARD_COLUMNS, "above", "deleted_at"), key=lambda row: order[row[5]])
    cards = cards_of(project, [row[:-2] for row in rows])
    return [(card, None if row[-1] else row[-2], row[-1] is not None) for card, row in zip(cards, rows, strict=True)]


def _frame(card: Card, project: Project, reader: Reader, *, above: int | None, is_gone: bool) -> Frame:
    frame: Frame = {
        "k": "issue",
        "key": card.key,
        "id": card.pk,
        "number": card.number,
        "version": card.version,
        "state": card.state.slug,
        "after": above,
        "gone": is_gone,
        "etag": etag_of(card, project),
    }
    if reader.view == "board" and not is_gone:
        frame["html"] = card_html([card], project)
    elif reader.view == "list" and not is_gone:
        frame["row"] = rows_html([card], project, may_select=reader.selects)
    return frame


def _told(card: Card, events: "Sequence[Event]") -> Frame:
    """Return who changed the issue last, and the name of whoever last changed each field. The actors are loaded."""
    mine = [event for event in events if event.subject == f"{SUBJECT}{card.pk}"]
    fields = {field: _name(event) for event in mine for field in event.data.get("changes", {})}
    actor = mine[-1].actor
    return {"by": actor.username if actor else "", "name": _name(mine[-1]), "fields": fields}


def _name(event: "Event") -> str:
    return event.actor.name if event.actor else ""


def _counts(project: Project) -> Frame:
    """Return what the heads of an unfiltered board and the line above it say (one statement)."""
    columns = heads_of(project, Filter(), None)
    total = sum(column.total for column in columns)
    words = ngettext("%(num)s issue", "%(num)s issues", total) % {"num": total}
    return {"k": "counts", "words": words, "counts": {column.state.slug: _count(column) for column in columns}}


def _count(column: Column) -> dict[str, Any]:
    limit = column.state.wip_limit
    level = "" if limit is None or column.occupancy < limit else "full" if column.occupancy == limit else "over"
    mark = cast(Any, engines["jinja2"]).env.get_template("issues/_column.html").module.mark(column)
    return {"n": column.total, "limit": limit, "level": level, "html": str(mark).strip()}
