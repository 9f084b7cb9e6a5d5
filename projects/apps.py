"""App configuration."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """See the package's docstring."""

    name = "projects"

    def ready(self) -> None:
        """Lend to the app below what it may not import."""
        from notifications import hooks  # noqa: PLC0415 (needs the models)
        from projects import audience  # noqa: PLC0415
        from projects.activity import describe  # noqa: PLC0415

        hooks.lend(readers=audience.readers_among, describe=describe)
