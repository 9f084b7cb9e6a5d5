"""What saving, renaming and deleting a filter says."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from issues.services.filters import NAME_LENGTH, QUERY_LENGTH

ACTS = ("save", "rename", "delete")


class SavedFilterForm(forms.Form):
    """A filter to keep (`query`, for this project or `everywhere`), or what to do with the one that has the id `pk`."""

    act = forms.ChoiceField(choices=[(act, act) for act in ACTS], required=False, widget=forms.HiddenInput)
    pk = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)
    query = forms.CharField(max_length=QUERY_LENGTH, required=False, widget=forms.HiddenInput)
    everywhere = forms.BooleanField(label=_("In all projects"), required=False)

    def clean_act(self) -> str:
        """Return what is to be done; a form without it saves."""
        return self.cleaned_data["act"] or "save"

    def clean(self) -> dict[str, Any]:
        """See that a filter is named where one is to be changed."""
        data = self.cleaned_data
        if data.get("act") in {"rename", "delete"} and not data.get("pk"):
            raise forms.ValidationError(_("Choose a filter first."))
        return data
