"""Every address × every persona × own, foreign and unknown ids: who may, who may not, and that nothing leaks.

Driven by Django's resolver and tests/surface.toml, so that an address that is added later is in it from its first day.
"""

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.urls import reverse
from django.urls.converters import IntConverter, UUIDConverter

from files.services.portraits import start_portrait
from issues.models import Issue
from notifications.enums import HookState
from notifications.models import Event, HookDelivery, Webhook
from notifications.webhooks.signing import sealed
from projects.access import Access, access_to, may_delete
from projects.models import Label, Project
from projects.permissions import Perm
from projects.queries import visible_to
from tests.browsing import CheckedClient
from tests.factories import canary
from tests.issues.records import writes
from tests.surface import METHODS, Declared, declaration_of, declared, routes
from tests.world import PERSONAS

pytestmark = pytest.mark.django_db

ENTRIES = declared()
# The operations of the API have a matrix of their own: tests/api/test_access.py.
ROUTES = {name: pattern for name, pattern in routes() if not name.startswith("api:")}
SCOPED = [name for name, entry in ENTRIES.items() if entry.is_scoped]
CASES = [(name, method) for name in SCOPED for method in METHODS if ENTRIES[name].needs(method)]
POSTS = [name for name, entry in ENTRIES.items() if entry.post and entry.kind != "admin"]
# QZNOP is nobody's; as long as QZFAR, so that answers about the two can be compared byte by byte.
TARGETS = ("BUG", "INNER", "OPEN", "QZFAR", "GONE", "QZNOP")
UNKNOWN, FOREIGN = "QZNOP", "QZFAR"
MARK = re.compile(r"cnry\d{4}q")
VARIABLE = re.compile(r'(nonce="[^"]*"|nonce-[\w+/=-]+|value="[A-Za-z0-9]{64}"|"X-CSRFToken": ?"[^"]*"|QZFAR|QZNOP)')
# Kept for each world that this process has built, by a row of it.
FORBIDDEN: dict[int, dict[str, set[str]]] = {}
DONE = {200, 201, 202, 204, 302, 303}
ANSWERED = DONE | {409, 422}


def path_of(world: Any, name: str, key: str, **changes: Any) -> str:
    """Return the address of a route for one of the projects of the world, with ids that exist there."""
    real = FOREIGN if key == UNKNOWN else key
    wanted = ROUTES[name].pattern.converters
    issue = world.issue(f"{real}-{issue_number(name, real)}")
    values = {
        "key": key,
        "number": issue.number,
        "slug": "in-progress",
        "here": start_of(world, real),
        "there": "in-progress",
        "pk": world.label(real).pk,
        "username": member_of(world, real).username,
        "seq": described_at(issue) if "seq" in wanted else 0,
        "field": "assignee",
        "message": world.message(real).pk,
        "thread": world.message(real).thread_id,
        "uuid": world.file(f"{real}/removed" if name == "files:file-restore" else real).uuid,
        "icon": world.file(f"{real}/icon").uuid if "icon" in wanted else "",
        "act": "ping",
        **(hook_of(world, real) if "webhook" in wanted else {}),
    } | changes
    return reverse(name, kwargs={part: values[part] for part in wanted})


@pytest.fixture(autouse=True)
def icons(request: Any) -> None:
    """Have every project send an icon where the address is about icons; it is in place already where that is needed."""
    params = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    name = str(params.get("name", "every"))
    if name != "every" and "icon" not in ROUTES[name].pattern.converters and name != "files:icon-remove":
        return
    world = request.getfixturevalue("world")
    for key, project in world.projects.items():
        given = {"name": f"{canary('icon')}.png", "size": 100, "client_id": uuid.uuid4()}
        file = start_portrait(actor=project.owner, project=project, **given).file
        world.files[f"{key}/icon"] = file
        if name in {"files:icon", "files:icon-remove"}:
            Project.objects.filter(pk=project.pk).update(icon=file.uuid)


@pytest.fixture(autouse=True)
def hooks(request: Any) -> None:
    """Give every project a webhook before anything is counted, where the address is about webhooks."""
    name = str(request.node.callspec.params.get("name", "")) if hasattr(request.node, "callspec") else ""
    if name in ROUTES and "webhook" in ROUTES[name].pattern.converters and ENTRIES[name].is_scoped:
        world = request.getfixturevalue("world")
        for key in world.projects:
            hook_of(world, key)


def hook_of(world: Any, key: str) -> dict[str, int]:
    """Return the project's webhook and what was delivered by it, made by whoever asks first."""
    project = world.projects[key]
    hook, _made = Webhook.objects.get_or_create(
        project=project, name=f"Hook of {key}", defaults={"url": "https://93.184.215.14/", "secret": sealed("secret")}
    )
    done = {"uuid": uuid.uuid4(), "state": HookState.SENT, "body": canary("told")}
    delivery, _made = HookDelivery.objects.get_or_create(webhook=hook, defaults=done)
    return {"webhook": hook.pk, "delivery": delivery.pk}


def issue_number(name: str, key: str) -> int:
    """Return an issue that the address is about: one from the trash where it is about the trash."""
    if name == "issues:issue-restore":
        return 7 if key == "BUG" else 2
    return 5 if key == "BUG" else 1


def described_at(issue: Issue) -> int:
    """Return the event in which the issue's description changed."""
    return Event.objects.filter(subject=f"issue:{issue.pk}", kind="issue.changed").earliest("seq").seq


def start_of(world: Any, key: str) -> str:
    return next(slug for slug, state in world.states[key].items() if state.is_initial)


def member_of(world: Any, key: str) -> Any:
    return world.far_owner if key == FOREIGN else world.viewer


def body_of(world: Any, entry: Declared, key: str) -> dict[str, str] | str:
    real = FOREIGN if key == UNKNOWN else key
    values = {
        "key": key,
        "stranger": world.stranger.username,
        "member": world.far_owner.username if real == FOREIGN else world.developer.username,
        "start": start_of(world, real),
        "number": issue_number(entry.name, real),
        "uuid": uuid.uuid4(),
    }
    filled = {field: value.format(**values) for field, value in entry.body.items()}
    return json.dumps(filled) if entry.json else filled


def may(world: Any, entry: Declared, persona: str, key: str, need: str) -> int:  # noqa: PLR0911 (a table of rules)
    """Return the status that policy demands: 302 to the log-in, 404, 403, or 200 for whatever is an answer."""
    person = world.person(persona) if persona != "deactivated" else None
    if person is None and not entry.guest:
        return 302
    if need == "trashed":
        return 200 if key == "GONE" and may_delete(world.deleted, person) else 404
    project = visible_to(person or AnonymousUser()).filter(key=key).first()
    if project is None:
        return 404
    access = access_to(project, person or AnonymousUser())
    if need == "member":
        return 200 if access.role or access.is_administrator else 403
    if need == "owner":
        return 200 if may_delete(project, person) else 403
    if need == "author":
        return 200 if access.can(Perm.WRITE_MESSAGE) and person == world.message(key).author else 403
    if need == "sees_trash":
        return 200 if access.can(Perm.DELETE_ISSUE) else 404
    if need == "manage_members_or_self":
        return 200 if access.can(Perm.MANAGE_MEMBERS) or person == member_of(world, key) else 403
    if need in {"uploader", "changes_file", "restores_file"}:
        return may_with_file(person == world.file(key).uploader, access, need)
    return 200 if access.can(Perm(need)) else 403


def may_with_file(is_uploader: bool, access: Access, need: str) -> int:
    """Return the same for what is about a file; a removed one is told to nobody who may not bring it back."""
    if (is_uploader and access.can(Perm.ADD_FILE)) or (need != "uploader" and access.can(Perm.DELETE_FILE)):
        return 200
    return 404 if need == "restores_file" and not is_uploader else 403


def send(client: CheckedClient, method: str, path: str, body: dict[str, str] | str, *, htmx: bool) -> Any:
    """Send one request; flash messages of an earlier one are not carried along. A body that is text is JSON."""
    client.cookies.pop("messages", None)
    if method == "get":
        return client.get(path, htmx=htmx)
    as_json = {"content_type": "application/json"} if isinstance(body, str) else {}
    return client.post(path, body, **as_json, htmx=htmx)


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def said(response: Any) -> str:
    """Return everything that an answer says, headers included."""
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    return f"{headers}\n{response.content.decode()}"


def leaks(forbidden: set[str], response: Any) -> set[str]:
    """Return what an answer tells that its reader may not know and did not send."""
    return (forbidden & set(MARK.findall(said(response)))) - set(MARK.findall(response.request["PATH_INFO"]))


def alike(response: Any) -> str:
    """Return an answer without what differs between two equal ones."""
    return VARIABLE.sub("*", response.content.decode())


def marks_of(project: Project) -> set[str]:
    """Return every marker that stands in a project's rows, its history included."""
    found: set[str] = set()
    with connection.cursor() as cursor:
        for table, column in (
            ("projects_project", "id"),
            ("projects_label", "project_id"),
            ("issues_issue", "project_id"),
            ("issues_historicalissue", "project_id"),
            ("chat_message", "(SELECT project_id FROM chat_thread WHERE chat_thread.id = t.thread_id)"),
            ("files_file", "project_id"),
            ("files_historicalfile", "project_id"),
            ("chat_historicalmessage", "(SELECT project_id FROM chat_thread WHERE chat_thread.id = t.thread_id)"),
        ):
            cursor.execute(f"SELECT t::text FROM {table} t WHERE {column} = %s", [project.pk])
            found |= {mark for (row,) in cursor.fetchall() for mark in MARK.findall(row)}
    assert found, "there must be something to leak"
    return found


@pytest.fixture
def forbidden(world: Any) -> dict[str, set[str]]:
    """Return for each persona the markers that no answer to them may hold."""
    if world.bug.pk in FORBIDDEN:
        return FORBIDDEN[world.bug.pk]
    marks = {key: marks_of(project) for key, project in world.projects.items()}
    found = FORBIDDEN.setdefault(world.bug.pk, {})
    for persona in PERSONAS:
        person = world.person(persona) if persona != "deactivated" else None
        seen = set(visible_to(person or AnonymousUser()).values_list("key", flat=True))
        seen |= {"GONE"} if persona in {"lead", "administrator"} else set()
        hidden = set().union(*(marks[key] for key in set(marks) - seen))
        far = (
            set()
            if persona == "administrator"
            else set(MARK.findall(f"{world.far_owner.username} {world.far_owner.name}"))
        )
        found[persona] = hidden | far
    return found


def test_every_address_is_declared_and_every_declaration_exists():
    undeclared = sorted(name for name in ROUTES if declaration_of(name, ENTRIES) is None)
    gone = sorted(name for name in ENTRIES if not name.endswith(":*") and name not in ROUTES)

    assert (undeclared, gone) == ([], [])


def test_every_address_that_holds_a_key_is_scoped():
    keyed = {name for name, pattern in ROUTES.items() if "key" in pattern.pattern.converters}

    assert {name for name in keyed if not ENTRIES[name].is_scoped and "/admin" not in name} == set()
    assert set(SCOPED) <= keyed


def test_declarations_name_permissions_that_exist():
    words = {
        *Perm,
        "author",
        "uploader",
        "changes_file",
        "restores_file",
        "member",
        "manage_members_or_self",
        "owner",
        "trashed",
        "sees_trash",
        "everyone",
        "person",
        "administrator",
        "",
    }

    assert {entry.needs(method) for entry in ENTRIES.values() for method in METHODS} <= words


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
@pytest.mark.parametrize(("name", "method"), CASES)
def test_scoped_address_answers_as_declared(world, client_for, forbidden, name, method, htmx):
    entry, problems = ENTRIES[name], []
    clients = {persona: client_for(persona) for persona in PERSONAS}
    before = writes()

    for persona, client in clients.items():
        for key in TARGETS:
            expected = may(world, entry, persona, key, entry.needs(method))
            with taken_back():
                response = send(client, method, path_of(world, name, key), body_of(world, entry, key), htmx=htmx)
            after = writes()
            problems += judge(entry, method, persona, key, expected, response)
            if before != after and (method == "get" or expected != 200):
                problems.append(f"{persona} at {key}: only read, or was refused, but wrote to {changed(before, after)}")
            before = after
            if leaked := leaks(forbidden[persona], response):
                problems.append(f"{persona} at {key}: the answer holds {sorted(leaked)}")

    assert problems == []


def judge(entry: Declared, method: str, persona: str, key: str, expected: int, response: Any) -> list[str]:
    """Compare an answer with the policy."""
    place, status = f"{persona} at {key}", response.status_code
    if expected == 302:
        is_login = status == 302 and response.headers["Location"].startswith("/accounts/login/")
        return [] if is_login else [f"{place}: {status} instead of the log-in page"]
    if expected != 200:
        return [] if status == expected else [f"{place}: {status} instead of {expected}"]
    answers = {200, 204, *entry.ok} if method == "get" else ANSWERED
    return [] if status in answers else [f"{place}: {status} instead of an answer"]


def changed(before: dict[str, int], after: dict[str, int]) -> list[str]:
    return [table for table in before if before[table] != after[table]]


@pytest.mark.parametrize(("name", "method"), CASES)
def test_hidden_and_unknown_projects_are_answered_alike(world, client_for, name, method):
    entry = ENTRIES[name]

    for persona in ("anonymous", "stranger", "developer", "lead", "removed"):
        client = client_for(persona)
        hidden = send(client, method, path_of(world, name, FOREIGN), body_of(world, entry, FOREIGN), htmx=False)
        unknown = send(client, method, path_of(world, name, UNKNOWN), body_of(world, entry, UNKNOWN), htmx=False)

        assert hidden.status_code == unknown.status_code
        assert alike(hidden) == alike(unknown)
        assert set(hidden.headers) == set(unknown.headers)


@pytest.mark.parametrize(("name", "method"), CASES)
def test_there_is_something_to_hide(world, client_for, name, method):
    """The owner of the foreign project gets answers where all others got none."""
    entry = ENTRIES[name]
    key = FOREIGN if entry.needs(method) != "trashed" else "GONE"
    client = client_for("far_owner" if key == FOREIGN else "lead")

    with taken_back():
        response = send(client, method, path_of(world, name, key), body_of(world, entry, key), htmx=False)

    assert response.status_code in ({200, 204, *entry.ok} if method == "get" else ANSWERED)


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
@pytest.mark.parametrize("name", [name for name in SCOPED if ENTRIES[name].post])
def test_a_valid_write_of_a_lead_is_done(world, client_for, name, htmx):
    """Without this, a refusal for a wrong body could pass for a refusal of the person."""
    entry = ENTRIES[name]
    key = "GONE" if entry.post == "trashed" else "BUG"
    client = client_for("lead")
    before = writes()

    response = send(client, "post", path_of(world, name, key), body_of(world, entry, key), htmx=htmx)

    if entry.writes:
        assert response.status_code in DONE
        assert changed(before, writes())


@pytest.mark.parametrize("name", [name for name in SCOPED if ENTRIES[name].kind == "scoped:issue"])
@pytest.mark.parametrize("number", [999, 7])
def test_unknown_and_deleted_issues_are_not_found(world, client_for, name, number):
    entry = ENTRIES[name]
    if name == "issues:issue-restore" and number == 7:
        return
    for method in METHODS:
        if entry.needs(method):
            path = path_of(world, name, "BUG", number=number)
            response = send(client_for("lead"), method, path, body_of(world, entry, "BUG"), htmx=False)
            assert response.status_code == 404


PARTS = {"pk", "slug", "here", "there", "username", "seq", "message", "thread", "uuid", "icon", "webhook", "delivery"}
NESTED = [(name, part) for name in SCOPED for part in sorted(PARTS & set(ROUTES[name].pattern.converters))]


@pytest.mark.parametrize(("name", "part"), NESTED)
def test_parts_of_another_project_are_not_found(world, client_for, forbidden, name, part):
    """Parent A with a child of B is 404, also for who may read both."""
    entry = ENTRIES[name]
    foreign = {
        "pk": world.label("TEAM").pk,
        "slug": "to-do",
        "here": "to-do",
        "there": "done",
        "username": world.far_owner.username,
        "seq": described_at(world.issue("TEAM-1")),
        "message": world.message("TEAM").pk,
        "thread": world.message("TEAM").thread_id,
        "uuid": world.file("TEAM").uuid,
        "icon": world.files["TEAM/icon"].uuid if part == "icon" else "",
        **hook_of(world, "TEAM"),
    }
    for persona in ("lead", "administrator"):
        client = client_for(persona)
        before = writes()
        for method in METHODS:
            if not entry.needs(method):
                continue
            path = path_of(world, name, "BUG", **{part: foreign[part]})
            response = send(client, method, path, body_of(world, entry, "BUG"), htmx=False)
            assert response.status_code == 404
            assert not leaks(forbidden[persona], response)
            assert writes() == before


@pytest.mark.parametrize("name", [name for name, entry in ENTRIES.items() if entry.kind != "admin"])
def test_methods_that_are_not_declared_are_refused(world, client_for, name):
    entry, client = ENTRIES[name], client_for("administrator")
    path = plain_path(world, name)
    before = writes()

    for method in ("get", "post", "put", "patch", "delete"):
        if method in METHODS and entry.needs(method):
            continue
        # allauth sends who is logged in away before it looks at the method.
        refused = {405, 302} if name.startswith(("account_", "mfa_")) else {405}
        assert getattr(client, method)(path).status_code in refused, method

    assert writes() == before


# What stands in an address for a part of which nothing is known.
BLANK: dict[type, Any] = {UUIDConverter: uuid.UUID(int=0), IntConverter: 0}


def plain_path(world: Any, name: str) -> str:
    """Return an address of any kind."""
    if ENTRIES[name].is_scoped:
        return path_of(world, name, "GONE" if ENTRIES[name].post == "trashed" else "BUG")
    converters = ROUTES[name].pattern.converters
    values = {part: BLANK.get(type(converters.get(part)), "nothing") for part in ROUTES[name].pattern.regex.groupindex}
    return reverse(name, kwargs=values)


@pytest.mark.parametrize("name", POSTS)
def test_a_post_without_its_token_is_refused(world, name):
    client = CheckedClient(enforce_csrf_checks=True)
    client.force_login(world.lead, backend="allauth.account.auth_backends.AuthenticationBackend")
    before = writes()

    response = client.post(plain_path(world, name), ENTRIES[name].body)

    assert response.status_code == 403
    assert writes() == before


@pytest.mark.parametrize("name", [name for name, entry in ENTRIES.items() if entry.kind == "public" and entry.get])
@pytest.mark.parametrize("persona", PERSONAS)
def test_public_pages_answer_everyone_and_leak_nothing(world, client_for, forbidden, name, persona):
    response = client_for(persona).get(plain_path(world, name))

    assert response.status_code in {200, *ENTRIES[name].ok}
    assert not leaks(forbidden[persona], response)


@pytest.mark.parametrize("name", [name for name, entry in ENTRIES.items() if entry.kind == "authenticated"])
@pytest.mark.parametrize("persona", PERSONAS)
def test_pages_for_people_send_guests_to_the_log_in(world, client_for, forbidden, name, persona):
    entry, client = ENTRIES[name], client_for(persona)
    before = writes()

    for method in METHODS:
        if not entry.needs(method):
            continue
        with taken_back():
            body = body_of(world, entry, "BUG")
            response = send(client, method, plain_path(world, name), body, htmx=False)
        if persona in {"anonymous", "deactivated"}:
            assert response.status_code == 302
            assert response.headers["Location"].startswith("/accounts/login/")
        else:
            assert response.status_code in {*DONE, *entry.ok}
        assert not leaks(forbidden[persona], response)
        assert writes() == before or (method == "post" and response.status_code in DONE)


def administrators_path(world: Any, name: str) -> str:
    """Return an administrators' address about things that exist."""
    values = {
        "username": world.far_owner.username,
        "team_id": world.bug.team_id,
        "project_id": world.bug.pk,
        "kind": "mails",
    }
    return reverse(name, kwargs={part: values[part] for part in ROUTES[name].pattern.regex.groupindex})


@pytest.mark.parametrize("name", [name for name, entry in ENTRIES.items() if entry.kind == "administrators"])
@pytest.mark.parametrize("persona", PERSONAS)
def test_administrators_pages_exist_for_nobody_else(world, client_for, forbidden, name, persona):
    entry, client = ENTRIES[name], client_for(persona)
    before = writes()

    for method in METHODS:
        if not entry.needs(method):
            continue
        with taken_back():
            response = send(client, method, administrators_path(world, name), entry.body, htmx=False)
        if persona in {"anonymous", "deactivated"}:
            assert response.status_code == 302
            assert response.headers["Location"].startswith("/accounts/login/")
        elif persona == "administrator":
            assert response.status_code in {*DONE, *entry.ok}
        else:
            assert response.status_code == 404
        assert writes() == before or (method == "post" and persona == "administrator")
        assert not leaks(forbidden[persona], response)


@pytest.mark.parametrize("persona", PERSONAS)
def test_no_page_shows_the_mail_address_of_another_person(world, client_for, persona):
    client, own = client_for(persona), world.person(persona)
    others = {person.email for person in (world.lead, world.developer, world.viewer, world.far_owner) if person != own}

    shown = []
    for name, entry in ENTRIES.items():
        # By the address administrators tell people apart, as they do in the admin.
        is_for_reader = entry.kind == "administrators" and persona == "administrator"
        if entry.get and entry.kind != "admin" and not is_for_reader:
            text = said(client.get(plain_path(world, name)))
            shown += [(name, mail) for mail in others if mail in text]

    assert shown == []


def test_labels_of_the_world_differ(world):
    assert Label.objects.filter(name__contains="cnry").count() == len(world.labels)
