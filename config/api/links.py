"""What one can do next with what an operation made: the links of the OpenAPI document.

Each names an operation that follows, and tells from where in the answer (or in the request) the parts of its address
come. A program walks from what it made to what can be done with it, and so does the test of the whole document.
"""

from collections.abc import Mapping
from typing import Any

Parts = dict[str, str]
_DATA = "$response.body#/data/"
_FIRST = f"{_DATA}items/0/"
_KEY: Parts = {"key": "$request.path.key"}
_PROJECT: Parts = {"key": f"{_DATA}key"}
_LABEL: Parts = _KEY | {"label_id": f"{_DATA}id"}
_STATE: Parts = _KEY | {"slug": f"{_DATA}slug"}
_ISSUE: Parts = _KEY | {"number": f"{_DATA}number"}
_SAME_ISSUE: Parts = _KEY | {"number": "$request.path.number"}
_MESSAGE: Parts = _KEY | {"message": f"{_DATA}id"}
_FILE: Parts = _KEY | {"uuid": f"{_DATA}file/uuid"}
_FIRST_FILE: Parts = _KEY | {"uuid": f"{_FIRST}uuid"}
_SAME_FILE: Parts = _KEY | {"uuid": "$request.path.uuid"}
_MEMBER: Parts = _KEY | {"username": f"{_DATA}person/username"}
_HOOK: Parts = _KEY | {"hook": f"{_DATA}id"}
_DELIVERY: Parts = _KEY | {"hook": "$request.path.hook", "delivery": f"{_DATA}id"}
_TEAM: Parts = {"team_id": f"{_DATA}id"}
_SAME_TEAM: Parts = {"team_id": "$request.path.team_id"}
_INVITATION: Parts = _SAME_TEAM | {"invitation_id": f"{_DATA}invitations/0/id"}
_TEAM_HOOK: Parts = _SAME_TEAM | {"hook": f"{_DATA}id"}
_TEAM_DELIVERY: Parts = _SAME_TEAM | {"hook": "$request.path.hook", "delivery": f"{_DATA}id"}
_TALK = ("read_message", "change_message", "delete_a_message", "list_message_versions", "set_reaction")
# What makes a thing, where the parts of its address are, and what can be done with it.
FOLLOWING: Mapping[str, tuple[Parts, tuple[str, ...]]] = {
    "create_a_project": (
        _PROJECT,
        (
            "read_project", "read_own_standing", "change_a_project", "delete_a_project", "archive_a_project",
            "list_members", "add_a_member", "list_labels", "create_a_label", "read_workflow", "create_a_state",
            "create_an_issue", "list_issues", "count_issues", "list_files", "start_file", "list_room_messages",
            "post_room_message", "list_activity", "follow_events", "list_project_webhooks", "create_project_webhook",
        ),
    ),
    "archive_a_project": (_KEY, ("unarchive_a_project", "read_project", "list_issues")),
    "delete_a_project": (_KEY, ("restore_deleted_project",)),
    "restore_deleted_project": (_KEY, ("read_project",)),
    "add_a_member": (_MEMBER, ("read_member_permissions", "change_member_role", "remove_a_member")),
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
    "make_issue_of_message": (_ISSUE, ("read_issue", "move_an_issue")),
    "start_file": (_FILE, ("read_file", "finish_file", "cancel_file")),
    "list_files": (_FIRST_FILE, ("read_file", "link_to_file", "rename_a_file", "remove_a_file")),
    "remove_a_file": (_SAME_FILE, ("restore_a_file", "purge_a_file")),
    "create_saved_filter": ({"pk": f"{_DATA}id"}, ("change_saved_filter", "delete_saved_filter")),
    "create_project_webhook": (
        _HOOK,
        (
            "read_project_webhook", "change_project_webhook", "rotate_project_webhook_secret",
            "drop_old_project_webhook_secret", "resume_project_webhook", "ping_project_webhook",
            "list_project_deliveries", "delete_project_webhook",
        ),
    ),
    "ping_project_webhook": (_DELIVERY, ("read_project_delivery",)),
    "create_new_team": (
        _TEAM,
        (
            "read_team", "rename_one_team", "list_team_members", "read_join_link", "set_one_join_link", "invite",
            "preview_inviting", "list_invitations", "list_team_webhooks", "create_team_webhook", "delete_one_team",
        ),
    ),
    "delete_one_team": (_SAME_TEAM, ("restore_one_team",)),
    "invite": (_INVITATION, ("resend", "revoke")),
    "create_team_webhook": (
        _TEAM_HOOK,
        (
            "read_team_webhook", "change_team_webhook", "rotate_team_webhook_secret", "drop_old_team_webhook_secret",
            "resume_team_webhook", "ping_team_webhook", "list_team_deliveries", "delete_team_webhook",
        ),
    ),
    "ping_team_webhook": (_TEAM_DELIVERY, ("read_team_delivery",)),
}  # fmt: skip
# What such a link sends along: values that only the answer knows, or that must be just so.
BODIES: Mapping[str, Mapping[str, Any]] = {
    "change_issue": {"version": f"{_DATA}version", "title": "Found in the second copy, too"},
    "change_message": {"version": f"{_DATA}version", "body": "What I meant"},
    "delete_one_team": {"name": f"{_DATA}name"},
}
# What it sends along in the query.
QUERIES: Mapping[str, Parts] = {"delete_a_project": {"query.typed_key": f"{_DATA}key"}}


def links_after(operation: str) -> dict[str, Any]:
    """Return the links of the answer of an operation that makes something; empty for all others."""
    parts, following = FOLLOWING.get(operation, ({}, ()))
    return {f"{operation}.{name}": _link(name, parts) for name in following}


def _link(name: str, parts: Parts) -> dict[str, Any]:
    body = {"requestBody": dict(BODIES[name])} if name in BODIES else {}
    return {"operationId": name, "parameters": {**parts, **QUERIES.get(name, {})}, **body}
