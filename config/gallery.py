"""The components in all their states, on one page. Development only (config/urls.py)."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe


class GalleryForm(forms.Form):
    """One field of each sort; what it is given refuses the first."""

    name = forms.CharField(label=_("Name"), min_length=3, help_text=_("Three letters at least."))
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea({"rows": 3}))
    kind = forms.ChoiceField(
        label=_("Type"), choices=[("bug", _("Bug")), ("task", _("Task"))], widget=forms.RadioSelect
    )
    is_urgent = forms.BooleanField(label=_("Urgent"), required=False)


@login_not_required
@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """Show every component, with a form that was refused."""
    return render(request, "gallery.html", {"form": GalleryForm({"name": "ab", "kind": "bug"})})
