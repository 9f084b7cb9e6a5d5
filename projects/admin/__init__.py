"""The admin of projects, their members and workflow steps, and of the event log. States and labels: issues/admin."""

from projects.admin import log, members, projects, steps

__all__ = ["log", "members", "projects", "steps"]
