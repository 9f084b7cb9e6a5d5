"""What one can do next with what an operation made: the links of the OpenAPI document.

Each names an operation that follows, and tells from where in the answer (or in the request) the parts of its address
come. A program walks from what it made to what can be done with it, and so does the test of the whole document.
"""

from collections.abc import Mapping
from typing import Any

Parts = dict[str, str]
_DATA = "$response.body#/data/"
_KEY: Parts = {"key": "$request.path.key"}
_PROJECT: Parts = {"key": f"{_DATA}key"}
_LABEL: Parts = _KEY | {"label_id": f"{_DATA}id"}
_STATE: Parts = _KEY | {"slug": f"{_DATA}slug"}
_ISSUE: Parts = _KEY | {"number": f"{_DATA}number"}
_SAME_ISSUE: Parts = _KEY | {"number": "$request.path.number"}
_MESSAGE: Parts = _KEY | {"message": f"{_DATA}id"}
_FILE: Parts = _KEY | {"uuid": f"{_DATA}file/uuid"}
_HOOK: Parts = _KEY | {"hook": f"{_DATA}id"}
_TEAM: Parts = {"team_id": f"{_DATA}id"}
_TEAM_HOOK: Parts = {"team_id": "$request.path.team_id", "hook": f"{_DATA}id"}
_TALK = ("read_message", "change_message", "delete_a_message", "list_message_versions", "set_reaction")
_SENT = ("read_file", "finish_file", "cancel_file", "rename_a_file", "remove_a_file")
# What makes a thing, where the parts of its address are, and what can be done with it.
FOLLOWING: Mapping[str, tuple[Parts, tuple[str, ...]]] = {
    "create_a_project": (
        _PROJECT,
        (
            "read_project", "change_a_project", "delete_a_project", "archive_a_project", "unarchive_a_project",
            "list_members", "add_a_member", "list_labels", "create_a_label", "read_workflow", "create_a_state",
            "create_an_issue", "list_issues", "start_file", "post_room_message", "create_project_webhook",
        ),
    ),
    "create_a_label": (_LABEL, ("change_a_label", "count_issues_with_label", "remove_a_label")),
    "create_a_state": (_STATE, ("change_a_state", "count_issues_in_state", "remove_a_state")),
    "create_an_issue": (
        _ISSUE,
        (
            "read_issue", "change_issue", "delete_an_issue", "list_moves", "move_an_issue", "list_issue_changes",
            "list_watchers", "watch_issue", "list_issue_files", "list_issue_messages", "post_issue_message",
        ),
    ),
    "delete_an_issue": (_SAME_ISSUE, ("restore_an_issue",)),
    "post_room_message": (_MESSAGE, (*_TALK, "make_issue_of_message")),
    "post_issue_message": (_MESSAGE, _TALK),
    "start_file": (_FILE, _SENT),
    "create_saved_filter": ({"pk": f"{_DATA}id"}, ("change_saved_filter", "delete_saved_filter")),
    "create_project_webhook": (
        _HOOK,
        (
            "read_project_webhook", "change_project_webhook", "rotate_project_webhook_secret",
            "drop_old_project_webhook_secret", "list_project_deliveries", "delete_project_webhook",
        ),
    ),
    "create_new_team": (
        _TEAM,
        (
            "read_team", "rename_one_team", "list_team_members", "read_join_link", "set_one_join_link",
            "list_invitations", "create_team_webhook", "delete_one_team", "restore_one_team",
        ),
    ),
    "create_team_webhook": (_TEAM_HOOK, ("read_team_webhook", "change_team_webhook", "delete_team_webhook")),
}  # fmt: skip
# What such a link sends along: values that only the answer knows, or that must be just so.
BODIES: Mapping[str, Mapping[str, Any]] = {
    "change_issue": {"version": f"{_DATA}version", "title": "Found in the second copy, too"},
    "change_message": {"version": f"{_DATA}version", "body": "What I meant"},
    "delete_one_team": {"name": f"{_DATA}name"},
}


def links_after(operation: str) -> dict[str, Any]:
    """Return the links of the answer of an operation that makes something; empty for all others."""
    parts, following = FOLLOWING.get(operation, ({}, ()))
    return {f"{operation}.{name}": _link(name, parts) for name in following}


def _link(name: str, parts: Parts) -> dict[str, Any]:
    body = {"requestBody": dict(BODIES[name])} if name in BODIES else {}
    return {"operationId": name, "parameters": dict(parts), **body}
