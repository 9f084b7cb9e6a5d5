"""What is measured: who asks, for which pages, with which data."""

import itertools
from collections.abc import Sequence
from importlib import import_module
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from accounts.models import User
from bench.client import Request, build
from issues.models import Issue
from projects.models import Membership, Project, State

CSRF_SECRET = "benchbenchbenchbenchbenchbench32"  # noqa: S105 (of sessions that end with the run)
BOARD_KEY = "BOARD"
BOARD_CARDS = 250


def member() -> User:
    """Return a person who belongs to the bench projects."""
    board = Project.objects.get(key=BOARD_KEY)
    return Membership.objects.filter(project=board).select_related("person").order_by("pk")[1].person


def cookies(person: User) -> dict[str, str]:
    """Log the person in by a session of their own and return the headers of their browser."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    jar = f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={CSRF_SECRET}"
    return {"Cookie": jar, "X-CSRFToken": CSRF_SECRET}


def references() -> dict[str, list[Request]]:
    """Return the requests of the two reference pages."""
    return {name: [build("GET", f"/_bench/{name}/", {})] for name in ("constant", "page")}


def reads(headers: dict[str, str]) -> dict[str, list[Request]]:
    """Return the requests of the pages that only read; each rotates over the bench projects."""
    keys = list(Project.objects.exclude(key=BOARD_KEY).order_by("pk").values_list("key", flat=True))[:9]
    numbers = Issue.objects.filter(deleted_at__isnull=True, project__key__in=keys).order_by("number", "pk")
    some = [f"/{key}-{number}/" for key, number in numbers.values_list("project__key", "number")[200:240]]
    paths = {
        "list": [f"/{key}/issues/" for key in keys],
        "board": [f"/{BOARD_KEY}/"],
        "issue": some,
        "room": [f"/{key}/chat/" for key in keys],
        "search_rare": [f"/search/?q=zyzzyva{number:02}" for number in range(40)],
        "search_common": ["/search/?q=database"],
    }
    return {name: [build("GET", path, headers) for path in found] for name, found in paths.items()}


def moves(headers: dict[str, str]) -> list[Request]:
    """Return moves of cards into the next column and back: each pair leaves the board as it was."""
    requests: list[Request] = []
    for project in Project.objects.order_by("pk")[:10]:
        states = list(State.objects.filter(project=project, removed_at__isnull=True))
        steps = {(step.from_state_id, step.to_state_id) for step in project.transitions.all()}
        there = next(
            (
                (here, to)
                for here, to in itertools.permutations(states, 2)
                if {(here.pk, to.pk), (to.pk, here.pk)} <= steps
            ),
            None,
        )
        if there is None:
            continue
        numbers = Issue.objects.filter(state=there[0], deleted_at__isnull=True).values_list("number", flat=True)[:40]
        requests += [_move(project, number, to, headers) for number in numbers for to in (there[1], there[0])]
    return _interleaved(requests, 80)


def _move(project: Project, number: int, to: State, headers: dict[str, str]) -> Request:
    body = urlencode({"to": to.slug}).encode()
    return build("POST", f"/{project.key}-{number}/move/", headers | {"HX-Request": "true"}, body)


def _interleaved(requests: Sequence[Request], block: int) -> list[Request]:
    """Take from each project's block in turn, so that neighbours in time do not wait for the same row."""
    blocks = [requests[start : start + block] for start in range(0, len(requests), block)]
    return [request for group in itertools.zip_longest(*blocks) for request in group if request is not None]


def creations(headers: dict[str, str]) -> list[Request]:
    """Return quick adds to the first column of each project in turn."""
    requests = []
    for project in Project.objects.exclude(key=BOARD_KEY).order_by("pk")[:9]:
        state = State.objects.filter(project=project, removed_at__isnull=True, is_initial=True).first()
        body = urlencode({"quick": "1", "title": "Measured by the benchmark", "state": state.slug if state else ""})
        path = f"/{project.key}/issues/new/"
        requests.append(build("POST", path, headers | {"HX-Request": "true"}, body.encode()))
    return requests


def messages(headers: dict[str, str]) -> list[Request]:
    """Return messages to the room and an issue of each project in turn; without a client's key each is a new one."""
    requests = []
    for project in Project.objects.exclude(key=BOARD_KEY).order_by("pk")[:9]:
        number = Issue.objects.filter(project=project, deleted_at__isnull=True).values_list("number", flat=True)[0]
        text = {"body": f"Measured by the *benchmark*: see {project.key}-{number}, @user03."}
        for place in ({}, {"issue": number}):
            body = urlencode(text | place).encode()
            requests.append(build("POST", f"/{project.key}/messages/", headers | {"HX-Request": "true"}, body))
    return requests
