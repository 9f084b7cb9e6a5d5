"""App configuration."""

from django.apps import AppConfig


class IssuesConfig(AppConfig):
    """See the package's docstring."""

    name = "issues"

    def ready(self) -> None:
        """Register what open pages are told, and who is notified."""
        from issues import audience, frames  # noqa: F401, PLC0415 (needs the models)
