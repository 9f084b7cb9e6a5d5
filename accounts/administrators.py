"""Site administrators: who they are, and what only they may do."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.naming import listed
from config.errors import DomainError, PermissionRefused

View = Callable[..., HttpResponseBase]


def administrators() -> QuerySet[User]:
    """Return the active site administrators, by name."""
    return User.objects.filter(is_superuser=True, is_active=True).order_by("display_name", "username")


def require_administrator(person: User | None) -> None:
    """Raise PermissionRefused with the rule and who can help, unless a site administrator acts.

    None is the installation itself: a command of whoever runs it.
    """
    if person is None or (person.is_superuser and person.is_active):
        return
    names = [each.name for each in administrators()]
    message = _("Only site administrators do this. %s can do it for you.") % listed(names)
    raise PermissionRefused(message, context={"able": names})


def lock_with_administrators(people: Iterable[User]) -> dict[int, User]:
    """Return fresh copies of people by id, under their rows' locks; the rows of all administrators are locked as well.

    In the order of their ids, so that two who change administrators at once wait for each other and cannot deadlock.
    """
    ids = {person.pk for person in people}
    rows = User.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
    return {row.pk: row for row in list(rows.filter(Q(is_superuser=True) | Q(pk__in=ids))) if row.pk in ids}


def keep_an_administrator(person: User) -> None:
    """Raise DomainError where nobody else administrates the site. The caller holds `lock_with_administrators`."""
    if person.is_superuser and person.is_active and not administrators().exclude(pk=person.pk).exists():
        message = _("%s is the last active administrator. Make somebody else an administrator first.") % person.name
        raise DomainError(message, code="last_administrator")


def administrators_only(view: View) -> View:
    """Answer 404 to everyone but site administrators: for others these pages do not exist."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not (request.user.is_authenticated and request.user.is_superuser):
            raise Http404("for site administrators")
        return view(request, *args, **kwargs)

    return inner
