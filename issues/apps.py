"""App configuration."""

from django.apps import AppConfig


class IssuesConfig(AppConfig):
    """See the package's docstring."""

    name = "issues"

    def ready(self) -> None:
        """Register what open pages are told, and who is notified; lend what webhooks say."""
        from issues import audience, exporting, frames, leaving, webhooks  # noqa: F401, PLC0415 (needs the models)
        from notifications import hooks  # noqa: PLC0415

        hooks.lend(hook_context=webhooks.context_of, hook_kinds=webhooks.kinds)
