"""From the log to deliveries. Each webhook has read its streams up to a number; what is newer becomes deliveries.

The log itself is the outbox: nothing is written beside an event for a webhook, and a webhook costs no change anything.
"""

from datetime import timedelta
from uuid import uuid4

from django.db import connection, transaction

from config import clock
from notifications.models import Event, HookCursor, HookDelivery, Webhook

# What is older is let go: a webhook that was paused for longer than this begins anew.
FRESH = timedelta(days=3)
# So long an address that failed too often is left alone; then it is tried again.
PAUSE = timedelta(minutes=30)
BATCH = 200
# The streams of a webhook: its project's, or its team's and those of the team's projects, with their heads. A personal
# team gives nobody a role in its projects, so it hears nothing of them. A paused webhook reads on after its pause.
_STREAMS = """
SELECT webhook.id, stream.id, stream.seq, cursor.seq FROM notifications_webhook AS webhook
LEFT JOIN accounts_team AS team ON team.id = webhook.team_id
LEFT JOIN projects_project AS project ON project.deleted_at IS NULL
    AND (project.id = webhook.project_id OR project.team_id = webhook.team_id)
JOIN notifications_eventstream AS stream
    ON stream.name = 'project:' || project.id OR stream.name = 'team:' || webhook.team_id
LEFT JOIN notifications_hookcursor AS cursor ON cursor.webhook_id = webhook.id AND cursor.stream_id = stream.id
WHERE webhook.is_active AND webhook.deleted_at IS NULL
    AND (webhook.paused_at IS NULL OR webhook.paused_at <= %(since)s)
    AND (team.id IS NULL OR (team.deleted_at IS NULL AND NOT team.is_personal))
    AND (%(only)s::bigint IS NULL OR webhook.id = %(only)s)
    AND (cursor.seq IS NULL OR cursor.seq < stream.seq)
GROUP BY webhook.id, stream.id, stream.seq, cursor.seq ORDER BY webhook.id, stream.id
"""


def fill() -> int:
    """Make deliveries of all events that a webhook has not read; returns how many. Any number of workers may."""
    return sum(_read_on(webhook_id, stream_id) for webhook_id, stream_id, _head in _behind())


def begin(webhook: Webhook) -> None:
    """Let a new webhook begin at the present end of each of its streams."""
    heads = _behind(webhook.pk)
    HookCursor.objects.bulk_create(
        HookCursor(webhook=webhook, stream_id=stream, seq=head) for _id, stream, head in heads
    )


def _behind(only: int | None = None) -> list[tuple[int, int, int]]:
    """Return each webhook and stream of which something is unread, with the stream's newest number."""
    with connection.cursor() as cursor:
        cursor.execute(_STREAMS, {"only": only, "since": clock.now() - PAUSE})
        return [(webhook_id, stream_id, head) for webhook_id, stream_id, head, _read in cursor.fetchall()]


@transaction.atomic
def _read_on(webhook_id: int, stream_id: int) -> int:
    """Read one stream a batch further, under the lock of where it stands; a worker that comes second finds it done."""
    HookCursor.objects.get_or_create(webhook_id=webhook_id, stream_id=stream_id, defaults={"seq": 0})
    place = (
        HookCursor.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .filter(webhook_id=webhook_id, stream_id=stream_id)
        .first()
    )
    if place is None:
        return 0
    kinds = Webhook.objects.values_list("kinds", flat=True).get(pk=webhook_id)
    events = list(Event.objects.filter(stream_id=stream_id, seq__gt=place.seq).order_by("seq")[:BATCH])
    if not events:
        return 0
    since = clock.now() - FRESH
    wanted = [event for event in events if event.at >= since and (not kinds or event.kind in kinds)]
    HookDelivery.objects.bulk_create(
        [HookDelivery(webhook_id=webhook_id, event=event, uuid=uuid4()) for event in wanted], ignore_conflicts=True
    )
    place.seq = events[-1].seq
    place.save(update_fields=["seq"])
    return len(wanted)
