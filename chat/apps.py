"""App configuration."""

from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Will hold threads and messages; stands between files and issues in the import order."""

    name = "chat"
