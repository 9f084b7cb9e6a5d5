"""A real Celery worker, with a broker of its own, on this test's database: how soon it has done, and what it takes."""

import os
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from celery import Celery
from django.db import connection
from PIL import Image

from config.stack.child import Command, spawn
from config.stack.folder import DataFolder
from config.stack.options import ROOT, Options
from config.stack.processes import worker_command
from config.stack.signals import StopRequest
from config.stack.valkey import Valkey
from files.enums import FileState, Form
from files.models import File
from files.services.uploads import finish_upload
from tests.factories import ProjectFactory
from tests.files.sending import announce, picture, put
from tests.files.test_pictures import saved

pytestmark = pytest.mark.django_db(transaction=True)
MOST_MEBIBYTES = 300
SIDE = 5000


class Worker:
    """The worker, its broker, and what both processes take together."""

    def __init__(self, folder, child, broker):
        self.child, self.app = child, Celery(broker=broker)

    def check(self):
        """Wake it, as finishing an upload does."""
        self.app.send_task("files.check")

    def wait_for(self, file, seconds):
        """Wait until it has come to an end with a file; return how long that took, and the most memory in MiB."""
        began, most = time.monotonic(), 0.0
        while File.objects.get(pk=file.pk).state == FileState.CHECKING:
            assert time.monotonic() - began < seconds, self.child.command.log.read_text()
            most = max(most, self.memory())
            time.sleep(0.005)
        return time.monotonic() - began, most

    def memory(self):
        """Return what the process that works and the one that it has started hold at this moment."""
        return sum(resident(child) + sum(map(resident, children(child))) for child in children(self.child.pid))


def children(pid):
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def resident(pid):
    """Return the resident memory of a process in MiB; nothing where it has just ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


@pytest.fixture
def worker(settings, monkeypatch):
    """Start it; beats are the test's own."""
    with tempfile.TemporaryDirectory(prefix="plumbline-") as place:
        folder = DataFolder(Path(place))
        folder.make()
        valkey = Valkey(folder)
        valkey.start(StopRequest())
        database = urlunsplit(
            urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
        )
        broker = valkey.url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
        # Celery takes the environment's before its own argument.
        monkeypatch.setenv("CELERY_BROKER_URL", broker)
        environment = os.environ | {"DATABASE_URL": database, "REDIS_URL": valkey.url, "CELERY_BROKER_URL": broker}
        command = worker_command(Options(data=Path(place), concurrency=1))
        child = spawn(Command("worker", command, environment, folder.logs / "worker.log", cwd=ROOT), folder.run)
        try:
            yield Worker(folder, child, broker)
        finally:
            child.stop(5)
            valkey.stop(2)


def arrived(project, name, content):
    started = announce(project.owner, project, name, content)
    put(started, content)
    return finish_upload(actor=project.owner, file=started.file)


def test_thumbnail_is_there_within_five_seconds(worker):
    project = ProjectFactory()
    warm = arrived(project, "first.png", picture())
    worker.check()
    worker.wait_for(warm, 60)
    noise = Image.effect_noise((1000, 750), 60).resize((4000, 3000))

    file = arrived(project, "photo.jpg", saved(Image.merge("RGB", [noise] * 3), "JPEG"))
    worker.check()
    seconds, _most = worker.wait_for(file, 60)

    assert file.renditions.filter(form=Form.THUMB, width=320).exists()
    assert seconds < 5


def largest():
    """Yield names and contents of pictures at the cap of 25 megapixels, one of every kind that takes memory."""
    grey = Image.effect_noise((SIDE // 8, SIDE // 8), 90).resize((SIDE, SIDE), Image.Resampling.NEAREST)
    colours = Image.merge("RGB", (grey, grey.transpose(0), grey.transpose(1)))
    yield "cmyk.jpg", saved(colours.convert("CMYK"), "JPEG", quality=40)
    yield "palette.png", saved(colours.quantize(64, method=Image.Quantize.FASTOCTREE))
    yield "palette.gif", saved(colours.quantize(16, method=Image.Quantize.FASTOCTREE), "GIF")
    yield "sixteen.png", saved(Image.frombytes("I;16", grey.size, grey.tobytes() * 2))
    colours.putalpha(grey)
    yield "rgba.png", saved(colours)
    yield "lossy.webp", saved(colours, "WEBP", quality=5, method=0)
    yield "lossless.webp", saved(colours, "WEBP", lossless=True, quality=0, method=0)


def test_worker_stays_below_its_memory_with_the_largest_pictures(worker):
    project, most = ProjectFactory(), {}
    for name, content in largest():
        file = arrived(project, name, content)
        worker.check()
        _seconds, most[name] = worker.wait_for(file, 120)
        file.refresh_from_db()
        assert (name, file.state, file.refusal) == (name, FileState.READY, "")

    print("MiB of the worker's process and its child:", {name: round(value) for name, value in most.items()})
    assert max(most.values()) < MOST_MEBIBYTES
