"""App configuration."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """See the package's docstring."""

    name = "projects"

    def ready(self) -> None:
        """Lend to the app below what it may not import."""
        from accounts import hooks as accounts_hooks  # noqa: PLC0415 (needs the models)
        from notifications import hooks  # noqa: PLC0415 (needs the models)

        # frames and exporting register themselves.
        from projects import audience, exporting, frames, queries, seen, standing  # noqa: F401, PLC0415
        from projects.access import get_project_or_404  # noqa: PLC0415
        from projects.activity import describe  # noqa: PLC0415
        from projects.services import inheritance, leaving  # noqa: PLC0415

        hooks.lend(
            readers=audience.readers_among,
            readable=queries.READABLE,
            describe=describe,
            project=get_project_or_404,
            names_then=queries.names_then,
            places=standing.places_of,
            rooms=standing.rooms_of,
        )
        accounts_hooks.lend(
            team_changed=inheritance.align_team,
            team_deleted=inheritance.delete_projects,
            team_restored=inheritance.restore_projects,
            projects_seen=seen.projects_seen,
            projects_led_alone=leaving.projects_led_alone,
            projects_held=leaving.projects_held,
            lock_projects_of=leaving.lock_projects_of,
            leave_projects=leaving.leave_projects,
        )
