"""WSGI entry point: pages only. Where pages and sockets run apart, this serves the pages."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from config.checks import refuse_if_weak  # noqa: E402 (needs configured settings)

refuse_if_weak()
