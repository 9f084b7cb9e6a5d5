"""App configuration."""

from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Threads and messages; stands between files and issues in the import order."""

    name = "chat"

    def ready(self) -> None:
        """Lend to the app below what it may not import."""
        # Who is told, what pages hear, what people take along and what goes with them register themselves.
        from chat import audience, exporting, frames, leaving  # noqa: F401, PLC0415
        from chat.telling import tell  # noqa: PLC0415 (needs the models)
        from notifications import hooks  # noqa: PLC0415

        hooks.lend(tell=tell)
