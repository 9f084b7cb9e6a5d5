"""App configuration."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Holds uploads; stands between projects and chat in the import order."""

    name = "files"

    def ready(self) -> None:
        # Checks, what people take along and what goes with them register themselves once the apps are loaded.
        from files import checks, exporting, leaving  # noqa: F401, PLC0415
