"""Filters that a person keeps by a name. No event: what somebody looks for concerns nobody else."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import User
from config.errors import Conflict, DomainError
from issues.filters import common_choices, parse_filter, read_filter, words_of
from issues.models import SavedFilter
from projects.access import require
from projects.models import Project
from projects.permissions import Perm

MOST = 100
NAME_LENGTH = 80
QUERY_LENGTH = 1000


@transaction.atomic
def save_filter(*, actor: User, project: Project | None, name: str, query: str) -> SavedFilter:
    """Keep a filter for one project, or (None) for all of them; `query` is an address's part after the `?`.

    It is kept as the board writes it. Locks the person. Raises PermissionRefused, Conflict for a name that is taken, or
    DomainError for words that the project, or not every project, knows, and for more than MOST filters.
    """
    if project is not None:
        require(project, actor, Perm.READ)
    saved = SavedFilter(person=actor, project=project, name=_name(name), query=canonical(actor, project, query))
    User.objects.select_for_update(of=("self",), no_key=True).values_list("pk").get(pk=actor.pk)
    if SavedFilter.objects.filter(person=actor).count() >= MOST:
        message = _("You have %d saved filters, which is as many as one may have. Delete one that you no longer need.")
        raise DomainError(message % MOST, code="too_many_filters")
    return _written(saved)


def change_filter(*, actor: User, saved: SavedFilter, changes: Mapping[str, str]) -> SavedFilter:
    """Change the name or the query of a filter, which the caller has found by its access function.

    Raises Conflict and DomainError as `save_filter` does.
    """
    if "name" in changes:
        saved.name = _name(changes["name"])
    if "query" in changes:
        saved.query = canonical(actor, saved.project, changes["query"])
    return _written(saved)


def delete_filter(*, saved: SavedFilter) -> None:
    """Forget a filter. It was nobody else's, and what it found is not touched."""
    saved.delete()


def canonical(actor: User, project: Project | None, query: str) -> str:
    """Return a query as the board writes it; DomainError for the first word that it would leave out."""
    given: dict[str, Any] = words_of(QueryDict(query.removeprefix("?")))
    wanted = parse_filter(given, project, actor.pk) if project else read_filter(given, common_choices(actor.pk))
    if wanted.problems:
        raise DomainError(wanted.problems[0], code="filter", context={"fields": {"query": list(wanted.problems)}})
    kept = wanted.query().removeprefix("?")
    if not kept:
        raise DomainError(_("This filter hides nothing. Choose what it should find first."), code="empty_filter")
    if len(kept) > QUERY_LENGTH:
        raise DomainError(_("This filter is too long to be kept. Choose fewer words."), code="too_long")
    return kept


def _name(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise DomainError(_("Give the filter a name."), code="invalid", context={"fields": {"name": [_("Is empty.")]}})
    if len(name) > NAME_LENGTH:
        raise DomainError(_("A filter's name has at most %d characters.") % NAME_LENGTH, code="invalid")
    return name


def _written(saved: SavedFilter) -> SavedFilter:
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError as error:
        if "saved_filter_unique" not in str(error):
            raise
        raise Conflict(_("You have a filter called “%s” here already. Choose another name.") % saved.name) from error
    return saved
