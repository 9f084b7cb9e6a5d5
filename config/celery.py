"""The Celery application: `celery -A config worker` and `celery -A config beat`."""

import ctypes
import os
import sys

from celery import Celery
from celery.signals import worker_init, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Django's checks would load every page and the whole API into each worker, 27 MiB for nothing; `make check` and
# `manage.py prepare` run them, and ours run below.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

# <linux/prctl.h>
PR_SET_DUMPABLE = 4

app = Celery("plumbline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def refuse_weak_production(**kwargs: object) -> None:
    """Stop the worker or beat where the web process would refuse to start as well."""
    from config.checks import refuse_if_weak  # noqa: PLC0415 (needs configured settings)

    refuse_if_weak()


@worker_init.connect
@worker_process_init.connect
def hide_memory(**kwargs: object) -> None:
    """Keep other processes of the same account from reading this one's memory and variables, which hold keys.

    The process that opens strangers' pictures is such a one (files/rendering.py). Only Linux can; the superuser, and
    what everyone sees of a process (its state, its memory in use), are not concerned.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
