"""The overview of the installation, and its settings."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.administrators import administrators_only
from accounts.forms.instance import InstanceForm
from accounts.models import InstanceSettings
from accounts.queries.instance import figures, settings_row
from accounts.services.instance import INSTANCE_FIELDS, change_instance
from accounts.stepup import ask_again, has_stepped_up
from config.errors import DomainError
from config.http import AuthedRequest

# Beside which field a refusal of the service stands.
FIELD_OF = {"no_domains": "allowed_domains", "own_factor": "require_two_factors"}

# What was typed, in the address and signed, while its author says who they are.
KEPT = "typed"
KEPT_SECONDS = 600
MOST_KEPT = 3000


@require_safe
@administrators_only
def overview(request: AuthedRequest) -> HttpResponse:
    """Show the figures of the installation and its settings, or what an administrator had typed before they said who
    they are: nothing of it is saved yet."""
    form = InstanceForm(initial=_values(settings_row()) | _typed(request))
    return _page(request, form, is_kept=KEPT in request.GET)


@require_POST
@administrators_only
def settings_change(request: AuthedRequest) -> HttpResponse:
    """Change the settings, for everyone and at once. Who says first that it is them finds what they typed."""
    form = InstanceForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    if not has_stepped_up(request):
        return ask_again(request, f"{reverse('accounts:instance')}{_kept(request, form)}")
    try:
        change_instance(actor=request.user, changes=form.cleaned_data)
    except DomainError as error:
        form.add_error(FIELD_OF.get(error.code), str(error))
        return _page(request, form, status=error.status)
    messages.success(request, _("The settings are saved. They hold everywhere within a second."))
    return redirect("accounts:instance")


def _values(row: InstanceSettings) -> dict[str, object]:
    return {name: getattr(row, name) for name in INSTANCE_FIELDS}


def _kept(request: AuthedRequest, form: InstanceForm) -> str:
    """Return a query that brings back what was typed; none for a list of domains that no address has room for."""
    kept = signing.dumps([request.user.pk, form.cleaned_data], salt=KEPT, compress=True)
    return f"?{urlencode({KEPT: kept})}" if len(kept) <= MOST_KEPT else ""


def _typed(request: AuthedRequest) -> dict[str, object]:
    """Return what this person typed; nothing where it is not from us, so that no link can fill in the form."""
    try:
        person, typed = signing.loads(request.GET.get(KEPT, ""), salt=KEPT, max_age=KEPT_SECONDS)
    except signing.BadSignature:
        return {}
    return dict(typed) if person == request.user.pk else {}


def _page(request: AuthedRequest, form: InstanceForm, *, status: int = 200, is_kept: bool = False) -> HttpResponse:
    context = {"form": form, "figures": figures(), "is_kept": is_kept}
    return render(request, "instance/overview.html", context, status=status)
