"""What a person takes along of files: the list of those that they sent, where they may still see them."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from accounts.exporting import fields_of, in_steps
from accounts.hooks import exports
from accounts.models import User
from files.enums import FileState
from files.models import File
from projects.queries import visible_to


@exports("files")
def files(person: User) -> Iterator[dict[str, Any]]:
    """Return the files that the person sent, without their bytes; none that was removed."""
    mine = File.objects.filter(uploader=person, state=FileState.READY, removed_at=None, issue__deleted_at=None)
    rows = mine.filter(Q(project=None) | Q(project__in=visible_to(person))).select_related("project", "issue__project")
    return in_steps(rows, _file)


def _file(row: File) -> dict[str, Any]:
    place = {"project": row.project.key if row.project else None, "issue": row.issue.key if row.issue else None}
    return {**fields_of(row, "uuid", "name", "size", "type", "sha256", "finished_at"), **place}
