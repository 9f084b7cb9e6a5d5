"""Background work of the issues app."""

from celery import shared_task
from django.db.models.functions import Length

from issues import rank, reminders
from issues.models import Issue
from issues.services.columns import renew_ranks
from projects.models import State


@shared_task(name="issues.remind")
def remind() -> int:
    """Record what became due or overdue since it was last looked for; returns how many issues."""
    return reminders.remind()


@shared_task(name="issues.renew_ranks")
def renew_long_ranks() -> None:
    """Shorten the ranks of columns in which many cards were pushed into one gap."""
    long_ones = Issue.objects.annotate(size=Length("rank")).filter(size__gt=rank.LONG)
    for state in State.objects.filter(pk__in=long_ones.values("state")):
        renew_ranks(state=state)
