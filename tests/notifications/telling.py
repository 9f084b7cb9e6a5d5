"""What the tests of the ledger share: deciding all that waits, and reading what came of it."""

from typing import Any

from notifications.dispatch import dispatch_due
from notifications.models import Delivery, Entry, Outbox


def forget() -> None:
    """Let go of the events that building the world has left: they are not what is tested."""
    Outbox.objects.all().delete()


def decide() -> int:
    """Decide everything that is due; return how many events were looked at."""
    looked_at = 0
    while done := dispatch_due():
        looked_at += done
    return looked_at


def told(world: Any) -> dict[str, tuple[str, list[str]]]:
    """Return who was told of the newest event with entries, as what and why, by persona."""
    newest = Entry.objects.order_by("-event_id").values_list("event_id", flat=True).first()
    names = {person.pk: name for name, person in vars(world).items() if hasattr(person, "username")}
    rows = Entry.objects.filter(event=newest)
    return {names.get(row.person_id, str(row.person_id)): (row.kind, row.reasons) for row in rows}


def mails(person: Any) -> list[tuple[str, str, int]]:
    """Return the mails that wait for a person: channel, topic, number of entries."""
    rows = Delivery.objects.filter(person=person).order_by("channel", "topic")
    return [(row.channel, row.topic, row.entries.count()) for row in rows]
