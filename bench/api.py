"""The API as a script asks it: a list of fifty, new issues, and what it costs to know whose a token is."""

import json
import time
from datetime import timedelta
from statistics import median

from accounts.bearers import SHOWN, digest_of, new_token, person_by_token
from accounts.enums import Scope
from accounts.models import PersonalToken, User
from bench.client import Request, build
from bench.pages import BOARD_KEY
from config import clock
from projects.models import Project

NAME = "measured by the benchmark"
JSON = "application/json"
CHECKS = 2000


def token(person: User) -> str:
    """Make a token for everything, good for a day; forgets those of earlier runs."""
    PersonalToken.objects.filter(name=NAME).delete()
    secret = new_token()
    PersonalToken.objects.create(
        person=person,
        name=NAME,
        digest=digest_of(secret),
        prefix=secret[:SHOWN],
        scopes=list(Scope),
        expires_at=clock.now() + timedelta(days=1),
    )
    return secret


def lists(secret: str) -> list[Request]:
    """Return lists of fifty issues of each project in turn."""
    return [build("GET", f"/api/v1/projects/{key}/issues", _headers(secret)) for key in _keys()]


def creations(secret: str) -> list[Request]:
    """Return new issues of each project in turn."""
    body = json.dumps({"title": "Measured by the benchmark", "priority": "low"}).encode()
    return [build("POST", f"/api/v1/projects/{key}/issues", _headers(secret), body, JSON) for key in _keys()]


def token_check_ms(secret: str) -> float:
    """Return how long it takes in this process to find whose a token is: the median, in milliseconds."""
    times = []
    for _turn in range(CHECKS):
        began = time.perf_counter()
        person_by_token(secret)
        times.append(time.perf_counter() - began)
    return round(median(times) * 1000, 3)


def _headers(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def _keys() -> list[str]:
    return list(Project.objects.exclude(key=BOARD_KEY).order_by("pk").values_list("key", flat=True)[:9])
