"""What is taken from the process that opens pictures, should a picture have taken that over."""

import json
import os
import subprocess

import pytest

from files.rendering import render
from tests.files.sending import picture

BOTH = ["thumb", "screen"]


@pytest.fixture
def obeying(monkeypatch, tmp_path):
    """Return a function that renders a picture which has taken over the process: it does and answers what it likes."""
    source = tmp_path / "original"
    source.write_bytes(picture())

    def make(work, **changes):
        made = [{"form": form, "width": 9, "height": 9, "size": 5} for form in BOTH]

        def run(*args, **options):
            for form in BOTH:
                (tmp_path / f"{form}.webp").write_bytes(b"bytes")
            work(tmp_path)
            answer = {"width": 9, "height": 9, "made": made} | changes
            return subprocess.CompletedProcess(args, 0, json.dumps(answer), "")

        monkeypatch.setattr(subprocess, "run", run)
        return render(source, "PNG", BOTH, tmp_path)

    return make


def linked(folder, link):
    secret = folder / "secret"
    secret.write_bytes(b"bytes")
    (folder / "screen.webp").unlink()
    link(secret, folder / "screen.webp")


@pytest.mark.parametrize(
    "work",
    [
        lambda folder: linked(folder, lambda secret, place: place.symlink_to(secret)),
        lambda folder: linked(folder, lambda secret, place: place.hardlink_to(secret)),
        lambda folder: linked(folder, lambda secret, place: os.mkfifo(place)),
        lambda folder: linked(folder, lambda secret, place: place.mkdir()),
        lambda folder: linked(folder, lambda secret, place: None),
        lambda folder: (folder / "screen.webp").write_bytes(b"more bytes"),
    ],
    ids=["symlink", "hard link", "fifo", "folder", "nothing", "size"],
)
def test_what_only_stands_for_another_file_is_not_taken(obeying, work):
    assert obeying(lambda folder: None).refusal == ""

    found = obeying(work)

    assert (found.refusal, found.made) == ("unreadable", ())


@pytest.mark.parametrize(
    "changes",
    [
        {"made": [{"form": "../screen", "width": 9, "height": 9, "size": 5}]},
        {"made": []},
        {"made": [{"form": form} for form in BOTH]},
        {"made": None},
        {"width": None},
    ],
)
def test_answers_that_nobody_asked_for_are_not_taken(obeying, changes):
    assert obeying(lambda folder: None, **changes).refusal == "unreadable"
