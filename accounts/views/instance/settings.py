"""The overview of the installation, and its settings."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.administrators import administrators_only
from accounts.forms.instance import InstanceForm
from accounts.models import InstanceSettings
from accounts.queries.instance import figures, settings_row
from accounts.services.instance import INSTANCE_FIELDS, change_instance
from accounts.stepup import stepped_up
from config.errors import DomainError
from config.http import AuthedRequest

# Beside which field a refusal of the service stands.
FIELD_OF = {"no_domains": "allowed_domains", "own_factor": "require_two_factors"}


@require_safe
@administrators_only
def overview(request: AuthedRequest) -> HttpResponse:
    """Show the figures of the installation and its settings."""
    return _page(request, InstanceForm(initial=_values(settings_row())))


@require_POST
@administrators_only
@stepped_up
def settings_change(request: AuthedRequest) -> HttpResponse:
    """Change the settings, for everyone and at once."""
    form = InstanceForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        change_instance(actor=request.user, changes=form.cleaned_data)
    except DomainError as error:
        form.add_error(FIELD_OF.get(error.code), str(error))
        return _page(request, form, status=error.status)
    messages.success(request, _("The settings are saved. They hold everywhere within a second."))
    return redirect("accounts:instance")


def _values(row: InstanceSettings) -> dict[str, object]:
    return {name: getattr(row, name) for name in INSTANCE_FIELDS}


def _page(request: AuthedRequest, form: InstanceForm, *, status: int = 200) -> HttpResponse:
    return render(request, "instance/overview.html", {"form": form, "figures": figures()}, status=status)
