"""Everyone, and what administrators do to people."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.administrators import administrators_only
from accounts.forms.instance import PeopleForm, SwitchForm
from accounts.models import User
from accounts.queries.instance import (
    PAGE,
    PEOPLE_FILTERS,
    PEOPLE_SORTS,
    get_person_or_404,
    people_by_id,
    people_of_instance,
)
from accounts.services.administering import end_sessions_of, reset_factors
from accounts.services.people import set_active, set_administrator, set_all_active
from accounts.stepup import ask_again, has_stepped_up, stepped_up
from config.errors import DomainError
from config.http import AuthedRequest, page_or_fragment, safe_next


@require_safe
@administrators_only
def people(request: AuthedRequest) -> HttpResponse:
    """List everyone, narrowed by words and by role, state, factor and log-in, in a chosen order."""
    text = request.GET.get("q", "").strip()[:100]
    chosen = {name: request.GET.get(name, "") for name in PEOPLE_FILTERS}
    sort = request.GET.get("sort", "name")
    sort = sort if sort in PEOPLE_SORTS else "name"
    page = Paginator(people_of_instance(text=text, chosen=chosen, sort=sort), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "text": text, "chosen": chosen, "sort": sort, "ticked": request.GET.getlist("people")}
    return page_or_fragment(request, "instance/people.html", "found", context)


@require_POST
@administrators_only
def people_act(request: AuthedRequest) -> HttpResponse:
    """Activate or deactivate all who were ticked, or none. Who says first that it is them finds them ticked again."""
    form, back = PeopleForm(request.POST), safe_next(request, "/instance/people/")
    if not form.is_valid():
        messages.error(request, _("Tick at least one person, and choose what to do."))
        return redirect(back)
    if not has_stepped_up(request):
        return ask_again(request, _with_ticked(back, form.cleaned_data["people"]))
    active = form.cleaned_data["act"] == "activate"
    try:
        found = people_by_id(form.cleaned_data["people"])
        count = len(set_all_active(actor=request.user, people=found, active=active))
    except DomainError as error:
        messages.error(request, _("Nothing was changed. %s") % error)
        return redirect(back)
    done = ngettext("%(count)d account is active now.", "%(count)d accounts are active now.", count)
    if not active:
        done = ngettext("%(count)d account is deactivated.", "%(count)d accounts are deactivated.", count)
    messages.success(request, done % {"count": count})
    return redirect(back)


@require_POST
@administrators_only
@stepped_up
def person_role(request: AuthedRequest, username: str) -> HttpResponse:
    """Make somebody an administrator, or an ordinary user again."""
    return _switched(
        request,
        username,
        lambda person, on: set_administrator(actor=request.user, person=person, administrator=on),
        (_("%s is a site administrator now."), _("%s is no administrator any more.")),
    )


@require_POST
@administrators_only
@stepped_up
def person_active(request: AuthedRequest, username: str) -> HttpResponse:
    """Activate or deactivate somebody."""
    return _switched(
        request,
        username,
        lambda person, on: set_active(actor=request.user, person=person, active=on),
        (_("%s can log in again."), _("%s is deactivated. All their sessions and tokens ended.")),
    )


@require_POST
@administrators_only
def person_sessions_end(request: AuthedRequest, username: str) -> HttpResponse:
    """End all sessions of somebody."""
    person = get_person_or_404(username)
    return _done(
        request,
        person,
        lambda: end_sessions_of(actor=request.user, person=person),
        _("%s is logged out everywhere."),
    )


@require_POST
@administrators_only
@stepped_up
def person_factors_reset(request: AuthedRequest, username: str) -> HttpResponse:
    """Remove the second factors of somebody who lost theirs."""
    person = get_person_or_404(username)
    done = _("The second factors of %s are removed; a mail told them.")
    return _done(request, person, lambda: reset_factors(actor=request.user, person=person), done)


def _switched(
    request: AuthedRequest, username: str, act: Callable[[User, bool], object], done: tuple[str, str]
) -> HttpResponse:
    person, form = get_person_or_404(username), SwitchForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The request cannot be read. Reload the page and try again."))
        return redirect(_page_of(person))
    on = form.cleaned_data["on"]
    return _done(request, person, lambda: act(person, on), done[0] if on else done[1])


def _done(request: AuthedRequest, person: User, act: Callable[[], object], sentence: str) -> HttpResponse:
    """Do it and go back to the person's page, which says that it was done, or why not."""
    try:
        act()
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, sentence % person.name)
    return redirect(_page_of(person))


def _with_ticked(path: str, people: list[int]) -> str:
    """Return a path of the list with these people in its query: the list ticks them."""
    place, _mark, query = path.partition("?")
    asked = QueryDict(query, mutable=True)
    asked.setlist("people", [str(pk) for pk in people])
    return f"{place}?{asked.urlencode()}"


def _page_of(person: User) -> str:
    return f"/instance/people/{person.username}/"
