"""App configuration."""

from django.apps import AppConfig


class IssuesConfig(AppConfig):
    """See the package's docstring."""

    name = "issues"
