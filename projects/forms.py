"""Forms of projects and their settings. They parse; whether a thing may be done is the services' to say."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.enums import Hue
from accounts.models import Team
from projects.enums import Category, Role, Template, Visibility
from projects.models import Label, Project, State, Transition
from projects.models.projects import KEY_VALIDATOR
from projects.permissions import Perm, roles_with

KEY_LENGTH = 10
SHORT_KEY = 4
LIMIT_AT_MOST = 999


def suggest_key(name: str) -> str:
    """Return a key for a name: the initials of several words, the beginning of one; empty where none fits."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    words = re.findall(r"[A-Z0-9]+", plain)
    if not words:
        return ""
    key = "".join(word[0] for word in words) if len(words) > 1 else words[0][:SHORT_KEY]
    key = key.lstrip("0123456789")[:KEY_LENGTH]
    return key if len(key) > 1 else ""


class KeyField(forms.CharField):
    """A project's key; small letters are taken as capitals."""

    default_validators = [KEY_VALIDATOR]

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput({"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"})
        options: dict[str, Any] = {"label": _("Key"), "max_length": KEY_LENGTH, "widget": widget}
        super().__init__(**options | kwargs)

    def to_python(self, value: Any) -> str:
        """Return the key in capitals."""
        return str(super().to_python(value)).upper()


class TeamsRoleField(forms.TypedChoiceField):
    """What the members of the project's team are in it without being added; None for nothing."""

    def __init__(self, **kwargs: Any) -> None:
        options: dict[str, Any] = {
            "label": _("The team's members are here"),
            "choices": [("", _("Nothing: each is added")), *Role.choices],
            "coerce": Role,
            "empty_value": None,
            "required": False,
            "help_text": _("Owners and admins of the team lead every project of it; guests are added one by one."),
        }
        super().__init__(**options | kwargs)


class NewProjectForm(forms.Form):
    """What a new project needs. Without a key it gets one from its name."""

    name = forms.CharField(label=_("Name"), max_length=80)
    key = KeyField(required=False, help_text=_("Issues are called by it, such as WEB-12. Empty: made from the name."))
    description = forms.CharField(
        label=_("Description"), max_length=4000, required=False, widget=forms.Textarea({"rows": 3})
    )
    template = forms.ChoiceField(
        label=_("Workflow"), choices=Template.choices, initial=Template.TASK, widget=forms.RadioSelect
    )
    visibility = forms.ChoiceField(
        label=_("Who can read it"), choices=Visibility.choices, initial=Visibility.PRIVATE, widget=forms.RadioSelect
    )
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.none(), empty_label=None)
    default_role = TeamsRoleField(initial=Role.DEVELOPER)

    def __init__(self, *args: Any, teams: QuerySet[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.teams = list(teams)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]
        if len(self.teams) == 1:
            del self.fields["team"]

    def clean(self) -> dict[str, Any]:
        """Fill in the key and the team that the person need not choose."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "team" not in self.fields:
            cleaned["team"] = self.teams[0]
        if cleaned.get("name") and cleaned.get("key") == "":
            cleaned["key"] = suggest_key(cleaned["name"])
            if not cleaned["key"]:
                self.add_error("key", _("No key can be made from this name. Type one, such as WEB."))
        return cleaned


class ProjectForm(forms.Form):
    """A project's general settings."""

    name = forms.CharField(label=_("Name"), max_length=80)
    key = KeyField(help_text=_("Old addresses keep working when it changes; issues take the new one."))
    description = forms.CharField(
        label=_("Description"), max_length=4000, required=False, widget=forms.Textarea({"rows": 3})
    )
    visibility = forms.ChoiceField(label=_("Who can read it"), choices=Visibility.choices, widget=forms.RadioSelect)
    default_role = TeamsRoleField()
    developers_move_own = forms.BooleanField(
        label=_("Developers move only issues that are assigned to them"),
        required=False,
        help_text=_("Leads move every issue."),
    )
    viewers_may_write = forms.BooleanField(
        label=_("Viewers may comment and write in the chat"),
        required=False,
        help_text=_("Otherwise they read what is said."),
    )

    @classmethod
    def of(cls, project: Project) -> "ProjectForm":
        """Return the form filled with a project's settings."""
        return cls(initial={name: getattr(project, name) for name in cls.base_fields})


class DeleteForm(forms.Form):
    """Deleting asks for the key, so that nobody does it by a slip."""

    typed_key = forms.CharField(label=_("Type the key of the project"), max_length=KEY_LENGTH)


class NewMemberForm(forms.Form):
    """Who joins, and as what."""

    person = forms.CharField(label=_("Username or e-mail"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.DEVELOPER)

    person.widget.attrs |= {"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}


class RoleForm(forms.Form):
    """A member's role."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class HueField(forms.TypedChoiceField):
    """One of the six hues, as a number."""

    def __init__(self, **kwargs: Any) -> None:
        options: dict[str, Any] = {"label": _("Colour"), "choices": Hue.choices, "coerce": int, "initial": Hue.BLUE}
        super().__init__(**options | kwargs)


class LabelForm(forms.Form):
    """A label. EDIT_ID keeps the ids of one that changes a label apart from those of a new one."""

    EDIT_ID = "label_%s"
    name = forms.CharField(label=_("Name"), max_length=40)
    hue = HueField()

    @classmethod
    def of(cls, label: Label) -> "LabelForm":
        """Return the form filled with a label."""
        return cls(initial={"name": label.name, "hue": label.hue}, auto_id=cls.EDIT_ID)


class StateForm(forms.Form):
    """A state of the workflow. EDIT_ID keeps the ids of one that changes a state apart from those of a new one."""

    EDIT_ID = "state_%s"

    name = forms.CharField(label=_("Name"), max_length=40)
    category = forms.ChoiceField(label=_("Category"), choices=Category.choices)
    is_initial = forms.BooleanField(label=_("New issues may start here"), required=False)
    wip_limit = forms.IntegerField(
        label=_("Limit of issues"),
        min_value=1,
        max_value=LIMIT_AT_MOST,
        required=False,
        help_text=_("Empty: no limit."),
    )
    wip_is_hard = forms.BooleanField(
        label=_("Refuse what exceeds the limit"),
        required=False,
        help_text=_("Otherwise the column only shows that it is too full."),
    )
    hue = forms.TypedChoiceField(
        label=_("Colour"),
        choices=[("", _("That of its category")), *Hue.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )

    @classmethod
    def of(cls, state: State) -> "StateForm":
        """Return the form filled with a state."""
        return cls(initial={name: getattr(state, name) for name in cls.base_fields}, auto_id=cls.EDIT_ID)


class ShiftForm(forms.Form):
    """Where a state goes in the order of the columns."""

    direction = forms.ChoiceField(choices=[("up", "up"), ("down", "down")])


class StepForm(forms.Form):
    """Who may take a step of the workflow, and what it needs."""

    roles = forms.MultipleChoiceField(
        label=_("Who may take it"),
        # Viewers move nothing, whatever a step says.
        choices=[(role.value, role.label) for role in roles_with(Perm.MOVE_ISSUE)],
        widget=forms.CheckboxSelectMultiple,
    )
    needs_assignee = forms.BooleanField(label=_("The issue needs an assignee"), required=False)
    needs_resolution = forms.BooleanField(label=_("The issue needs a resolution note"), required=False)
    own_only = forms.BooleanField(label=_("Developers take it only with what is assigned to them"), required=False)

    roles.error_messages["required"] = _("Name at least one role, or forbid the step.")

    @classmethod
    def of(cls, step: Transition | None) -> "StepForm":
        """Return the form filled with a step, or for a step that there is not yet."""
        if step is None:
            return cls(initial={"roles": [Role.DEVELOPER, Role.LEAD]})
        return cls(initial={name: getattr(step, name) for name in cls.base_fields})


class TargetForm(forms.Form):
    """To which state the issues of a removed one go."""

    to = forms.ChoiceField(label=_("Its issues go to"))

    def __init__(self, *args: Any, states: Iterable[State], required: bool, missing: str, **kwargs: Any) -> None:
        """`missing` is what is said where it is required and was not chosen."""
        super().__init__(*args, **kwargs)
        self.states = {state.slug: state for state in states}
        self.fields["to"].choices = [(slug, state.name) for slug, state in self.states.items()]  # type: ignore[attr-defined]
        self.fields["to"].required = required
        self.fields["to"].error_messages["required"] = missing

    def target(self) -> State | None:
        """Return the chosen state; None where there was nothing to choose."""
        return self.states.get(self.cleaned_data["to"])


class TakeOverForm(forms.Form):
    """Why an administrator takes a project over."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=160,
        help_text=_("The members read it in the project's activity, and it stands in this site's log."),
    )
