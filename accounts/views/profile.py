"""A person's own pages."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms.people import ProfileForm, ThemeForm
from accounts.limits import PROFILE, TooMany, spend, who_of
from accounts.queries.people import coming_picture
from accounts.queries.teams import teams_of
from accounts.services.people import PROFILE_FIELDS, change_profile
from config.http import AuthedRequest, told_when

YEAR = 365 * 24 * 3600


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: AuthedRequest) -> HttpResponse:
    """Show and change what others see of the person, and how they read the site."""
    person = request.user
    sent = request.POST if request.method == "POST" else None
    form = ProfileForm(sent, initial={name: getattr(person, name) for name in PROFILE_FIELDS})
    if form.is_valid():
        try:
            spend(PROFILE, who_of(request))
        except TooMany as error:
            form.add_error(None, str(error))
            return told_when(_page(request, form, status=error.status), error)
        change_profile(actor=person, changes=form.cleaned_data)
        messages.success(request, _("Your profile is saved."))
        response = redirect("accounts:profile")
        keep_theme(response, form.cleaned_data["theme"])
        return response
    return _page(request, form, status=422 if form.is_bound else 200)


def _page(request: AuthedRequest, form: ProfileForm, *, status: int) -> HttpResponse:
    person = request.user
    context = {"form": form, "person": person, "coming": coming_picture(person), "teams": teams_of(person)}
    return render(request, "accounts/profile.html", context, status=status)


@require_POST
def theme(request: AuthedRequest) -> HttpResponse:
    """Store the colours that the person chose in a menu (static/js/theme.js); 422 for what is none."""
    form = ThemeForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    change_profile(actor=request.user, changes=form.cleaned_data)
    return HttpResponse(status=204)


def keep_theme(response: HttpResponse, theme: str) -> None:
    """Keep the colours in this browser too, for pages that know no person; scripts read and write it as well."""
    response.set_cookie("theme", theme or "system", max_age=YEAR, samesite="Lax", secure=settings.HTTPS)
