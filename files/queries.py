"""Reading files."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import User
from files.access import project_of
from files.enums import COMING, KNOWN, STANDING, FileState, Kind, Place
from files.models import File
from projects.access import Person
from projects.models import Project

if TYPE_CHECKING:
    from issues.models import Issue

TEXT_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which files of a project somebody wants to see: words of the name, a kind, who sent it, removed ones instead.

    `issue` is the id of the only issue whose files are wanted; addresses of pages do not have it.
    """

    text: str = ""
    kind: str = ""
    who: str = ""
    removed: bool = False
    issue: int | None = None

    @property
    def is_narrow(self) -> bool:
        """Say whether it leaves any out."""
        return bool(self.text or self.kind or self.who)

    def query(self, **changes: object) -> str:
        """Return it as an address has it, `?` or `&` at its end, so that more can follow."""
        values = {"q": self.text, "kind": self.kind, "who": self.who, "removed": "1" if self.removed else ""} | changes
        parts = urlencode([(name, value) for name, value in values.items() if value])
        return f"?{parts}&" if parts else "?"


def issue_for(project: Project, number: int) -> "Issue":
    """Return the issue of the project that a file is for, or raise Http404."""
    found = project.issues.filter(number=number, deleted_at__isnull=True).first()
    if found is None:
        raise Http404("no such issue")
    found.project = project
    return found


def standing(project: Project) -> QuerySet[File]:
    """Return what hangs on the project or on anything of it that is there, whatever its state; not what was purged."""
    return File.objects.filter(
        project=project,
        place__in=STANDING,
        purged_at__isnull=True,
        issue__deleted_at__isnull=True,
        message__deleted_at__isnull=True,
    )


def removed_of(project: Project, person: Person, *, all_removed: bool) -> QuerySet[File]:
    """Return what was removed: one's own, or with `all_removed` everyone's, and then what issues took into the trash.

    That takes room as well until it goes for good.
    """
    if not all_removed:
        return standing(project).filter(removed_at__isnull=False, uploader_id=person.pk)
    taken = Q(issue__deleted_at__isnull=False) & ~Q(state__in=COMING)
    rows = File.objects.filter(project=project, place__in=STANDING, purged_at=None, message__deleted_at=None)
    return rows.filter(Q(removed_at__isnull=False) | taken)


def files_of(project: Project, person: Person, wanted: Wanted, *, all_removed: bool) -> QuerySet[File]:
    """Return a project's files as one person may see them, the newest first, ready for `card_of`.

    What is not ready is told to its uploader only, and what was lost to everyone. Removed ones are those of
    `removed_of`.
    """
    if wanted.removed:
        rows = removed_of(project, person, all_removed=all_removed)
    else:
        shown = Q(state__in=KNOWN) | Q(uploader_id=person.pk)
        rows = standing(project).filter(shown, removed_at__isnull=True)
    if wanted.text:
        rows = rows.filter(name__icontains=wanted.text)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.who:
        rows = rows.filter(uploader__username=wanted.who)
    if wanted.issue:
        rows = rows.filter(issue=wanted.issue)
    return rows.select_related("uploader", "issue", "removed_by").defer("issue__search").order_by("-pk")


def uploaders_of(project: Project) -> QuerySet[User]:
    """Return who has sent files that the project lists, by name."""
    sent = standing(project).filter(removed_at__isnull=True, state=FileState.READY).values("uploader_id")
    return User.objects.filter(pk__in=sent).order_by("display_name", "username")


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The pictures before and after one, of those that hang on the same."""

    before: File | None
    after: File | None


def neighbours_of(file: File) -> Neighbours:
    """Return the pictures beside one: of its issue, otherwise of its message, otherwise of the project's own.

    Two statements for a picture, none for anything else.
    """
    if not file.is_picture or file.place == Place.DRAFT:
        return Neighbours(None, None)
    rows = standing(project_of(file)).filter(state=FileState.READY, kind=Kind.PICTURE, removed_at__isnull=True)
    if file.issue_id:
        rows = rows.filter(issue_id=file.issue_id)
    elif file.message_id:
        rows = rows.filter(message_id=file.message_id)
    else:
        rows = rows.filter(place=file.place)
    before = rows.filter(pk__lt=file.pk).order_by("-pk").first()
    return Neighbours(before, rows.filter(pk__gt=file.pk).order_by("pk").first())
