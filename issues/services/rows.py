"""Locking and writing issue rows: the steps that all services of this app share."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from accounts.models import User
from chat.mentions import usernames_in
from chat.queries import mentionable
from config import clock
from config.errors import DomainError
from issues import rank
from issues.enums import Priority
from issues.models import DESCRIPTION_LENGTH, RESOLUTION_LENGTH, Issue
from notifications.history import save_as
from projects.models import Label, Project, State
from projects.queries import assignable_people

BULK_FROM = 2
LENGTHS = {"description": DESCRIPTION_LENGTH, "resolution": RESOLUTION_LENGTH}


def lock_issue(issue: Issue) -> Issue:
    """Return a fresh copy of the issue under its row lock, with its project. Raises DomainError where it is deleted."""
    locked = lock_issues(issue.project, [issue.number])
    if not locked:
        raise DomainError(_("%s is in the trash. Restore it first.") % issue.key, code="deleted")
    return locked[0]


def lock_issues(project: Project, numbers: Sequence[int], *, deleted: bool = False) -> list[Issue]:
    """Return the issues with these numbers under row locks, taken in id order, so that no two writers deadlock.

    Their assignees are read under the locks, by a statement of their own: after a wait PostgreSQL reads the locked row
    anew, but joins it with what it had found before.
    """
    rows = Issue.objects.select_for_update(of=("self",), no_key=True).defer("search")
    found = list(
        rows.filter(project=project, number__in=numbers, deleted_at__isnull=not deleted)
        .order_by("pk")
        .prefetch_related("assignee")
    )
    for issue in found:
        issue.project = project
    return found


def lock_column(state: State) -> State:
    """Return the state under its row lock: whoever places a card holds it, so that ranks and limits are exact.

    Taken after the issues' locks and before the event stream's, at most once a transaction and in id order.
    """
    for locked in State.objects.raw("SELECT * FROM projects_state WHERE id = %s FOR NO KEY UPDATE", [state.pk]):
        return locked
    raise State.DoesNotExist


def occupancy(state: State, *, besides: Iterable[int] = ()) -> int:
    """Return how many live issues are in the state. Exact under the column's lock."""
    return Issue.objects.filter(state=state, deleted_at__isnull=True).exclude(pk__in=list(besides)).count()


_FOOT = "SELECT max(rank) FROM issues_issue WHERE state_id = %s"
_TOP = "SELECT min(rank) FROM issues_issue WHERE state_id = %s"


def rank_at(state: State, *, foot: bool) -> str:
    """Return a rank at the foot or the top of the column, whose lock the caller holds."""
    with connection.cursor() as cursor:
        cursor.execute(_FOOT if foot else _TOP, [state.pk])
        edge = cursor.fetchone()[0] or ""
    return rank.between(edge, "") if foot else rank.between("", edge)


def next_number(project: Project) -> int:
    """Take the project's next number. Its row stays locked until commit, so take it late; a rollback gives it back."""
    return take_numbers(project, 1)


def take_numbers(project: Project, count: int) -> int:
    """Take `count` numbers at once and return the last."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE projects_project SET issue_counter = issue_counter + %s WHERE id = %s RETURNING issue_counter",
            [count, project.pk],
        )
        return int(cursor.fetchone()[0])


def validate(issue: Issue) -> None:
    """Raise DomainError for a value that no form would let pass: a title too long, an unknown type, a priority of 9."""
    try:
        issue.clean_fields(exclude=["project", "state", "assignee", "reporter", "rank", "search"])
        for field, length in LENGTHS.items():
            # Django's models check the length of a text in forms only.
            if len(getattr(issue, field)) > length:
                raise ValidationError({field: _("Use at most %d characters.") % length})
    except ValidationError as error:
        field, problems = next(iter(error.message_dict.items()))
        raise DomainError(f"{field}: {problems[0]}", code="invalid") from error


def insert(actor: User, issue: Issue) -> Issue:
    """Write a new issue and the first row of its history."""
    validate(issue)
    _written(lambda: save_as(actor, issue, moment=issue.created_at))
    return issue


def update(actor: User | None, issues: Sequence[Issue], fields: Sequence[str]) -> None:
    """Write changed fields of locked issues, each with a new version, and a history row of the same time.

    From two issues on this takes two statements whatever their number.
    """
    now = clock.now()
    for issue in issues:
        issue.version += 1
        issue.updated_at = now
    columns = [*fields, "version", "updated_at"]
    if len(issues) < BULK_FROM:
        for issue in issues:
            _written(lambda issue=issue: save_as(actor, issue, columns, moment=now))
        return
    _written(lambda: Issue.objects.bulk_update(issues, columns, batch_size=500))
    Issue.history.bulk_history_create(issues, update=True, default_user=actor, default_date=now, batch_size=500)


def _written(write: Any) -> Any:
    """Run a write; a rule that only the database caught (a workflow changed this very moment) becomes a DomainError."""
    try:
        return write()
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
        if not name.startswith("issue_"):
            raise
        message = _("The project's rules do not allow this: %s. They may have changed; reload the page.")
        reason = str(error.__cause__).splitlines()[0]
        raise DomainError(message % reason, code=name) from error


def check_assignee(project: Project, person: User | None) -> None:
    """Raise DomainError where issues of the project cannot be assigned to the person."""
    if person is not None and not assignable_people(project).filter(pk=person.pk).exists():
        message = _("%(person)s is not a member of %(key)s, so nothing can be assigned to them. A lead can add them.")
        raise DomainError(message % {"person": person.name, "key": project.key}, code="not_assignable")


def check_labels(project: Project, label_ids: Iterable[int]) -> dict[int, str]:
    """Return the names of the labels; raise DomainError where one is not (or no longer) the project's."""
    wanted = set(label_ids)
    rows = Label.objects.filter(project=project, removed_at__isnull=True, pk__in=wanted) if wanted else []
    names = {label.pk: label.name for label in rows}
    if wanted - set(names):
        raise DomainError(_("A label was removed meanwhile. Reload the page and choose again."), code="label_gone")
    return names


def reassigned(before: int | None, after: int | None) -> dict[str, Any]:
    """Return what an event keeps besides names: by ids, from whom to whom an issue went; {} where it stayed."""
    return {"assignee_ids": {"from": before, "to": after}} if before != after else {}


def newly_named(project: Project, text: str, before: str = "") -> list[int]:
    """Return the ids of those whom a text mentions, and the one before it did not, and who may read the project.

    One statement, none where nobody is newly named.
    """
    return sorted(person.pk for person in mentionable(project, usernames_in(text) - usernames_in(before)))


def mentions(people: Sequence[int]) -> dict[str, Any]:
    """Return what an event keeps of those whom its text newly names; {} where there are none."""
    return {"mentions": list(people)} if people else {}


def shown(field: str, value: Any) -> Any:
    """Return how an event keeps a field's value: readable without the rows it points to."""
    if field == "description":
        return len(value)
    if isinstance(value, User | State):
        return value.name
    if field == "priority":
        return Priority(value).slug
    return value
