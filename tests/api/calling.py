"""A script of a person: calls the API with a token of theirs, as JSON."""

import json
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.bearers import digest_of, new_token
from accounts.enums import Scope
from accounts.models import PersonalToken, User
from tests.browsing import CheckedClient

ROOT = "/api/v1"
PERSONAS = ("anonymous", "stranger", "viewer", "developer", "lead", "removed", "deactivated", "administrator")


def token_of(person: User, *scopes: Scope, projects: list[int] | None = None, **changes: Any) -> str:
    """Return a new token of a person; without scopes one that may be used for everything."""
    secret = new_token()
    values = {"expires_at": timezone.now() + timedelta(days=1), "prefix": secret[:12], "name": "script"} | changes
    PersonalToken.objects.create(
        person=person, digest=digest_of(secret), scopes=list(scopes or Scope), projects=projects, **values
    )
    return secret


class Script:
    """Calls by path below /api/v1; what comes back is Django's response, `data` and `error` read by the functions."""

    def __init__(self, person: User | None, *scopes: Scope, projects: list[int] | None = None) -> None:
        self.client = CheckedClient()
        self.headers = {}
        if person is not None:
            self.headers["Authorization"] = f"Bearer {token_of(person, *scopes, projects=projects)}"

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a request; `body` goes as JSON, `If_Match="…"` as the header If-Match."""
        told = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        if body is None:
            return self.client.generic(method, f"{ROOT}{path}", headers=told)
        text = json.dumps(body, default=str)
        return self.client.generic(method, f"{ROOT}{path}", text, content_type="application/json", headers=told)

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("PATCH", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("PUT", path, body, **headers)

    def delete(self, path: str) -> Any:
        return self.send("DELETE", path)


def script_of(world: Any, persona: str | User | None, *scopes: Scope, projects: list[int] | None = None) -> Script:
    """Return the script of a persona, by name, or of a person."""
    person = world.person(persona) if isinstance(persona, str) else persona
    return Script(person, *scopes, projects=projects)


def data(response: Any, status: int = 200) -> Any:
    """Return what an answer tells, and see that it has the shape of every answer."""
    body = response.json()
    assert (response.status_code, body["error"], body["status"]) == (status, None, status), response.content
    return body["data"]


def error(response: Any, status: int) -> Any:
    """Return why something was refused, and see that it has the shape of every refusal."""
    body = response.json()
    assert (response.status_code, body["data"], body["status"]) == (status, None, status), response.content
    return body["error"]


def statuses(world: Any, call: Any) -> dict[str, int]:
    """Return how the API answers each persona; `call` sends one request for a script."""
    return {persona: call(script_of(world, persona)).status_code for persona in PERSONAS}


def everyone(status: int, **others: int) -> dict[str, int]:
    """Return the same status for each persona but the named ones."""
    return dict.fromkeys(PERSONAS, status) | {"deactivated": 401} | others
