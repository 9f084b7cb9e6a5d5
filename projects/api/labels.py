"""Labels of a project. Removing one takes it off its issues, so that operation stands in issues/api/columns.py."""

from typing import Annotated

from pydantic import Field

from accounts.enums import Hue, Scope
from config.api.operations import ApiRequest, Operations
from config.api.shapes import In, Out
from projects.access import get_label_or_404, get_project_or_404
from projects.api.shapes import HueNumber, sent
from projects.models import Label
from projects.permissions import Perm
from projects.queries import labels_of
from projects.services.labels import change_label, create_label

routes = Operations(tags=["Labels"])
ALL = "/projects/{key:key}/labels"
ONE = "/projects/{key:key}/labels/{int:label_id}"
LabelName = Annotated[str, Field(min_length=1, max_length=40, examples=["search"])]


class LabelOut(Out):
    """A label."""

    id: int
    name: str
    hue: HueNumber


class LabelIn(In):
    """A new label."""

    name: LabelName
    hue: HueNumber = int(Hue.BLUE)


class LabelEditIn(In):
    """What to change of a label; what is left out stays."""

    name: LabelName = ""
    hue: HueNumber = int(Hue.BLUE)


@routes.get(ALL, scope=Scope.PROJECTS_READ, answer=list[LabelOut], errors=(404,))
def list_labels(request: ApiRequest, key: str) -> list[LabelOut]:
    """List the labels of a project.

    By name. For everyone who is logged in and may read the project.
    """
    return [_label_out(label) for label in labels_of(get_project_or_404(request.user, key))]


@routes.post(ALL, scope=Scope.PROJECTS_WRITE, answer=LabelOut, status=201)
def create_a_label(request: ApiRequest, key: str, label: LabelIn) -> LabelOut:
    """Create a label.

    422 where there is one by that name, in whatever letters. For leads.
    """
    project = get_project_or_404(request.user, key, Perm.MANAGE_LABELS)
    return _label_out(create_label(actor=request.user, project=project, name=label.name, hue=Hue(label.hue)))


@routes.patch(ONE, scope=Scope.PROJECTS_WRITE, answer=LabelOut)
def change_a_label(request: ApiRequest, key: str, label_id: int, changes: LabelEditIn) -> LabelOut:
    """Rename or recolour a label.

    422 where there is another one by that name. For leads.
    """
    project = get_project_or_404(request.user, key, Perm.MANAGE_LABELS)
    label = get_label_or_404(project, label_id)
    wanted = sent(changes)
    name, hue = wanted.get("name", label.name), Hue(wanted.get("hue", label.hue))
    return _label_out(change_label(actor=request.user, label=label, name=name, hue=hue))


def _label_out(label: Label) -> LabelOut:
    return LabelOut(id=label.pk, name=label.name, hue=int(label.hue))
