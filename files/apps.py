"""App configuration."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Holds uploads; stands between projects and chat in the import order."""

    name = "files"

    def ready(self) -> None:
        from files import checks  # noqa: F401, PLC0415 (checks register themselves once the apps are loaded)
