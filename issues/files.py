"""The files of an issue as one person sees them, now or as they were at a moment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from accounts.models import User
from files.access import perm_for, reason_against_adding
from files.cards import Card, card_of
from files.enums import KNOWN, FileState, Place
from files.models import File
from issues.models import Issue
from projects.access import Access, Person, access_to
from projects.permissions import Perm

# More than so many are not listed here; the project's page finds the others.
SHOWN = 200


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


# Written by hand, because building the two lists through the ORM costs more than the page has for all of its files.
# Of what stands and of what was removed only the newest of each count; a window cuts both at once.
_FILES = """
SELECT * FROM (
    SELECT file.*, row_number() OVER (PARTITION BY file.removed_at IS NULL ORDER BY file.id DESC) AS place_in_list
    FROM files_file AS file LEFT JOIN chat_message AS message ON message.id = file.message_id
    WHERE file.issue_id = %(issue)s AND file.purged_at IS NULL AND message.deleted_at IS NULL
        AND (file.state = ANY(%(known)s) OR (file.uploader_id = %(person)s AND file.state <> 'pending'))
        AND (file.removed_at IS NULL OR %(all_removed)s
             OR (file.uploader_id = %(person)s AND file.place = ANY(%(own_removed)s)))
) AS found WHERE place_in_list <= %(most)s ORDER BY id DESC
"""
_PEOPLE = "SELECT * FROM accounts_user WHERE id = ANY(%s)"


def files_of(issue: Issue, person: Person) -> IssueFiles:
    """Return the files of an issue, and those removed that the reader may bring back (two statements, one for none)."""
    access = access_to(issue.project, person)
    found = _with_people(list(File.objects.raw(_FILES, _wanted(issue, access))))
    standing = [file for file in found if file.removed_at is None]
    return IssueFiles(
        cards=[_card(issue, file) for file in standing[:SHOWN]],
        removed=[_removed(issue, file) for file in found if file.removed_at][:SHOWN],
        refusal=reason_against_adding(issue.project, access),
        more=len(standing) > SHOWN,
    )


def _wanted(issue: Issue, access: Access) -> dict[str, object]:
    """Return the values of _FILES. Which removed ones may be brought back is as `files.access.may_change` says."""
    return {
        "issue": issue.pk,
        "person": access.person_id or 0,
        "known": [state.value for state in KNOWN],
        "all_removed": access.can(Perm.DELETE_FILE),
        "own_removed": [place.value for place in (Place.ISSUE, Place.MESSAGE) if access.can(perm_for(place))],
        "most": SHOWN + 1,
    }


def _with_people(files: list[File]) -> list[File]:
    """Give files their uploaders, and whoever removed them (one statement, none without files)."""
    wanted = {file.uploader_id for file in files} | {file.removed_by_id for file in files if file.removed_by_id}
    people = {person.pk: person for person in User.objects.raw(_PEOPLE, [list(wanted)])} if wanted else {}
    for file in files:
        file.uploader = people[file.uploader_id]
        file.removed_by = people[file.removed_by_id] if file.removed_by_id else None
    return files


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
