"""Making an issue of a message."""

from pydantic import ConfigDict, Field

from accounts.enums import Scope
from accounts.limits import ISSUE
from chat.access import get_message_or_404
from chat.rendering import files_under
from config.api.operations import ApiRequest, Operations
from config.api.shapes import In
from issues.api.names import assignee_named, labels_named
from issues.api.shapes import IssueOut, KindWord, LabelName, Text, Username, issue_out
from issues.enums import Kind
from issues.models import DESCRIPTION_LENGTH, TITLE_LENGTH
from issues.quoting import quotation_of, title_for
from issues.services.frommessage import create_issue_from_message
from projects.permissions import Perm

routes = Operations(tags=["Conversations"])


class FromMessageIn(In):
    """What the issue says; what is left out is taken from the message, as the page proposes it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)

    title: Text | None = Field(None, min_length=1, max_length=TITLE_LENGTH)
    description: Text | None = Field(None, max_length=DESCRIPTION_LENGTH)
    type: KindWord = Kind.TASK.value
    assignee: Username | None = None
    labels: list[LabelName] = Field(default_factory=list, max_length=100)


@routes.post(
    "/projects/{key:key}/messages/{int:message}/issue", scope=Scope.ISSUES_WRITE, answer=IssueOut, status=201,
    limit=ISSUE, errors=(404, 409, 422),
)  # fmt: skip
def make_issue_of_message(request: ApiRequest, key: str, message: int, issue: FromMessageIn) -> IssueOut:
    """Make an issue of a message.

    For developers and leads. Message and issue then lead to each other; a second one is made of no message (422).
    """
    said = get_message_or_404(request.user, key, message, Perm.CREATE_ISSUE)
    files = files_under(said.thread, said)
    project = said.thread.project
    made = create_issue_from_message(
        actor=request.user,
        message=said,
        title=title_for(said, files) if issue.title is None else issue.title,
        description=quotation_of(said, files) if issue.description is None else issue.description,
        kind=issue.type,
        assignee=assignee_named(project, request.user, issue.assignee),
        label_ids=labels_named(project, issue.labels),
    )
    return issue_out(made)
