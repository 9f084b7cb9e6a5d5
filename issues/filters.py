"""The filter that board, list and search share, and that lives in the address.

`?state=open,in-progress&assignee=me&label=docs&type=bug&priority=high,urgent&due=overdue&q=bank`: words with
commas mean "one of"; a leading `!` means "none of". What cannot be understood is reported and left out, never guessed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

from django.contrib.postgres.search import SearchQuery
from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from issues.enums import Kind, Priority
from issues.models import SEARCH_CONFIG, Issue
from issues.text import prefix_query
from projects.enums import Category
from projects.models import Label, Project
from projects.queries import known_labels, known_people
from projects.workflow import workflow_of

FIELDS = ("state", "category", "assignee", "label", "type", "priority", "due")
SORTS = {
    "updated": ("updated_at", "pk"),
    "created": ("created_at", "pk"),
    "key": ("number",),
    "title": ("title", "pk"),
    "priority": ("priority", "pk"),
    "due": ("due_on", "pk"),
    "state": ("state__position", "rank", "pk"),
}
DUE_WORDS = ("overdue", "today", "week", "none")
TEXT_LENGTH = 200


@dataclass(frozen=True)
class Choice:
    """One value that a filter may take: its word in the address and the words that people read."""

    word: str
    name: str
    kind: str = ""
    hue: int = 0


@dataclass(frozen=True)
class Chip:
    """One active filter: `field` is (or is not) one of the choices."""

    field: str
    choices: tuple[Choice, ...]
    is_not: bool = False

    @property
    def value(self) -> str:
        """How the address writes it."""
        return ("!" if self.is_not else "") + ",".join(choice.word for choice in self.choices)


@dataclass(frozen=True)
class Filter:
    """What an address asked for, understood. `problems` holds a sentence for each part that was not."""

    chips: tuple[Chip, ...] = ()
    text: str = ""
    sort: str = "-updated"
    problems: tuple[str, ...] = ()
    choices: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)

    def query(self, **changes: str | None) -> str:
        """Return the address's query with some parts changed or (None) left out; empty where nothing is filtered."""
        parts = {chip.field: chip.value for chip in self.chips}
        parts |= {"q": self.text} if self.text else {}
        parts |= {"sort": self.sort} if self.sort != "-updated" else {}
        merged = {name: value for name, value in (parts | changes).items() if value}
        return "?" + urlencode(merged, safe=",!") if merged else ""

    def chip(self, name: str) -> Chip | None:
        """Return the active filter of a field, or None."""
        return next((chip for chip in self.chips if chip.field == name), None)

    @property
    def is_active(self) -> bool:
        """Say whether anything is filtered out."""
        return bool(self.chips or self.text)

    @property
    def is_mine(self) -> bool:
        """Say whether only the reader's own issues are shown."""
        chip = self.chip("assignee")
        return chip is not None and chip.value == "me"


def words_of(query: QueryDict) -> dict[str, str]:
    """Return an address's query with repeated names joined: what boxes ticked in a plain form send is "one of" too."""
    return {name: ",".join(values) for name, values in query.lists()}


def parse_filter(data: Mapping[str, str], project: Project, person_id: int | None) -> Filter:
    """Read a filter of one project from a query; words that the project does not know become problems."""
    return read_filter(data, choices_of(project, person_id))


def read_filter(data: Mapping[str, str], choices: Mapping[str, tuple[Choice, ...]]) -> Filter:
    """Read a filter from a query whose words may be only these choices."""
    chips, problems = [], []
    for name in FIELDS:
        raw = data.get(name, "").strip()
        if not raw:
            continue
        known = {choice.word.lower(): choice for choice in choices.get(name, ())}
        words = [word.strip().lower() for word in raw.lstrip("!").split(",") if word.strip()]
        problems += [_unknown(name, word) for word in words if word not in known]
        found = tuple(known[word] for word in dict.fromkeys(words) if word in known)
        if found:
            chips.append(Chip(name, found, raw.startswith("!")))
    sort = data.get("sort", "-updated")
    if sort.removeprefix("-") not in SORTS:
        problems.append(_("The list cannot be sorted by %s.") % sort[:40])
        sort = "-updated"
    text = data.get("q", "").replace("\x00", "").strip()[:TEXT_LENGTH]
    return Filter(tuple(chips), text, sort, tuple(problems), choices)


def _unknown(name: str, word: str) -> str:
    return _("There is no %(field)s called “%(word)s” here; it is left out.") % {"field": name, "word": word[:40]}


def choices_of(project: Project, person_id: int | None) -> dict[str, tuple[Choice, ...]]:
    """Return every value that each filter of the project may take (one statement: people)."""
    people = [Choice(person.username, person.name, "person", person.hue) for person in known_people(project)]
    common = common_choices(person_id)
    return common | {
        "state": tuple(Choice(state.slug, state.name, state.category) for state in workflow_of(project).states),
        "assignee": (*common["assignee"], *people),
        "label": tuple(Choice(label.name, label.name, "label", label.hue) for label in known_labels(project)),
    }


def common_choices(person_id: int | None) -> dict[str, tuple[Choice, ...]]:
    """Return the values that a filter may take in every project: no states, labels or members."""
    return {
        "category": tuple(Choice(value, str(label), value) for value, label in Category.choices),
        "assignee": (*([Choice("me", _("Me"))] if person_id else []), Choice("none", _("Nobody"))),
        "type": tuple(Choice(value, str(label)) for value, label in Kind.choices),
        "priority": tuple(Choice(level.slug, str(level.label)) for level in reversed(Priority)),
        "due": tuple(
            Choice(word, name)
            for word, name in zip(
                DUE_WORDS, (_("Overdue"), _("Due today"), _("Due within a week"), _("No due date")), strict=True
            )
        ),
    }


def apply_filter(issues: QuerySet[Issue], wanted: Filter, project: Project, person_id: int | None) -> QuerySet[Issue]:
    """Narrow issues of one project to what the filter asks for."""
    for chip in wanted.chips:
        words = [choice.word for choice in chip.choices]
        condition = CONDITIONS[chip.field](words, project, person_id)
        issues = issues.exclude(condition) if chip.is_not else issues.filter(condition)
    if wanted.text:
        issues = issues.filter(text_condition(wanted.text, project))
    return issues


def sort_issues(issues: QuerySet[Issue], sort: str) -> QuerySet[Issue]:
    """Order by one of SORTS, downwards with a leading hyphen; empty values last either way."""
    names = SORTS[sort.removeprefix("-")]
    prefix = "-" if sort.startswith("-") else ""
    if names[0] == "due_on":
        due = F("due_on")
        return issues.order_by(due.desc(nulls_last=True) if prefix else due.asc(nulls_last=True), "pk")
    return issues.order_by(*(prefix + name for name in names))


def text_condition(text: str, project: Project | None = None) -> Q:
    """Match words in title and description (the last one as a beginning), or an issue's key or number."""
    condition = Q(search=SearchQuery(prefix_query(text), config=SEARCH_CONFIG, search_type="raw"))
    number = text.upper().removeprefix(f"{project.key}-" if project else "").removeprefix("#")
    if number.isdecimal() and len(number) < 10:  # noqa: PLR2004 (fits an integer column)
        condition |= Q(number=int(number))
    return condition


def _by_state(words: list[str], project: Project, person_id: int | None) -> Q:
    return Q(state__in=[state.pk for state in workflow_of(project).states if state.slug in words])


def _by_category(words: list[str], project: Project, person_id: int | None) -> Q:
    return Q(state__in=[state.pk for state in workflow_of(project).states if state.category in words])


def _by_assignee(words: list[str], project: Project, person_id: int | None) -> Q:
    named = [word for word in words if word not in {"me", "none"}]
    condition = Q(assignee__in=User.objects.filter(username__in=named)) if named else Q(pk__in=[])
    if "none" in words:
        condition |= Q(assignee__isnull=True)
    if "me" in words and person_id:
        condition |= Q(assignee=person_id)
    return condition


def _by_label(words: list[str], project: Project, person_id: int | None) -> Q:
    ids = Label.objects.filter(project=project, removed_at__isnull=True, name__in=words).values_list("pk", flat=True)
    return Q(label_ids__overlap=list(ids))


def _by_type(words: list[str], project: Project, person_id: int | None) -> Q:
    return Q(kind__in=words)


def _by_priority(words: list[str], project: Project, person_id: int | None) -> Q:
    return Q(priority__in=[level.value for level in Priority if level.slug in words])


def _by_due(words: Iterable[str], project: Project, person_id: int | None) -> Q:
    today = timezone.localdate()
    meanings = {
        "overdue": Q(due_on__lt=today),
        "today": Q(due_on=today),
        "week": Q(due_on__range=(today, today + timedelta(days=7))),
        "none": Q(due_on__isnull=True),
    }
    condition = Q(pk__in=[])
    for word in words:
        condition |= meanings[word]
    return condition


CONDITIONS: dict[str, Callable[[list[str], Project, int | None], Q]] = {
    "state": _by_state,
    "category": _by_category,
    "assignee": _by_assignee,
    "label": _by_label,
    "type": _by_type,
    "priority": _by_priority,
    "due": _by_due,
}
