"""Issues: lists, one, new ones, changes, and the trash."""

from datetime import UTC, datetime
from typing import Annotated, Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field
from pydantic_core import to_json

from accounts.enums import Scope
from accounts.limits import ISSUE
from accounts.models import User
from chat.queries import talks_of
from config.api.operations import ApiRequest, Operations
from config.api.pages import Paging, Sort, decode_cursor, encode_cursor, page_of
from config.api.shapes import In, Listing
from config.api.sparse import Fields
from config.api.versions import tell_version, version_of
from config.errors import Conflict, DomainError
from issues.access import get_deleted_issue_or_404, get_issue_or_404
from issues.api.names import assignee_named, filter_of, labels_named, state_named
from issues.api.rows import SHORT, rows_out
from issues.api.shapes import (
    FIELDS,
    LEVELS,
    LONG,
    IssueEditIn,
    IssueIn,
    IssueOut,
    IssueRowOut,
    TrashedOut,
    issue_out,
)
from issues.enums import Priority
from issues.filters import SORTS
from issues.listing import ORDERS, issue_page
from issues.models import Issue
from issues.queries import SILENT, issue_as_of, my_issues, trash_of
from issues.services.creation import create_issue
from issues.services.editing import Clash, EditConflict, edit_issue
from issues.services.trash import delete_issue, restore_issue
from projects.access import get_project_or_404
from projects.models import Project
from projects.permissions import Perm
from projects.workflow import workflow_of

routes = Operations(tags=["Issues"])
ALL = "/projects/{key:key}/issues"
ONE = "/projects/{key:key}/issues/{int:number}"


class FilterAsked(In):
    """The filter of the board and the list. Words with commas mean “one of”, a leading `!` means “none of”."""

    state: str = Field("", description="Slugs of states.", examples=["open,in-progress"])
    category: str = Field("", description="`open`, `progress`, `resolved`, `closed`.", examples=["!closed"])
    assignee: str = Field("", description="Usernames, `me`, `none`.", examples=["me"])
    label: str = Field("", description="Names of labels.", examples=["docs"])
    type: str = Field("", description="`bug`, `task`, `story`, `chore`.")
    priority: str = Field("", description="`none`, `low`, `medium`, `high`, `urgent`.", examples=["high,urgent"])
    due: str = Field("", description="`overdue`, `today`, `week`, `none`.")
    q: str = Field("", max_length=200, description="Words in title and description, or an issue's key.")


class IssuesAsked(FilterAsked, Paging):
    """Which issues, in which order, and what of them."""

    sort: Annotated[str, Sort(*SORTS)] = "-updated"


CHOSEN = Fields(Listing[IssueRowOut])


@routes.get(ALL, scope=Scope.ISSUES_READ, answer=Listing[IssueRowOut], guest=True, sparse=True)
def list_issues(request: ApiRequest, key: str, asked: Query[IssuesAsked]) -> HttpResponse:
    """List the issues of a project.

    Filters are the words of the board's address. For everyone who may read the project. Description and resolution note
    are told where `fields` asks for them.
    """
    project = get_project_or_404(request.user, key)
    wanted = filter_of(request, project)
    fields = _fields(request)
    told = f"issues:{wanted.sort}"
    count = len(ORDERS[wanted.sort.removeprefix("-")].types)
    after = decode_cursor(asked.cursor, told, count) if asked.cursor else ()
    texts = not LONG.isdisjoint(fields)
    page = issue_page(project, wanted, request.user.pk, limit=asked.limit, after=after, texts=texts)
    following = encode_cursor(told, page.after) if page.after else None
    data = {"items": rows_out(project, page.rows, fields), "next": following}
    body = to_json({"data": data, "error": None, "status": 200})
    return HttpResponse(body, content_type="application/json")


@routes.post(ALL, scope=Scope.ISSUES_WRITE, answer=IssueOut, status=201, limit=ISSUE, errors=(404, 409, 422))
def create_an_issue(request: ApiRequest, key: str, issue: IssueIn) -> IssueOut:
    """Create an issue.

    For developers and leads. It gets the project's next number and stands at the foot of its column.
    """
    project = get_project_or_404(request.user, key, Perm.CREATE_ISSUE)
    created = create_issue(actor=request.user, project=project, **_new(project, request.user, issue))
    tell_version(request, created.version)
    return issue_out(created)


class MomentAsked(In):
    """When."""

    at: datetime | None = Field(None, description="Tell it as it was at this time; without an offset it is UTC.")


@routes.get(ONE, scope=Scope.ISSUES_READ, answer=IssueOut, guest=True, sparse=True)
def read_issue(request: ApiRequest, key: str, number: int, asked: Query[MomentAsked]) -> IssueOut:
    """Read an issue, as it is or as it was at a time.

    For everyone who may read the project.
    """
    issue = get_issue_or_404(request.user, key, number)
    if asked.at is not None:
        return _as_of(issue, asked.at)
    return _told(request, issue)


@routes.patch(ONE, scope=Scope.ISSUES_WRITE, answer=IssueOut, errors=(404, 409, 422))
def change_issue(request: ApiRequest, key: str, number: int, changes: IssueEditIn) -> IssueOut:
    """Change fields and labels of an issue.

    Needs `version` or If-Match. For developers and leads. What others changed since is merged; where both changed the
    same field, the answer is 409, nothing is written, and `details` tells base, theirs and yours of each.
    """
    issue = get_issue_or_404(request.user, key, number, Perm.EDIT_ISSUE)
    version = version_of(request, changes.version)
    project = issue.project
    try:
        changed = edit_issue(
            actor=request.user,
            issue=issue,
            changes=_changes(project, request.user, changes),
            version=version,
            add_labels=labels_named(project, changes.add_labels, "add_labels"),
            remove_labels=labels_named(project, changes.remove_labels, "remove_labels"),
        )
    except EditConflict as conflict:
        raise _clash(conflict) from conflict
    return _told(request, _with_people(changed, issue))


@routes.delete(ONE, scope=Scope.ISSUES_WRITE, answer=TrashedOut)
def delete_an_issue(request: ApiRequest, key: str, number: int) -> TrashedOut:
    """Put an issue into the trash.

    For leads. Nothing of it is lost; it keeps its number and can be restored.
    """
    issue = get_issue_or_404(request.user, key, number, Perm.DELETE_ISSUE)
    return _trashed(delete_issue(actor=request.user, issue=issue), issue.project)


@routes.post(f"{ONE}/restore", scope=Scope.ISSUES_WRITE, answer=IssueOut, errors=(404, 422))
def restore_an_issue(request: ApiRequest, key: str, number: int) -> IssueOut:
    """Take an issue out of the trash.

    For leads. It comes to the foot of its column; where that has a hard limit and is full, the answer is 422. Restoring
    what is there already changes nothing.
    """
    try:
        issue = get_deleted_issue_or_404(request.user, key, number)
    except Http404:
        issue = get_issue_or_404(request.user, key, number, Perm.DELETE_ISSUE)
    restore_issue(actor=request.user, issue=issue)
    return _told(request, get_issue_or_404(request.user, key, number))


@routes.get("/projects/{key:key}/trash", scope=Scope.ISSUES_READ, answer=Listing[TrashedOut])
def list_trash(request: ApiRequest, key: str, asked: Query[Paging]) -> Listing[TrashedOut]:
    """List the issues in a project's trash.

    The latest first; for leads.
    """
    project = get_project_or_404(request.user, key, Perm.DELETE_ISSUE)
    rows, following = page_of(trash_of(project), asked, ["-deleted_at", "-pk"])
    return Listing(items=[_trashed(issue, project) for issue in rows], next=following)


@routes.get("/me/issues", scope=Scope.ISSUES_READ, answer=Listing[IssueOut], errors=(422,))
def list_my_issues(request: ApiRequest, asked: Query[Paging]) -> Listing[IssueOut]:
    """List the open and running issues that are assigned to you.

    Of all projects that you may read, the most urgent first.
    """
    mine = my_issues(request.user).defer("search").select_related("assignee", "reporter", "project", "state")
    rows, following = page_of(mine, asked, ["-priority", "due_on", "pk"])
    talks = talks_of([issue.pk for issue in rows], request.user.pk) if rows else {}
    items = [issue_out(issue, state=issue.state, messages=talks.get(issue.pk, SILENT).count) for issue in rows]
    return Listing(items=items, next=following)


def _fields(request: ApiRequest) -> tuple[str, ...]:
    """Return the fields that were asked for, in the shape's order."""
    kept = CHOSEN.asked(request)
    return tuple(name for name in FIELDS if name in kept["data"]["items"]["__all__"]) if kept else SHORT


def _new(project: Project, actor: User, issue: IssueIn) -> dict[str, Any]:
    return {
        "title": issue.title,
        "description": issue.description,
        "kind": issue.type,
        "state": state_named(project, issue.state) if issue.state else None,
        "priority": LEVELS[issue.priority],
        "assignee": assignee_named(project, actor, issue.assignee),
        "label_ids": labels_named(project, issue.labels),
        "due_on": issue.due_on,
        "estimate": issue.estimate,
    }


def _changes(project: Project, actor: User, sent: IssueEditIn) -> dict[str, Any]:
    """Return what was sent, and nothing else, as the service names it."""
    values: dict[str, Any] = sent.model_dump(
        include=sent.model_fields_set & {"title", "description", "due_on", "estimate", "resolution"}
    )
    if "type" in sent.model_fields_set:
        values["kind"] = sent.type
    if "priority" in sent.model_fields_set:
        values["priority"] = LEVELS[sent.priority].value
    if "assignee" in sent.model_fields_set:
        values["assignee"] = assignee_named(project, actor, sent.assignee)
    return values


def _clash(conflict: EditConflict) -> Conflict:
    told = {_NAMES.get(clash.field, clash.field): _sides(clash) for clash in conflict.clashes}
    context = {
        "details": {"version": conflict.issue.version, "fields": told},
        "hint": _("Read it again, decide for each field, and send yours with the version in details."),
    }
    return Conflict(str(conflict), code=conflict.code, context=context)


_NAMES = {"kind": "type"}


def _sides(clash: Clash) -> dict[str, Any]:
    return {side: _plain(clash.field, getattr(clash, side)) for side in ("base", "theirs", "yours")}


def _plain(field: str, value: Any) -> Any:
    """Return a field's value as the shapes have it."""
    if isinstance(value, User):
        return value.username
    return Priority(value).slug if field == "priority" else value


def _with_people(changed: Issue, before: Issue) -> Issue:
    changed.reporter = before.reporter
    return changed


def _told(request: ApiRequest, issue: Issue) -> IssueOut:
    tell_version(request, issue.version)
    return issue_out(issue, messages=talks_of([issue.pk], request.user.pk).get(issue.pk, SILENT).count)


def _as_of(issue: Issue, at: datetime) -> IssueOut:
    past = issue_as_of(issue, at if timezone.is_aware(at) else at.replace(tzinfo=UTC))
    if past is None or past.state is None:
        raise DomainError(_("%s did not exist yet at that time.") % issue.key, code="too_early")
    past.issue.reporter, past.issue.assignee = issue.reporter, past.assignee
    past.issue.updated_at = past.changed_at
    return issue_out(past.issue, state=past.state, labels=past.labels, messages=None)


def _trashed(issue: Issue, project: Project) -> TrashedOut:
    assert issue.deleted_at is not None
    return TrashedOut(
        key=f"{project.key}-{issue.number}",
        number=issue.number,
        title=issue.title,
        state=workflow_of(project).state(issue.state_id).slug,
        deleted_at=issue.deleted_at,
    )
