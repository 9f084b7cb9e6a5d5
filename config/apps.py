"""The project's own app: system checks and commands that belong to no single app."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PlumblineConfig(AppConfig):
    """Holds `manage.py prepare` and the checks that refuse a weak production."""

    name = "config"
    label = "config"
    verbose_name = "Plumbline"

    def ready(self) -> None:
        # Checks register themselves once the apps are loaded.
        from config import checks, timestamps  # noqa: F401, PLC0415

        timestamps.install()


class PlumblineAdminConfig(AdminConfig):
    """Django's admin behind our own log-in page."""

    default_site = "config.adminsite.PlumblineAdminSite"
