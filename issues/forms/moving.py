"""What a move of a card says."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from config.errors import DomainError
from issues.models import RESOLUTION_LENGTH
from issues.services.moving import Place
from projects.models import Project, State
from projects.queries import assignable_people
from projects.workflow import workflow_of


class MoveForm(forms.Form):
    """Where to (`to`, and under or above which neighbour), from where the person saw it, and what the step asks for.

    `view=board` says that the answer goes to a board: the card and the columns' heads.
    """

    to = forms.CharField(max_length=48)
    after = forms.IntegerField(min_value=1, required=False)
    before = forms.IntegerField(min_value=1, required=False)
    foot = forms.BooleanField(required=False)
    seen = forms.CharField(max_length=48, required=False)
    assignee = forms.CharField(max_length=32, required=False)
    resolution = forms.CharField(label=gettext_lazy("Resolution note"), max_length=RESOLUTION_LENGTH, required=False)
    view = forms.CharField(max_length=8, required=False)

    def __init__(self, data: Any, *, project: Project, person: User) -> None:
        super().__init__(data)
        self.project = project
        self.person = person

    def clean_to(self) -> State:
        """Return the state, which must be one of the project's."""
        slug = self.cleaned_data["to"]
        state = workflow_of(self.project).by_slug(slug)
        if state is None:
            message = _("%(key)s has no state “%(slug)s” any more. Reload the board.")
            raise forms.ValidationError(message % {"key": self.project.key, "slug": slug})
        return state

    def clean_seen(self) -> State | None:
        """Return the state in which the person saw the issue; one that is gone meanwhile says nothing."""
        return workflow_of(self.project).by_slug(self.cleaned_data["seen"])

    def clean_assignee(self) -> User | None:
        """Return the person: `me`, or a member by username."""
        name = self.cleaned_data["assignee"]
        if not name or name == "me":
            return self.person if name else None
        person = assignable_people(self.project).filter(username__iexact=name).first()
        if person is None:
            message = _("%(name)s is not a member of %(key)s, so nothing can be assigned to them.")
            raise forms.ValidationError(message % {"name": name, "key": self.project.key})
        return person

    def move(self) -> dict[str, Any]:
        """Return the arguments of the service."""
        data = self.cleaned_data
        place = Place(data["after"], data["before"], data["foot"])
        return {
            "to": data["to"],
            "place": place,
            "seen": data["seen"],
            "assignee": data["assignee"],
            "resolution": data["resolution"] or None,
        }

    def refusal(self) -> DomainError:
        """Return the first thing that is wrong with the fields as what a person reads."""
        return DomainError(str(next(iter(self.errors.values()))[0]), code="invalid")

    def sent(self) -> dict[str, str]:
        """Return the fields that were sent, for a form that repeats the move with what it lacked."""
        return {name: self.data[name] for name in self.fields if self.data.get(name)}
