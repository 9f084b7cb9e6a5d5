"""Forms of teams. They parse; what may be done is for the services to say."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.enums import TeamRole
from accounts.forms.people import NameField
from accounts.models import User

PASTED_LENGTH = 20_000
INVITED_AS = [(role.value, role.label) for role in (TeamRole.MEMBER, TeamRole.ADMIN, TeamRole.GUEST)]


class TeamForm(forms.Form):
    """A team's name."""

    name = NameField(label=_("Name"), max_length=80)


class TeamRoleForm(forms.Form):
    """What somebody is to be in a team."""

    role = forms.ChoiceField(label=_("Role"), choices=TeamRole.choices)


class InviteForm(forms.Form):
    """Whom to invite, as pasted, and as what. `step` says whether it was shown what comes of it."""

    emails = forms.CharField(
        label=_("E-mail addresses"), max_length=PASTED_LENGTH, widget=forms.Textarea({"rows": 4, "spellcheck": "false"})
    )
    role = forms.ChoiceField(label=_("As"), choices=INVITED_AS, initial=TeamRole.MEMBER)
    step = forms.ChoiceField(choices=[("preview", "preview"), ("send", "send"), ("edit", "edit")])


class LinkForm(forms.Form):
    """Whether there is a join link."""

    link = forms.ChoiceField(choices=[("on", "on"), ("off", "off")])


class TransferForm(forms.Form):
    """Who becomes the owner."""

    person = forms.ModelChoiceField(label=_("New owner"), queryset=User.objects.none(), empty_label=_("Choose one"))

    def __init__(self, *args: Any, heirs: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = heirs  # type: ignore[attr-defined]


class DeleteTeamForm(forms.Form):
    """Deleting asks for the name, so that nobody does it by a slip."""

    typed_name = forms.CharField(label=_("Type the name of the team"), max_length=200)
