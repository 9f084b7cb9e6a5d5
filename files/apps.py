"""App configuration."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Will hold uploads; stands between projects and chat in the import order."""

    name = "files"
