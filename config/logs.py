"""Logs: one JSON object a line with a request id in production, one readable line in development."""

import logging
from contextvars import ContextVar
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="-")

READABLE = "%(asctime)s %(levelname)-7s %(name)s [%(request_id)s] %(message)s"


class RequestIdFilter(logging.Filter):
    """Puts the id of the current request on every record, also on those of libraries."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class OneLineFormatter(logging.Formatter):
    """Readable lines in which nothing that a client sent can forge a second line or colour the terminal."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (the name is logging's)
        line = super().formatMessage(record)
        return "".join(char if char.isprintable() else repr(char)[1:-1] for char in line)


def logging_config(*, json: bool, level: str) -> dict[str, Any]:
    """Return the dictConfig. Bodies, passwords and cookies are never logged; paths are escaped by the formatter."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": RequestIdFilter}},
        "formatters": {
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "format": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s",
                "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger"},
            },
            "readable": {"()": OneLineFormatter, "format": READABLE, "datefmt": "%H:%M:%S"},
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "filters": ["request_id"],
                "formatter": "json" if json else "readable",
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Our own middleware logs each answer; Django adds the traceback of a 500, but no second line for a 4xx.
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "WARNING"},
            # It would write every address that it signs, and whoever has one of those needs no password.
            "botocore": {"level": "WARNING"},
            # Every few seconds a task comes and looks: only what goes wrong is worth a line.
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
        },
    }
