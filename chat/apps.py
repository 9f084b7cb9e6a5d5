"""App configuration."""

from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Threads and messages; stands between files and issues in the import order."""

    name = "chat"

    def ready(self) -> None:
        """Lend to the app below what it may not import."""
        from chat import audience, frames  # noqa: F401, PLC0415 (register who is told, and what pages hear)
        from chat.telling import tell  # noqa: PLC0415 (needs the models)
        from notifications import hooks  # noqa: PLC0415

        hooks.lend(tell=tell)
