"""The form of deleting one's account."""

from django import forms
from django.utils.translation import gettext_lazy as _


class LeavingForm(forms.Form):
    """Makes sure that it is meant."""

    username = forms.CharField(label=_("Your username"), max_length=40)
