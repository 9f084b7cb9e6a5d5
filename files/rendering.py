"""Has pictures made by a process of its own (files/pictures.py), which may die of any of them."""

import hashlib
import io
import json
import logging
import os
import stat
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

log = logging.getLogger("plumbline.files")

# By the clock on the wall; of the processor it may use less (pictures.CPU_SECONDS).
WALL_SECONDS = 25
UNREADABLE = "unreadable"
WEBP = "image/webp"


@dataclass(frozen=True, slots=True)
class Made:
    """A picture that was made, in the folder that was given."""

    form: str
    width: int
    height: int
    size: int
    path: Path


@dataclass(frozen=True, slots=True)
class Rendered:
    """The size of a picture as it is seen, and what was made of it; or why nothing was, a word of files/refusals.py."""

    width: int | None
    height: int | None
    made: tuple[Made, ...]
    refusal: str = ""


def render(source: Path, format_: str, forms: Iterable[str], folder: Path) -> Rendered:
    """Open a picture as `format_` and nothing else, and make the forms of it as files of the folder.

    Waits for at most WALL_SECONDS. A picture that ends the process, takes too long, or has it write or answer anything
    but what was asked for, is UNREADABLE.
    """
    wanted = [str(form) for form in forms]
    found = _ask({"source": str(source), "format": format_, "forms": wanted, "folder": str(folder)})
    if refusal := found.get("refusal"):
        return Rendered(None, None, (), refusal)
    try:
        if [each["form"] for each in found["made"]] != wanted:
            raise ValueError("other forms")
        made = tuple(_checked(Made(**each, path=folder / f"{each['form']}.webp")) for each in found["made"])
        return Rendered(int(found["width"]), int(found["height"]), made)
    except (OSError, KeyError, TypeError, ValueError) as error:
        log.warning("a picture was not read: its process gave %s", type(error).__name__)
        return Rendered(None, None, (), UNREADABLE)


def _checked(made: Made) -> Made:
    with open_plain(made.path) as content:
        if os.fstat(content.fileno()).st_size != made.size:
            raise ValueError("another size")
    return made


def open_plain(path: Path) -> io.BufferedReader:
    """Open a file in the folder of a process that may obey a stranger, and nothing that only stands there for another.

    Raises OSError for links, and for all that is no file.
    """
    content = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    about = os.fstat(content.fileno())
    if not stat.S_ISREG(about.st_mode) or about.st_nlink != 1:
        content.close()
        raise OSError("no plain file")
    return content


def _ask(wish: dict[str, Any]) -> dict[str, Any]:
    """Run the process and return its answer. It gets none of our variables: they hold keys and passwords."""
    command = [sys.executable, "-m", "files.pictures"]
    env = {"PATH": os.defpath, "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"}
    try:
        done = subprocess.run(  # noqa: S603 (our own module)
            command,
            input=json.dumps(wish),
            capture_output=True,
            text=True,
            check=True,
            timeout=WALL_SECONDS,
            cwd=settings.BASE_DIR,
            env=env,
        )
        answer: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        log.warning("a picture was not read: %s", type(error).__name__)
        return {"refusal": UNREADABLE}
    if why := answer.get("error"):
        log.info("a picture was not read: %s", why)
    return answer


def digest_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with open_plain(path) as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
