"""The form of a new token."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.enums import Scope
from accounts.forms.people import NameField
from accounts.hooks import SeenProject
from accounts.models import User
from accounts.services.tokens import FOR_ADMINISTRATORS

ALL, SOME = "all", "some"
GROUPS = {
    "me": _("You"),
    "people": _("People"),
    "teams": _("Teams"),
    "projects": _("Projects"),
    "issues": _("Issues"),
    "messages": _("Conversations"),
    "files": _("Files"),
    "notifications": _("Your inbox"),
    "events": _("Changes"),
    "webhooks": _("Webhooks"),
    "admin": _("Administration"),
}


class TokenForm(forms.Form):
    """What a token is called, what it may do, where, and for how long."""

    name = NameField(label=_("Name"), max_length=80, help_text=_("What uses it, such as: Nightly report."))
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Never more than you may do yourself. Changing includes reading."),
    )
    reach = forms.ChoiceField(
        label=_("Where"),
        choices=[(ALL, _("In all your projects, also later ones")), (SOME, _("Only in these projects:"))],
        widget=forms.RadioSelect,
        initial=ALL,
    )
    projects = forms.TypedMultipleChoiceField(
        label=_("Projects"), widget=forms.CheckboxSelectMultiple, coerce=int, required=False
    )
    days = forms.IntegerField(
        label=_("Days until it ends"), min_value=1, max_value=settings.TOKEN_DAYS_AT_MOST, initial=settings.TOKEN_DAYS
    )

    def __init__(self, person: User, seen: Sequence[SeenProject], data: Any = None) -> None:
        """`seen` are the projects that the person sees."""
        super().__init__(data)
        offered = [scope for scope in Scope if person.is_superuser or scope not in FOR_ADMINISTRATORS]
        choices: Any = self.fields
        choices["scopes"].choices = [(scope.value, scope.label) for scope in offered]
        choices["projects"].choices = [(project.id, f"{project.key} · {project.name}") for project in seen]

    def groups(self) -> Iterator[tuple[Any, list[Any]]]:
        """Yield the boxes of what it may do, by what it is done with."""
        boxes: dict[str, list[Any]] = {}
        for box in self["scopes"]:
            boxes.setdefault(str(box.data["value"]).partition(":")[0], []).append(box)
        for name, found in boxes.items():
            yield GROUPS[name], found

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        reach, projects = cleaned.get("reach"), cleaned.get("projects")
        if reach == SOME and not projects:
            self.add_error("projects", _("Choose at least one project."))
        if reach == ALL and projects:
            self.add_error("reach", _("You ticked projects: say that it reaches only these, or untick them."))
        return cleaned

    def wanted(self) -> dict[str, Any]:
        """Return what the service asks for; only of a valid form."""
        cleaned = self.cleaned_data
        return {
            "name": cleaned["name"],
            "scopes": {Scope(value) for value in cleaned["scopes"]},
            "projects": cleaned["projects"] if cleaned["reach"] == SOME else None,
            "days": cleaned["days"],
        }
