"""Moving issues, one or many, under the guards of the workflow."""

from typing import Annotated, Any

from django.http import Http404
from django.utils.translation import gettext as _
from pydantic import Field

from accounts.enums import Scope
from chat.queries import talks_of
from config.api.operations import ApiRequest, Operations
from config.api.shapes import In, Out
from config.api.versions import tell_version
from config.errors import DomainError
from issues.access import get_issue_or_404
from issues.api.names import assignee_named, labels_named, state_named
from issues.api.shapes import LEVELS, MOST, IssueOut, LabelName, PriorityWord, StateSlug, Text, Username, issue_out
from issues.details import ways_of
from issues.models import RESOLUTION_LENGTH, Issue
from issues.queries import SILENT
from issues.refusals import explain
from issues.services.bulk import BULK_LIMIT, BulkRefused, change_issues
from issues.services.moving import MoveRefused, Place, move_issue
from projects.access import access_to, get_project_or_404
from projects.models import Project
from projects.permissions import Perm

routes = Operations(tags=["Moving issues"])
ONE = "/projects/{key:key}/issues/{int:number}"
IssueKey = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,9}-[1-9][0-9]{0,8}$", examples=["WEB-12"])]


class MoveOut(Out):
    """One state of the workflow, and whether the issue may be moved there by you, now."""

    state: str
    name: str
    is_current: bool
    is_allowed: bool
    code: str = Field(description="Why not, for programs; empty where it is allowed.", examples=["needs_assignee"])
    message: str = Field(description="Why not, in a sentence: the guard's.")
    needs: str = Field(description="`assignee` or `resolution` where sending that with the move is enough.")


class MoveIn(In):
    """Where to, and what the step asks for."""

    to: StateSlug
    after: int | None = Field(None, ge=1, le=MOST, description="The number of the one under which it comes to stand.")
    before: int | None = Field(None, ge=1, le=MOST, description="The number of the one above which it comes to stand.")
    foot: bool = Field(default=False, description="At the foot of the column; at its top without any of the three.")
    seen: StateSlug | None = Field(None, description="Where you saw it: 409 if it is elsewhere by now.")
    assignee: Username | None = None
    resolution: Text | None = Field(None, max_length=RESOLUTION_LENGTH)


class BulkIn(In):
    """Issues of one project, and what to make of all of them. Each field that is left out stays as it is."""

    issues: list[IssueKey] = Field(min_length=1, max_length=BULK_LIMIT)
    state: StateSlug | None = None
    priority: PriorityWord | None = None
    assignee: Username | None = Field(None, description="A member's username, `me`, or an empty text for nobody.")
    add_label: LabelName | None = None
    remove_label: LabelName | None = None
    resolution: Text = Field("", max_length=RESOLUTION_LENGTH, description="The note of those that have none.")


class BulkOut(Out):
    """Which issues were changed; the others were like that already."""

    changed: list[str] = Field(examples=[["WEB-12", "WEB-14"]])


@routes.get(f"{ONE}/moves", scope=Scope.ISSUES_READ, answer=list[MoveOut], guest=True)
def list_moves(request: ApiRequest, key: str, number: int) -> list[MoveOut]:
    """Read where an issue may go, and why not elsewhere.

    The guard's verdict on you and this issue, as the board shows it. For everyone who may read the project.
    """
    issue = get_issue_or_404(request.user, key, number)
    ways = ways_of(issue, access_to(issue.project, request.user))
    return [
        MoveOut(
            state=way.state.slug,
            name=way.state.name,
            is_current=way.is_current,
            is_allowed=way.refusal is None,
            code=way.refusal.code if way.refusal else "",
            message=way.refusal.message if way.refusal else "",
            needs=way.refusal.fix if way.refusal else "",
        )
        for way in ways
    ]


@routes.post(f"{ONE}/move", scope=Scope.ISSUES_WRITE, answer=IssueOut, errors=(404, 409, 422))
def move_an_issue(request: ApiRequest, key: str, number: int, move: MoveIn) -> IssueOut:
    """Move an issue to a state, and to its place there.

    For those whom the workflow lets take the step. A refusal has the guard's sentence and its code (422, or 403 for
    want of a right); `details.needs` names what may be sent along.
    """
    issue = get_issue_or_404(request.user, key, number)
    project = issue.project
    try:
        moved = move_issue(
            actor=request.user,
            issue=issue,
            to=state_named(project, move.to, "to"),
            place=Place(move.after, move.before, move.foot),
            seen=state_named(project, move.seen, "seen") if move.seen else None,
            assignee=assignee_named(project, request.user, move.assignee),
            resolution=move.resolution or None,
        )
    except MoveRefused as refused:
        raise _with_reason(issue, refused) from refused
    moved.reporter = issue.reporter
    tell_version(request, moved.version)
    return issue_out(moved, messages=talks_of([moved.pk], request.user.pk).get(moved.pk, SILENT).count)


@routes.post(
    "/projects/{key:key}/issues/bulk", scope=Scope.ISSUES_WRITE, answer=BulkOut, errors=(404, 409, 422)
)  # fmt: skip
def change_many_issues(request: ApiRequest, key: str, bulk: BulkIn) -> BulkOut:
    """Change or move many issues, all or none of them.

    For developers and leads. Where a guard stands in the way of one, nothing is changed and `details.issues` tells the
    sentence for each (422). Where one is not there, or of another project, the answer is 404.
    """
    project = get_project_or_404(request.user, key, Perm.EDIT_ISSUE)
    numbers = _numbers(project, bulk.issues)
    changes = _changes(project, request, bulk)
    note = bulk.resolution if "state" in changes else ""
    try:
        changed = change_issues(actor=request.user, project=project, numbers=numbers, changes=changes, resolution=note)
    except BulkRefused as refused:
        raise _each(refused) from refused
    except DomainError as error:
        if error.code == "missing":
            raise Http404("no such issue") from error
        raise
    return BulkOut(changed=[issue.key for issue in changed])


def _with_reason(issue: Issue, refused: MoveRefused) -> DomainError:
    """Return the guard's no with the rule behind it and who can help, as the board tells them."""
    why = explain(issue, refused.to, refused.refusal)
    error = DomainError(
        str(refused),
        code=refused.code,
        context={
            "hint": " ".join(words for words in (why.rule, why.who) if words),
            "details": {"needs": refused.refusal.fix, "to": refused.to.slug},
        },
    )
    error.status = refused.status
    return error


def _each(refused: BulkRefused) -> DomainError:
    told = [{"key": each.issue.key, "message": each.message, "needs": each.fix} for each in refused.refusals]
    return DomainError(str(refused), code=refused.code, context={"details": {"issues": told}})


def _numbers(project: Project, keys: list[str]) -> list[int]:
    """Return the numbers of issues of the project; Http404 where one is of another, which may not exist at all."""
    found = [key.rpartition("-") for key in dict.fromkeys(keys)]
    if any(prefix != project.key for prefix, _hyphen, _number in found):
        raise Http404("no such issue")
    return [int(number) for _prefix, _hyphen, number in found]


def _changes(project: Project, request: ApiRequest, bulk: BulkIn) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if bulk.state is not None:
        changes["state"] = state_named(project, bulk.state)
    if bulk.priority is not None:
        changes["priority"] = LEVELS[bulk.priority].value
    if bulk.assignee is not None:
        changes["assignee"] = assignee_named(project, request.user, bulk.assignee)
    for field in ("add_label", "remove_label"):
        if (name := getattr(bulk, field)) is not None:
            changes[field] = labels_named(project, [name], field)[0]
    if not changes:
        raise DomainError(_("Choose what to change."), code="invalid")
    return changes
