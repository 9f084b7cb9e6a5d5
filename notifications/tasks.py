"""Background work of the log."""

import logging

from celery import shared_task

from notifications import queries

log = logging.getLogger("plumbline.log")


@shared_task(name="notifications.verify_log")
def verify_log() -> None:
    """Walk every chain once a day and log each stream's head, so that the logs hold a copy outside the database."""
    for stream, link in queries.verify_all():
        if link:
            log.critical("event log broken: %s event %d: %s", link.stream, link.seq, link.problem)
        else:
            log.info("event log holds: %s %d %s", stream.name, stream.seq, stream.head)
