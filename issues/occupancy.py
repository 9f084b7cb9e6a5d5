"""How much hangs on a state or a label: what people are told before one of them goes."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from issues.models import Issue
from projects.models import Label, State


@dataclass(frozen=True)
class Load:
    """Numbers of issues: those alive, and those in the trash."""

    live: int
    deleted: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.live + self.deleted


def state_load(state: State) -> Load:
    """Return how many issues are in a state (one statement)."""
    return _load(Issue.objects.filter(state=state))


def label_load(label: Label) -> Load:
    """Return how many issues carry a label (one statement)."""
    return _load(Issue.objects.filter(project=label.project_id, label_ids__contains=[label.pk]))


def _load(issues: QuerySet[Issue]) -> Load:
    alive = Count("pk", filter=Q(deleted_at__isnull=True))
    return Load(**issues.aggregate(live=alive, deleted=Count("pk", filter=Q(deleted_at__isnull=False))))
