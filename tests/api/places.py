"""The operations of the API by their document, and addresses and bodies for each that lead to what the world holds."""

import tomllib
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from django.utils import timezone

from accounts.bearers import digest_of, new_token
from accounts.models import TeamInvitation, User
from accounts.services.sessions import begin_session
from accounts.services.teams import create_team, set_join_link
from config.api.document import METHODS, document
from files.models import File
from files.services.portraits import start_portrait
from issues.models import Issue, SavedFilter
from notifications.enums import HookState
from notifications.live.sessions import Store
from notifications.models import Entry, HookDelivery, Webhook
from notifications.webhooks.signing import sealed
from projects.enums import Role
from projects.services.members import add_member
from tests.factories import PersonFactory, canary
from tests.notifications.entries import tell
from tests.test_access_matrix import FOREIGN, UNKNOWN, described_at, hook_of, issue_number, member_of, start_of

ROOT = "/api/v1"


@dataclass(frozen=True)
class Operation:
    """An operation: how the document calls and describes it, and what tests/api/surface.toml says of it."""

    name: str
    method: str
    path: str
    scope: str | None
    told: dict[str, Any]
    need: str = ""
    guest: bool = False
    body: dict[str, Any] | None = None
    query: str = ""
    answer: tuple[int, ...] = ()

    @property
    def is_write(self) -> bool:
        return self.method != "get"

    @property
    def has_body(self) -> bool:
        return "requestBody" in self.told

    @property
    def parts(self) -> set[str]:
        """The names of the parts of the address."""
        return {part["name"] for part in self.told.get("parameters", ()) if part["in"] == "path"}

    def address(self, values: dict[str, Any]) -> str:
        """Return the address below /api/v1, with the parts filled in."""
        return f"{self.path.removeprefix(ROOT)}{self.query}".format(**values)


def declared() -> dict[str, Any]:
    """Return what tests/api/surface.toml declares."""
    return tomllib.loads(Path(__file__).with_name("surface.toml").read_text())


def operations() -> dict[str, Operation]:
    """Return every operation by its name."""
    entries, found = declared(), {}
    for path, several in document()["paths"].items():
        for method in METHODS:
            if method in several:
                told = several[method]
                name = told["operationId"]
                found[name] = Operation(name, method, path, told["x-scope"], told, **entries.get(name, {}))
    return found


def parts_of(world: Any, operation: Operation, key: str, person: User | None = None) -> dict[str, Any]:
    """Return the parts of an address that lead to what exists in a project, or belongs to a person."""
    real = FOREIGN if key == UNKNOWN else key
    makers = {
        "key": lambda: key,
        "number": lambda: number_of(operation, real),
        "slug": lambda: "in-progress",
        "here": lambda: start_of(world, real),
        "there": lambda: "in-progress",
        "label_id": lambda: world.label(real).pk,
        "username": lambda: name_of(world, operation, real),
        "seq": lambda: described_at(world.issue(f"{real}-{number_of(operation, real)}")),
        "message": lambda: world.message(real).pk,
        "uuid": lambda: file_of(world, operation, real, person),
        "hook": lambda: hooks_of(world, operation, real)["webhook"],
        "project_id": lambda: world.projects[real].pk,
        "delivery": lambda: hooks_of(world, operation, real)["delivery"],
        "team_id": lambda: world.projects[real].team_id,
        "invitation_id": lambda: invitation_of(world, real).pk,
        "token_id": lambda: 0,
        "pk": lambda: own_of(world, operation, person or world.far_owner),
        "thing": lambda: thing_of(world.issue(f"{real}-{number_of(operation, real)}"), person),
    }
    return {part: makers[part]() for part in operation.parts}


def number_of(operation: Operation, key: str) -> int:
    """Return an issue that the operation is about: one from the trash where it is about the trash."""
    return issue_number("issues:issue-restore" if operation.name == "restore_an_issue" else "", key)


def name_of(world: Any, operation: Operation, key: str) -> str:
    """Return a member of the project, or of the team."""
    if "/teams/" in operation.path:
        return str(world.projects[key].owner.username)
    person = member_of(world, key)
    if operation.name == "remove_factors":
        Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={})
    if key == FOREIGN and operation.name in {"change_member_role", "remove_a_member"}:
        # Its owner is its last lead, and stays that.
        person = PersonFactory()
        add_member(actor=world.far_owner, project=world.projects[key], person=person, role=Role.VIEWER)
    return str(person.username)


def thing_of(issue: Issue, person: User | None) -> str:
    """Return an issue as a thing in the inbox, having told the person of it, once."""
    if person and not Entry.objects.filter(person=person, issue=issue).exists():
        tell(person, issue)
    return f"issue:{issue.pk}"


def file_of(world: Any, operation: Operation, key: str, person: User | None) -> uuid.UUID:
    """Return a file of the project, or a picture on its way to be its icon, or the person's own."""
    if "/icon/" in operation.path:
        if f"{key}/icon" not in world.files:
            world.files[f"{key}/icon"] = portrait_of(world.projects[key].owner, world.projects[key])
        return world.file(f"{key}/icon").uuid
    if "/avatar/" in operation.path:
        return portrait_of(person or world.far_owner, None).uuid
    return world.file(f"{key}/removed" if operation.name == "restore_a_file" else key).uuid


def portrait_of(actor: User, project: Any) -> File:
    given = {"name": f"{canary('icon')}.png", "size": 100, "client_id": uuid.uuid4()}
    return start_portrait(actor=actor, project=project, **given).file


def hooks_of(world: Any, operation: Operation, key: str) -> dict[str, int]:
    """Return a webhook of the project, or of its team, and a delivery of it."""
    if "/projects/" in operation.path:
        return hook_of(world, key)
    hook, _made = Webhook.objects.get_or_create(
        team=world.projects[key].team,
        name=f"Hook of {key}",
        defaults={"url": "https://93.184.215.14/", "secret": sealed("secret")},
    )
    done = {"uuid": uuid.uuid4(), "state": HookState.SENT, "body": canary("told")}
    delivery, _made = HookDelivery.objects.get_or_create(webhook=hook, defaults=done)
    return {"webhook": hook.pk, "delivery": delivery.pk}


def invitation_of(world: Any, key: str) -> TeamInvitation:
    project = world.projects[key]
    later = timezone.now() + timedelta(days=7)
    email = f"{canary()}@mail.example"
    return TeamInvitation.objects.create(
        team=project.team, email=email, digest=uuid.uuid4().hex, invited_by=project.owner, expires_at=later
    )


def own_of(world: Any, operation: Operation, person: User) -> int:
    """Return a log-in of the person, or a filter that they have saved."""
    if "/sessions/" in operation.path:
        return begin_session(person=person, session=Store(), ip="", agent="", is_script=True).pk
    return filter_of(person, world).pk


def filter_of(person: User, world: Any) -> SavedFilter:
    """Return a filter that the person has saved."""
    return SavedFilter.objects.create(person=person, name=canary("filter"), query="priority=high")


def filled(value: Any, words: dict[str, Any]) -> Any:
    """Return a body of surface.toml with its {…} filled in."""
    if isinstance(value, dict):
        return {name: filled(part, words) for name, part in value.items()}
    if isinstance(value, list):
        return [filled(part, words) for part in value]
    if isinstance(value, str) and value.startswith("{") and value[1:-1] in words:
        return words[value[1:-1]]
    return value.format(**words) if isinstance(value, str) else value


def way_in(world: Any, person: User) -> dict[str, str]:
    """Return what lets a person into a team that they are not in: its join link, and the token of an invitation."""
    owner = PersonFactory()
    team, token = create_team(actor=owner, name=canary("Open team")), new_token()
    TeamInvitation.objects.create(
        team=team, email=person.email, digest=digest_of(token), invited_by=owner,
        expires_at=timezone.now() + timedelta(days=7),
    )  # fmt: skip
    return {"token": token, "code": set_join_link(actor=owner, team=team, is_on=True).join_code}


def body_of(world: Any, operation: Operation, key: str, person: User | None = None) -> Any:
    """Return what a valid request to the operation sends, for the person where it is about them; None: no body."""
    if not operation.has_body:
        return None
    real = FOREIGN if key == UNKNOWN else key
    number = number_of(operation, real)
    words = {
        "key": key,
        "stranger": world.stranger.username,
        "member": world.far_owner.username if real == FOREIGN else world.developer.username,
        "start": start_of(world, real),
        "number": number,
        "version": world.issue(f"{real}-{number}").version,
        "message_version": world.message(real).version,
        "team": world.projects[real].team.name,
        "uuid": str(uuid.uuid4()),
        "label": world.label(real).name,
        "order": [state.slug for state in world.projects[real].states.all()],
        "self": person.username if person else "nobody",
        **(way_in(world, person) if person and operation.need == "person" else {"token": "nothing", "code": "nothing"}),
    }
    return filled(operation.body or {}, words)
