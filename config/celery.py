"""The Celery application: `celery -A config worker` and `celery -A config beat`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("plumbline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def refuse_weak_production(**kwargs: object) -> None:
    """Stop the worker or beat where the web process would refuse to start as well."""
    from config.checks import refuse_if_weak  # noqa: PLC0415 (needs configured settings)

    refuse_if_weak()
