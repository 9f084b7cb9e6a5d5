"""A person's own pages."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.forms.people import ProfileForm
from accounts.queries.people import coming_picture
from accounts.queries.teams import teams_of
from accounts.services.people import PROFILE_FIELDS, change_profile
from config.http import AuthedRequest


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: AuthedRequest) -> HttpResponse:
    """Show and change what others see of the person, and how they read the site."""
    person = request.user
    sent = request.POST if request.method == "POST" else None
    form = ProfileForm(sent, initial={name: getattr(person, name) for name in PROFILE_FIELDS})
    if form.is_valid():
        change_profile(actor=person, changes=form.cleaned_data)
        messages.success(request, _("Your profile is saved."))
        return redirect("accounts:profile")
    context = {"form": form, "person": person, "coming": coming_picture(person), "teams": teams_of(person)}
    return render(request, "accounts/profile.html", context, status=422 if form.is_bound else 200)
