"""What a request names by words: members, labels, states and filters of a project. Whether it may is for services."""

from collections.abc import Iterable, Mapping, Sequence

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from config.errors import DomainError
from issues.filters import Filter, parse_filter, words_of
from projects.models import Project, State
from projects.queries import known_labels, known_people
from projects.workflow import workflow_of


def wrong(field: str, sentence: str) -> DomainError:
    """Return the refusal of one field's value."""
    return DomainError(sentence, code="invalid", context={"fields": {field: [sentence]}})


def assignee_named(project: Project, actor: User, name: str | None) -> User | None:
    """Return the person whom the field `assignee` names: `me` or a member; None for nobody."""
    if not name:
        return None
    if name == "me":
        return actor
    found = next((person for person in known_people(project) if person.username.lower() == name.lower()), None)
    if found is None:
        message = _("%(name)s is not a member of %(key)s, so nothing can be assigned to them.")
        raise wrong("assignee", message % {"name": name, "key": project.key})
    return found


def labels_named(project: Project, names: Iterable[str], field: str = "labels") -> list[int]:
    """Return the ids of labels by their names."""
    known = {label.name.lower(): label.pk for label in known_labels(project)}
    names = list(names)
    for name in names:
        if name.lower() not in known:
            raise wrong(field, _("%(key)s has no label “%(name)s”.") % {"key": project.key, "name": name})
    return [known[name.lower()] for name in names]


def state_named(project: Project, slug: str, field: str = "state") -> State:
    """Return a state of the workflow by its slug."""
    state = workflow_of(project).by_slug(slug)
    if state is None:
        raise wrong(field, _("%(key)s has no state “%(slug)s”.") % {"key": project.key, "slug": slug})
    return state


def filter_of(request: HttpRequest, project: Project) -> Filter:
    """Return the filter in a request's address; unlike a page, refuse what cannot be understood."""
    wanted = parse_filter(words_of(request.GET), project, request.user.pk)
    if wanted.problems:
        context: Mapping[str, Mapping[str, Sequence[str]]] = {"fields": {"filter": wanted.problems}}
        raise DomainError(wanted.problems[0], code="invalid", context=context)
    return wanted
