"""Every address. Each app names its own; what is not listed in tests/surface.toml fails the build."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from config import health

handler400 = "config.errorpages.bad_request"
handler403 = "config.errorpages.forbidden"
handler404 = "config.errorpages.not_found"
handler500 = "config.errorpages.server_error"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
