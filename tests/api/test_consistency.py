"""A page and an operation that do the same give everyone the same verdict, and the same sentence where it is no.

That each keeps to its own table is tested for both, over everyone and everything (tests/test_access_matrix.py,
tests/api/test_access.py), and for the admin in tests/test_access_admin.py. Here the two are compared with each
other, with a request that is valid; deeds that rules forbid, the admin and teams: tests/api/test_doors.py and
tests/api/test_team_doors.py.
"""

import ast
from typing import Any

import pytest

from projects.permissions import Perm
from tests.api.calling import PERSONAS, Script
from tests.api.doors import RULED, text_of
from tests.api.judging import taken_back
from tests.api.places import body_of as sent_to
from tests.api.places import operations, parts_of
from tests.sources import APPS, ROOT, files, name, tree
from tests.surface import declared
from tests.test_access_matrix import body_of, path_of, send

ENTRIES, PAGES = operations(), declared()
# What a page does, and the operation that does the same.
PAIRS = [
    ("projects:settings", "post", "change_a_project"),
    ("projects:project-archive", "post", "archive_a_project"),
    ("projects:project-unarchive", "post", "unarchive_a_project"),
    ("projects:project-delete", "post", "delete_a_project"),
    ("projects:project-restore", "post", "restore_deleted_project"),
    ("projects:project-leave", "post", "leave_project"),
    ("projects:members", "get", "list_members"),
    ("projects:members", "post", "add_a_member"),
    ("projects:member-change", "post", "change_member_role"),
    ("projects:member-remove", "post", "remove_a_member"),
    ("projects:labels", "get", "list_labels"),
    ("projects:labels", "post", "create_a_label"),
    ("projects:label-change", "post", "change_a_label"),
    ("issues:label-remove", "post", "remove_a_label"),
    ("projects:workflow", "get", "read_workflow"),
    ("projects:workflow", "post", "create_a_state"),
    ("projects:state-change", "post", "change_a_state"),
    ("issues:state-remove", "post", "remove_a_state"),
    ("projects:step-change", "post", "set_a_transition"),
    ("projects:step-remove", "post", "remove_a_transition"),
    ("projects:activity", "get", "list_activity"),
    ("issues:board", "get", "read_project"),
    ("issues:list", "get", "list_issues"),
    ("issues:issue-create", "post", "create_an_issue"),
    ("issues:issue-detail", "get", "read_issue"),
    ("issues:issue-edit", "post", "change_issue"),
    ("issues:issue-move", "post", "move_an_issue"),
    ("issues:bulk", "post", "change_many_issues"),
    ("issues:issue-delete", "post", "delete_an_issue"),
    ("issues:issue-restore", "post", "restore_an_issue"),
    ("issues:issue-watch", "post", "watch_issue"),
    ("issues:trash", "get", "list_trash"),
    ("issues:message-issue", "post", "make_issue_of_message"),
    ("chat:room", "get", "list_room_messages"),
    ("chat:message-post", "post", "post_room_message"),
    ("chat:message-detail", "get", "read_message"),
    ("chat:message-edit", "post", "change_message"),
    ("chat:message-react", "post", "set_reaction"),
    ("chat:message-versions", "get", "list_message_versions"),
    ("files:files", "get", "list_files"),
    ("files:upload-start", "post", "start_file"),
    ("files:upload-finish", "post", "finish_file"),
    ("files:upload-cancel", "post", "cancel_file"),
    ("files:file-rename", "post", "rename_a_file"),
    ("files:file-remove", "post", "remove_a_file"),
    ("files:file-restore", "post", "restore_a_file"),
    ("files:file-purge", "post", "purge_a_file"),
    ("files:icon-start", "post", "start_icon"),
    ("files:icon-remove", "post", "remove_project_icon"),
    ("projects:webhooks", "get", "list_project_webhooks"),
    ("projects:webhooks", "post", "create_project_webhook"),
]
WRITES = [(page, operation) for page, method, operation in PAIRS if method == "post"]
DEEDS = {"objects", "save", "create", "delete", "update", "get_or_create", "update_or_create", "bulk_create"}
DEEDS |= {"bulk_update", "raw", "cursor", "select_for_update", "aadd", "asave"}
# The sign-up form of allauth makes the account, here as on its page.
KNOWN = {"accounts/api/flows.py .save"}


def test_tables_of_pages_and_operations_say_the_same():
    differing = [
        (page, method, operation)
        for page, method, operation in PAIRS
        if (PAGES[page].needs(method), PAGES[page].guest if method == "get" else False)
        != (ENTRIES[operation].need, ENTRIES[operation].guest)
    ]

    assert differing == []


def test_every_permission_is_compared():
    compared = {PAGES[page].needs(method) for page, method, _operation in PAIRS}

    assert {*Perm} - {"assign_issue", "delete_file", "delete_message"} <= compared


@pytest.mark.django_db
@pytest.mark.parametrize(("page", "operation"), WRITES)
def test_page_and_operation_give_the_same_verdict_and_sentence(world, client_for, page, operation):
    """Done by both or by neither; and what the page says in its refusal is what the API says."""
    key, found = "GONE" if PAGES[page].needs("post") == "trashed" else "BUG", {}

    for persona in PERSONAS:
        with taken_back():
            path, body = path_of(world, page, key), body_of(world, PAGES[page], key)
            shown = send(client_for(persona), "post", path, body, htmx=False)
        with taken_back():
            said = _sent(Script(world.person(persona)), operation, world, key)
        found[persona] = (_verdict(shown), _verdict(said))
        if said.status_code in RULED:
            told = said.json()["error"]
            sentence = next(iter(told["fields"].values()), [told["message"]])[0]
            assert " ".join(sentence.split()) in text_of(shown), persona

    assert {persona: verdicts for persona, verdicts in found.items() if verdicts[0] != verdicts[1]} == {}


def _sent(script: Script, operation: str, world: Any, key: str) -> Any:
    entry = ENTRIES[operation]
    values = parts_of(world, entry, key) | {"start": "open", "project": "BUG"}
    return script.send(entry.method.upper(), entry.address(values), sent_to(world, entry, key))


def _verdict(response: Any) -> int:
    """Return one number for whatever was done: a page answers a form by leading on; to the log-in is 401."""
    if response.headers.get("Location", "").startswith("/accounts/login/"):
        return 401
    return 200 if response.status_code < 400 else int(response.status_code)


def test_operations_write_through_services_only():
    """No operation saves, and none fetches by itself what an access function is there to find."""
    found = {
        f"{name(path)} .{node.func.attr if isinstance(node, ast.Call) else node.attr}"
        for path in files(*APPS, suffix=".py")
        if path.parent.name == "api" and path.is_relative_to(ROOT)
        for node in ast.walk(tree(path))
        if _is_deed(node)
    }
    ours = {told for told in found if not told.startswith("config/")}

    assert ours <= KNOWN


def _is_deed(node: ast.AST) -> bool:
    """Say whether it reaches for rows; `@routes.delete(…)` declares an operation."""
    if isinstance(node, ast.Attribute) and node.attr == "objects":
        return True
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in DEEDS):
        return False
    return not any(word.arg == "scope" for word in node.keywords)
