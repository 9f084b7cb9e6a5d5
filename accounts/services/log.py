"""Taking the instance's log along."""

from django.db import transaction

from accounts.administrators import require_administrator
from accounts.events import INSTANCE, AccountEvent
from accounts.logwords import LogLine
from accounts.models import User
from accounts.queries.log import LogFilter, log_lines
from notifications.services import record


@transaction.atomic
def export_log(*, actor: User, wanted: LogFilter) -> list[LogLine]:
    """Return the lines that were wanted, newest first, and record who took them. Refuses all but administrators."""
    require_administrator(actor)
    lines = log_lines(wanted)
    record(INSTANCE, kind=AccountEvent.LOG_EXPORTED, actor=actor, data={"count": len(lines), "group": wanted.group})
    return lines
