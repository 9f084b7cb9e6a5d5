"""Every operation × every persona × own, foreign and unknown ids × scopes: who may, who may not, and nothing leaks.

Driven by the document and tests/api/surface.toml, so that an operation that is added later is in it from its first day.
"""

import uuid
from contextlib import nullcontext
from typing import Any

import pytest

from accounts.enums import Scope, TeamRole
from projects.access import access_to
from projects.permissions import Perm
from projects.queries import visible_to
from tests.accounts.teams import crew
from tests.api.calling import Script, token_of
from tests.api.judging import taken_back
from tests.api.places import Operation, body_of, declared, operations, parts_of
from tests.issues.records import fingerprint
from tests.surface import Declared
from tests.test_access_matrix import (
    FOREIGN,
    MARK,
    TARGETS,
    UNKNOWN,
    alike,
    changed,
    forbidden,  # noqa: F401 (a fixture)
    leaks,
    marks_of,
    may,
    said,
    start_of,
)
from tests.world import PERSONAS

pytestmark = pytest.mark.django_db
ENTRIES = operations()
KEYED = [name for name, operation in ENTRIES.items() if "key" in operation.parts]
TEAMED = [name for name, operation in ENTRIES.items() if "team_id" in operation.parts]
OWN = [name for name, operation in ENTRIES.items() if operation.need == "own"]
PLAIN = [name for name in ENTRIES if name not in {*KEYED, *TEAMED, *OWN}]
TEAM_ROLES = {"team_member", "team_admin", "team_owner", "team_trashed"}


def ask(script: Script, operation: Operation, values: dict[str, Any], body: Any) -> Any:
    """Send the operation's request."""
    return script.send(operation.method.upper(), operation.address(values), body)


def request_of(world: Any, operation: Operation, key: str, person: Any = None, **changes: Any) -> tuple[Any, Any]:
    """Return the parts of the address and the body of a valid request about a project of the world."""
    start = start_of(world, FOREIGN if key == UNKNOWN else key)
    values = parts_of(world, operation, key, person) | {"start": start, "project": "BUG"} | changes
    return values, body_of(world, operation, key, person)


def expected(world: Any, operation: Operation, persona: str, key: str) -> int:
    """Return the status that policy demands; 200 stands for whatever is an answer."""
    if persona == "deactivated":
        return 401
    person = world.person(persona)
    if person is None and not operation.guest:
        return 401
    if operation.need == "deletes_message":
        return _deleting(world, person, key)
    entry = Declared(operation.name, "scoped:project", guest=operation.guest)
    return may(world, entry, persona, key, operation.need)


def _deleting(world: Any, person: Any, key: str) -> int:
    project = visible_to(person).filter(key=key).first()
    if project is None:
        return 404
    access, is_author = access_to(project, person), person == world.message(key).author
    return 200 if access.can(Perm.DELETE_MESSAGE) or (is_author and access.can(Perm.WRITE_MESSAGE)) else 403


def judged(place: str, wanted: int, response: Any, also: tuple[int, ...] = ()) -> list[str]:
    """Compare an answer with the policy; `also` may be answered to who may, besides that it is done."""
    status = response.status_code
    if wanted == 200:
        return [] if status < 300 or status in also else [f"{place}: {status} where it can be done"]
    return [] if status == wanted else [f"{place}: {status} instead of {wanted}"]


def test_every_operation_is_declared_and_every_declaration_exists():
    names = set(declared())

    assert (sorted(set(ENTRIES) - names), sorted(names - set(ENTRIES))) == ([], [])


def test_declarations_name_needs_that_exist():
    words = {"member", "owner", "trashed", "sees_trash", "author", "uploader", "changes_file", "restores_file"}
    words |= {"manage_members_or_self", "deletes_message", "everyone", "person", "administrator", "own"}

    assert {operation.need for operation in ENTRIES.values()} <= {*Perm, *words, *TEAM_ROLES}


@pytest.fixture
def scripts(world):
    """Return what calls the API for each persona, with a token for everything."""
    return {persona: Script(world.person(persona)) for persona in PERSONAS}


# A file on its way is nobody else's to know, so that the world has none. One is given up in tests/api/test_links.py.
ELSEWHERE = {"cancel_file"}


@pytest.mark.parametrize("name", KEYED)
def test_operation_of_a_project_answers_as_declared(world, scripts, forbidden, name):  # noqa: F811 (the fixture)
    """Refused requests are not taken back one by one: together they must have written nothing."""
    operation, problems, done = ENTRIES[name], [], False
    requests = {key: request_of(world, operation, key) for key in TARGETS}
    before = fingerprint() if operation.is_write else {}

    for persona, script in scripts.items():
        answers = {}
        for key, (values, body) in requests.items():
            wanted = expected(world, operation, persona, key)
            with taken_back() if wanted == 200 else nullcontext():
                answers[key] = ask(script, operation, values, body)
            problems += judged(f"{persona} at {key}", wanted, answers[key], operation.answer)
            done = done or answers[key].status_code < 300
            if leaked := leaks(forbidden[persona], answers[key]):
                problems.append(f"{persona} at {key}: the answer holds {sorted(leaked)}")
        if persona != "administrator" and alike(answers[FOREIGN]) != alike(answers[UNKNOWN]):
            problems.append(f"{persona}: hidden and unknown projects are not answered alike")
    after = fingerprint() if operation.is_write else {}

    assert (problems, changed(before, after)) == ([], [])
    assert done or name in ELSEWHERE, "somebody can do it"


@pytest.mark.parametrize("name", KEYED)
def test_there_is_something_to_hide(world, name):
    """The owner of the foreign project gets answers where all others got none."""
    operation = ENTRIES[name]
    key = "GONE" if operation.need == "trashed" else FOREIGN
    person = world.lead if key == "GONE" else world.far_owner
    values, body = request_of(world, operation, key)

    with taken_back():
        response = ask(Script(person), operation, values, body)

    assert response.status_code < 300 or response.status_code in operation.answer


PARTS = {"number", "slug", "here", "there", "label_id", "username", "seq", "message", "uuid", "hook", "delivery"}
NESTED = [(name, part) for name in KEYED for part in sorted(PARTS & ENTRIES[name].parts)]


@pytest.mark.parametrize("name", sorted({name for name, _part in NESTED}))
def test_parts_of_another_project_are_not_found(world, forbidden, name):  # noqa: F811 (the fixture)
    """Parent A with a child of B is 404, also for who may read both."""
    operation, problems = ENTRIES[name], []
    values, body = request_of(world, operation, "BUG")
    foreign = parts_of(world, operation, "TEAM") | {"slug": "to-do", "here": "to-do", "there": "done", "number": 999}
    foreign["username"] = world.far_owner.username
    before = fingerprint() if operation.is_write else {}

    for persona in ("lead", "administrator"):
        script = Script(world.person(persona))
        for part in sorted(PARTS & operation.parts):
            response = ask(script, operation, values | {part: foreign[part]}, body)
            problems += judged(f"{persona} with a foreign {part}", 404, response)
            problems += sorted(leaks(forbidden[persona], response))
    after = fingerprint() if operation.is_write else {}

    assert (problems, changed(before, after)) == ([], [])


@pytest.fixture
def team(world, settings):
    """Return a team with people in every role, whose rows stand in the place of those of BUG's team."""
    settings.CAN_MAIL = True
    people = crew()
    world.bug.team = people.team
    world.bug.owner = people.owner
    return people


BY_NAME = {"change_team_member", "remove_one_team_member"}


def expected_of_team(operation: Operation, role: TeamRole | None) -> int:
    """Return what the role in the team demands."""
    allowed = {
        "team_member": set(TeamRole),
        "team_admin": {TeamRole.OWNER, TeamRole.ADMIN},
        "team_owner": {TeamRole.OWNER},
        # It is not deleted, so that there is nothing to restore.
        "team_trashed": set(),
    }[operation.need]
    if role is None or operation.need == "team_trashed":
        return 404
    # Guests are not told who else is in the team, so that they find nobody by name.
    if role == TeamRole.GUEST and operation.name in BY_NAME:
        return 404
    return 200 if role in allowed else 403


@pytest.mark.parametrize("name", TEAMED)
def test_operation_of_a_team_answers_as_declared(world, team, name):
    operation, problems = ENTRIES[name], []
    values, body = request_of(world, operation, "BUG")
    if "username" in values:
        values["username"] = team.guest.username
    if name == "transfer_one_team":
        body = {"username": team.member.username}
    before = fingerprint() if operation.is_write else {}

    for role in (None, *TeamRole):
        wanted = expected_of_team(operation, role)
        script = Script(team.person(role))
        with taken_back() if wanted == 200 else nullcontext():
            response = ask(script, operation, values, body)
        problems += judged(role or "stranger", wanted, response, operation.answer)
        if role is None:
            unknown = ask(script, operation, values | {"team_id": 10**9}, body)
            same = (response.status_code, response.content) == (unknown.status_code, unknown.content)
            problems += [] if same else ["hidden and unknown teams are not answered alike"]
            problems += [mark for mark in MARK.findall(said(response)) if mark not in response.request["PATH_INFO"]]
    problems += judged("anonymous", 401, ask(Script(None), operation, values, body))
    after = fingerprint() if operation.is_write else {}

    assert (problems, changed(before, after)) == ([], [])


TEAM_PARTS = {"hook", "delivery", "invitation_id"}


@pytest.mark.parametrize("name", [name for name in TEAMED if TEAM_PARTS & ENTRIES[name].parts])
def test_parts_of_another_team_are_not_found(world, team, name):
    operation = ENTRIES[name]
    own, body = request_of(world, operation, "BUG")
    foreign, _body = request_of(world, operation, FOREIGN)
    script = Script(team.owner)

    for part in sorted(TEAM_PARTS & operation.parts):
        response = ask(script, operation, own | {part: foreign[part]}, body)

        assert response.status_code == 404
        assert not MARK.findall(said(response))


@pytest.mark.parametrize("name", OWN)
def test_what_is_somebody_elses_alone_is_not_found(world, name):
    """It is answered as what nobody has: neither whether it is there, nor what it says."""
    operation = ENTRIES[name]
    values, body = request_of(world, operation, "BUG", world.lead)
    theirs = Script(world.lead)
    if "token_id" in values:
        token_of(world.lead)
        values["token_id"] = world.lead.tokens.latest("pk").pk
    nothing = {"pk": 10**9, "token_id": 10**9, "uuid": uuid.UUID(int=1), "thing": "issue:999999999"}
    before = fingerprint() if operation.is_write else {}

    for persona in ("stranger", "administrator", "viewer"):
        if persona != "stranger" and "thing" in values:
            continue
        script = Script(world.person(persona))
        hidden = ask(script, operation, values, body)
        unknown = ask(
            script, operation, {part: nothing[part] for part in operation.parts} | {"start": "", "project": "BUG"}, body
        )

        assert (hidden.status_code, hidden.content) == (404, unknown.content)
    assert ask(Script(None), operation, values, body).status_code == 401
    with taken_back():
        assert ask(theirs, operation, values, body).status_code < 300
    assert changed(before, fingerprint() if operation.is_write else {}) == []


def expected_of_person(operation: Operation, persona: str) -> set[int]:
    """Return what may be answered where no project and no team decides."""
    answer = {200, 201, 202, *operation.answer}
    if operation.need == "everyone" and operation.is_write:
        return answer
    if persona == "deactivated":
        return {401}
    if persona == "anonymous" and operation.need != "everyone":
        return {401}
    if operation.need == "administrator":
        return answer if persona == "administrator" else {404}
    return answer


@pytest.mark.parametrize("name", PLAIN)
def test_operation_of_a_person_answers_as_declared(world, scripts, forbidden, name):  # noqa: F811 (the fixture)
    operation, problems = ENTRIES[name], []

    for persona, script in scripts.items():
        with taken_back():
            values, body = request_of(world, operation, "BUG", world.person(persona))
            response = ask(script, operation, values, body)
        wanted = expected_of_person(operation, persona)
        if response.status_code not in wanted:
            problems.append(f"{persona}: {response.status_code} instead of one of {sorted(wanted)}")
        if leaked := leaks(forbidden[persona], response):
            problems.append(f"{persona}: the answer holds {sorted(leaked)}")

    assert problems == []


# --- Tokens that are for some things only -----------------------------------------------------------------------------

BLANK = {"number": 0, "label_id": 0, "seq": 0, "message": 0, "hook": 0, "delivery": 0, "team_id": 0, "token_id": 0}
BLANK |= {
    "invitation_id": 0,
    "project_id": 0,
    "pk": 0,
    "uuid": uuid.UUID(int=0),
    "thing": "issue:0",
    "start": "open",
    "project": "BUG",
}


def blank(operation: Operation) -> dict[str, Any]:
    """Return parts of an address at which nothing is: who may not ask at all is told so before it is looked for."""
    return {"start": "open", "project": "BUG", "key": "QZNOP"} | {
        part: BLANK.get(part, "QZNOP") for part in operation.parts
    }


@pytest.mark.parametrize("scope", Scope)
def test_token_of_one_scope_is_for_its_operations_only(world, settings, scope):
    """Whatever the operation, and whatever it is asked about: 403 before anything is looked for."""
    settings.RATE_LIMIT_FACTOR = 1000
    script, problems = Script(world.administrator, scope), []
    # Who may change something may read it.
    admitted = {scope, scope.replace(":write", ":read")}

    for name, operation in ENTRIES.items():
        if operation.path.startswith("/api/v1/auth/") and operation.need == "everyone":
            continue
        with taken_back():
            response = ask(script, operation, blank(operation), operation.body)
        is_refused = response.status_code == 403 and response.json()["error"]["code"] == "scope"
        if is_refused == (operation.scope in admitted) or response.status_code in {401, 429}:
            problems.append(f"{name} ({operation.scope}): {response.status_code}")

    assert problems == []


def test_token_for_one_project_reads_and_changes_no_other(world, settings):
    settings.RATE_LIMIT_FACTOR = 1000
    script, problems = Script(world.lead, projects=[world.bug.pk]), []
    hidden = set().union(*(marks_of(project) for key, project in world.projects.items() if key != "BUG"))
    keys = ("TEAM", "OPEN", "GONE")
    requests = {(name, key): request_of(world, ENTRIES[name], key) for name in KEYED for key in keys}
    before = fingerprint()

    for (name, key), (values, body) in requests.items():
        response = ask(script, ENTRIES[name], values, body)
        problems += judged(f"{name} at {key}", 404, response)
        problems += [f"{name} at {key} tells {mark}" for mark in leaks(hidden, response)]
    written = changed(before, fingerprint())

    assert (problems, written) == ([], [])


def test_token_for_one_project_finds_no_other_in_any_list(world, settings):
    settings.RATE_LIMIT_FACTOR = 1000
    script = Script(world.lead, projects=[world.bug.pk])
    hidden = set().union(*(marks_of(project) for key, project in world.projects.items() if key != "BUG"))
    whole, told, open_token = set(), [], Script(world.lead)

    for name in PLAIN:
        operation = ENTRIES[name]
        if not operation.is_write:
            query = operation.query or ("?scope=all" if name == "list_projects" else "")
            address = operation.path.removeprefix("/api/v1") + query
            told += [f"{name} tells {mark}" for mark in leaks(hidden, script.get(address))]
            whole |= leaks(hidden, open_token.get(address))

    assert told == []
    assert whole, "without the limit there would be something to find"
