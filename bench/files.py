"""Files: announcing one, being sent to one, and ten of ten megabytes that must not pass through the web server."""

import http.client
import itertools
import json
import os
import time
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from django.db import transaction

from accounts.models import User
from bench import client
from bench.client import Request, build
from bench.pages import BOARD_KEY, cookies
from bench.server import Server
from config import clock
from files import storage
from files.enums import FileState, Kind, Place
from files.models import File
from files.services.uploads import forget, keys_of
from notifications.history import save_as
from projects.models import Membership, Project

NAMES = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
NAME = "measured by the benchmark.bin"
# Below what one person may have on their way at a time; a repeated announcement would only be signed anew.
EACH = 75
MEGABYTE = 1024 * 1024
FILES, SIZE = 10, 10 * MEGABYTE
JSON = "application/json"


def announcements() -> list[Request]:
    """Return announcements of files by all people in turn, each of another file. Forgets those of an earlier run."""
    with transaction.atomic():
        for file in File.objects.filter(name=NAME, state=FileState.PENDING):
            forget(None, file)
    board = Project.objects.get(key=BOARD_KEY)
    people = [each.person for each in Membership.objects.filter(project=board).select_related("person").order_by("pk")]
    mine = [_announcements(person, cookies(person)) for person in people]
    return list(itertools.chain.from_iterable(zip(*mine, strict=True)))


def _announcements(person: User, headers: dict[str, str]) -> list[Request]:
    keys = [uuid5(NAMES, f"{person.pk}/{number}/{time.time()}") for number in range(EACH)]
    return [announcement(headers, key, 1000) for key in keys]


def announcement(headers: dict[str, str], key: UUID, size: int) -> Request:
    """Return the first step of sending a file."""
    words = {"name": NAME, "size": size, "client_id": str(key), "place": "draft"}
    return build("POST", f"/{BOARD_KEY}/files/start/", headers, json.dumps(words).encode(), JSON)


def downloads(headers: dict[str, str]) -> list[Request]:
    """Return the way to a file of the board project, whose bytes nobody fetches here."""
    project = Project.objects.get(key=BOARD_KEY)
    file = File.objects.filter(project=project, state=FileState.READY).first() or _ready(project)
    return [build("GET", f"/{BOARD_KEY}/files/{file.uuid}/", headers)]


def _ready(project: Project) -> File:
    file = File(project=project, uploader=project.owner, place=Place.PROJECT, name=NAME, size=1, type="text/plain")
    file.kind, file.state, file.sha256, file.checked_at = Kind.OTHER, FileState.READY, "0" * 64, clock.now()
    return save_as(project.owner, file)


def send_much(server: Server, headers: dict[str, str]) -> dict[str, float]:
    """Send FILES of SIZE, all begun before the first is done, as a page does; return time and memory of the server."""
    # What each process loads once, with the first file that passes it by, is no matter of how much is sent.
    _send(server, headers, os.urandom(1))
    before, began = server.pss_mib(), time.perf_counter()
    _send(server, headers, os.urandom(SIZE))
    seconds = time.perf_counter() - began
    grown = server.pss_mib() - before
    return {"mib": FILES * SIZE / MEGABYTE, "seconds": round(seconds, 2), "grown_mib": round(grown, 1)}


def _send(server: Server, headers: dict[str, str], body: bytes) -> None:
    """Send FILES with this body each, and forget them again."""
    keys = [uuid5(NAMES, f"much/{number}/{time.time()}") for number in range(FILES)]
    started = [json.loads(client.ask(server.port, announcement(headers, key, len(body))).body) for key in keys]
    for each in started:
        _put(each["put"], body)
        client.ask(server.port, build("POST", each["finish"], headers))
    _clear([UUID(each["file"]["uuid"]) for each in started])


def _put(signed: dict[str, Any], body: bytes) -> None:
    parts = urlsplit(signed["url"])
    line = (http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection)(parts.netloc)
    line.request("PUT", f"{parts.path}?{parts.query}", body, signed["headers"])
    answer = line.getresponse()
    if answer.status != http.HTTPStatus.OK:
        raise client.BenchError(f"the storage answered {answer.status}: {answer.read(300)!r}")
    line.close()


def _clear(uuids: list[UUID]) -> None:
    """Forget what was sent, and delete it at once: no worker runs here."""
    with transaction.atomic():
        for file in File.objects.filter(uuid__in=uuids):
            storage.delete(keys_of(file))
            forget(None, file)
