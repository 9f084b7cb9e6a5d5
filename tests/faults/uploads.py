"""People who send files while the storage misbehaves, and what must be true of the files at the end."""

import hashlib
import http.client
import io
import json
import random
import threading
import time
import uuid
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image

from config.stack.folder import DataFolder
from config.stack.objectstore import BUCKET, ObjectStore
from config.stack.options import Options
from config.stack.signals import StopRequest
from tests.faults.chaos import Chaos
from tests.faults.load import CSRF
from tests.faults.site import Site, wait_until

PATIENCE = 10
WAKE_SECONDS = 2
TRIES = 60


@dataclass(frozen=True)
class Upload:
    """A file somebody wants to send, and its own key, the same however often it takes."""

    name: str
    body: bytes
    key: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def sha256(self) -> str:
        """The digest of what was meant."""
        return hashlib.sha256(self.body).hexdigest()


def uploads(number: int, seed: int = 1) -> list[Upload]:
    """Return texts, bytes and pictures, no two alike."""
    dice = random.Random(seed)
    return [_upload(dice, each) for each in range(number)]


def _upload(dice: random.Random, number: int) -> Upload:
    if number % 10 == 0:
        return Upload(f"picture {number}.png", _picture(number))
    if number % 3 == 0:
        return Upload(f"bytes {number}.bin", dice.randbytes(dice.randrange(1, 200_000)))
    return Upload(f"text {number}.txt", f"{number} ".encode() * dice.randrange(1, 20_000))


def _picture(number: int) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (400, 300), (number % 256, number // 256 % 256, 99)).save(kept, "PNG")
    return kept.getvalue()


@dataclass
class Sender:
    """Somebody's page with its script: announces, puts, says that it is done; each step until it is taken."""

    port: int
    session: str
    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    retries: int = 0

    def send(self, upload: Upload) -> str:
        """Send one file; return its uuid once the site has taken the last step."""
        for attempt in range(TRIES):
            started = self.start(upload)
            if started and (started["put"] is None or put(started["put"], upload.body) == 200):
                self.ask("POST", started["finish"])
                return str(started["file"]["uuid"])
            self.retries += 1
            time.sleep(min(1.0, 0.05 * 2**attempt) * random.random())
        raise AssertionError(f"{upload.name} was not taken in {TRIES} tries")

    def start(self, upload: Upload) -> dict:
        """Announce a file; return what the site said."""
        words = {"name": upload.name, "size": len(upload.body), "client_id": upload.key, "place": "project"}
        return self.ask("POST", "/FAULT/files/start/", words)

    def ask(self, method: str, path: str, words: dict | None = None) -> dict:
        """Ask the site for something; note how long that took. An answer of 400 and more fails."""
        began = time.monotonic()
        headers = {"Cookie": f"sid={self.session}; csrf={CSRF}", "X-CSRFToken": CSRF}
        headers |= {"Content-Type": "application/json"}
        body = json.dumps(words).encode() if words is not None else b""
        status, found = exchange(f"http://127.0.0.1:{self.port}{path}", method, body, headers)
        self.seconds.append(time.monotonic() - began)
        self.statuses[status] += 1
        assert status in {200, 201, 202}, (status, found[:500])
        return dict(json.loads(found))


def put(signed: dict, body: bytes, timeout: float = PATIENCE) -> int:
    """Put a body where it may go; return the status, 0 where there was no answer."""
    try:
        return exchange(signed["url"], "PUT", body, signed["headers"], timeout)[0]
    except (OSError, http.client.HTTPException):
        return 0


def exchange(
    url: str, method: str, body: bytes, headers: dict[str, str], timeout: float = PATIENCE
) -> tuple[int, bytes]:
    """Send one request over a connection of its own; return status and body."""
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.netloc, timeout=timeout)
    try:
        line.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, body, headers)
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


def send_all(senders: list[Sender], files: list[Upload]) -> dict[str, Upload]:
    """Send every file, each sender one at a time; return them by the uuid that they got."""
    taken: dict[str, Upload] = {}
    failures: list[Exception] = []

    def work(sender: Sender, mine: list[Upload]) -> None:
        try:
            for each in mine:
                taken[sender.send(each)] = each
        except (AssertionError, OSError, http.client.HTTPException) as error:
            failures.append(error)

    threads = [
        threading.Thread(target=work, args=(sender, files[number :: len(senders)]), daemon=True)
        for number, sender in enumerate(senders)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    return taken


@dataclass
class Storage:
    """An S3 endpoint of a test's own behind a proxy that can misbehave; its objects are looked at on the disk."""

    endpoint: ObjectStore
    chaos: Chaos

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a site that uses it, browsers included."""
        through = {"S3_ENDPOINT_URL": self.chaos.url, "S3_PUBLIC_URL": self.chaos.url, "S3_PREFIX": ""}
        return self.endpoint.environment | through

    @property
    def folder(self) -> Path:
        """Where its objects lie."""
        return self.endpoint.data / BUCKET

    def objects(self, below: str = "") -> dict[str, bytes]:
        """Return every object by its key."""
        found = (self.folder / below).rglob("*")
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found if path.is_file()}


@contextmanager
def running_storage(place: Path):
    """Yield a storage that behaves, for now."""
    folder = DataFolder(place)
    folder.make()
    endpoint = ObjectStore(Options(data=place), folder)
    endpoint.start(StopRequest())
    chaos = Chaos(endpoint.address)
    chaos.start()
    try:
        yield Storage(endpoint, chaos)
    finally:
        chaos.stop()
        endpoint.stop(1)


@dataclass(frozen=True)
class Verdict:
    """How many files are not what they should be."""

    other_bytes: int = 0
    without_row: int = 0
    not_ready: int = 0
    without_picture: int = 0
    told_not_once: int = 0
    stray: int = 0


ROWS = "SELECT uuid::text, state, size, sha256 FROM files_file"
PICTURES = """
SELECT file.uuid || '/' || made.form, made.size FROM files_rendition AS made
JOIN files_file AS file ON file.id = made.file_id
"""
NEWS = "SELECT data->>'uuid' FROM notifications_event WHERE kind = 'file.added'"


def unsettled(site: Site) -> int:
    """Return how many files and deletions are still on their way."""
    waiting = "SELECT COUNT(*) FROM files_file WHERE state IN ('pending', 'checking')"
    return int(site.value(waiting)) + int(site.value("SELECT COUNT(*) FROM files_objectdeletion"))


def settled(site: Site, seconds: float) -> float:
    """Wait until every file is looked at and every object deleted that was to go; return how long that took.

    What waits for its next try, the lease of a worker that has died, the end of a signature, or the beat's next turn of
    deleting, half a minute away, waits no longer.
    """
    woken = 0.0
    for table in ("files_file", "files_objectdeletion"):
        site.rows(f"UPDATE {table} SET next_at = now() RETURNING 1")

    def is_done() -> bool:
        nonlocal woken
        site.tend()
        site.rows("UPDATE files_objectdeletion SET next_at = now() WHERE attempts = 0 RETURNING 1")
        if time.monotonic() - woken > WAKE_SECONDS:
            site.wake("files.clean")
            woken = time.monotonic()
        return unsettled(site) == 0

    return wait_until(is_done, seconds, what="looking at every file")


def judge(site: Site, storage: Storage, taken: dict[str, Upload]) -> Verdict:
    """Compare the rows with the objects, and both with what people meant to send."""
    objects = storage.objects()
    rows = {name: (state, size, digest) for name, state, size, digest in site.rows(ROWS)}
    ready = {name: row for name, row in rows.items() if row[0] == "ready"}
    pictures = {f"files/{key}": size for key, size in site.rows(PICTURES)}
    news = Counter(name for (name,) in site.rows(NEWS))
    known = {f"files/{name}/original" for name in ready} | pictures.keys()
    return Verdict(
        other_bytes=sum(
            not _is_exact(objects.get(f"files/{name}/original"), row, taken) for name, row in ready.items()
        ),
        without_row=len(taken.keys() - rows.keys()),
        not_ready=len(rows) - len(ready),
        without_picture=sum(len(objects.get(key, b"")) != size for key, size in pictures.items()),
        told_not_once=sum(news[name] != 1 for name in ready),
        stray=len(objects.keys() - known),
    )


def _is_exact(body: bytes | None, row: tuple[str, int, str], taken: dict[str, Upload]) -> bool:
    if body is None:
        return False
    digest = hashlib.sha256(body).hexdigest()
    meant = {upload.sha256 for upload in taken.values()}
    return (len(body), digest) == row[1:] and digest in meant
