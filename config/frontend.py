"""Builds the front-end files: one style sheet, a small sprite of icons, SortableJS, and the collected static files.

Standard library only. Every stage leaves the fingerprint of what it was made from in `build/stamps/` and is skipped
while that is unchanged. `config/bootstrap.py` holds a lock around it. Third-party files come by `package.json`.
"""

import hashlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
BUILD = ROOT / "build"
OUT = BUILD / "static"
MODULES = ROOT / "node_modules"
NODE_FOLDER = BUILD / "node"
STYLESHEET = OUT / "plumbline.css"
SPRITE = OUT / "vendor" / "icons.svg"
SORTABLE = OUT / "vendor" / "Sortable.min.js"
SVG = "http://www.w3.org/2000/svg"
# Unminified sources and the next major version of htmx's files: no page uses them, and their bare imports have no file.
UNUSED = ("django_htmx/ext/*[0-9].js", "django_htmx/*-4*", "django_htmx/ext/*-4*", "order.txt", "icons.txt")
SOURCE_MAP = re.compile(r"^\s*(//|/\*)[#@] sourceMappingURL=.*$", re.MULTILINE)
STYLE_COMMENT = re.compile(r"\s*/\*.*?\*/", re.DOTALL)


class BuildError(Exception):
    """Holds the one sentence that says which file to mend."""


def fingerprint(paths: Iterable[Path]) -> str:
    """Return a digest over names and contents of files and of all files below folders, and over this module."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in paths:
        files = sorted(entry for entry in path.rglob("*") if entry.is_file()) if path.is_dir() else [path]
        for file in files:
            digest.update(f"{file.relative_to(ROOT)}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest() if file.exists() else b"absent")
    return digest.hexdigest()


def stage(name: str, inputs: Iterable[Path], outputs: Iterable[Path], make: Callable[[], None]) -> bool:
    """Run `make` where an input changed or an output is missing; say whether it ran. Prints its time."""
    stamp = BUILD / "stamps" / name
    wanted = fingerprint(inputs)
    if stamp.exists() and stamp.read_text() == wanted and all(path.exists() for path in outputs):
        return False
    began = time.monotonic()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    make()
    stamp.write_text(wanted)
    print(f"  {name:<12} {time.monotonic() - began:6.2f} s", flush=True)
    return True


def run(what: str, command: list[str], **environment: str) -> None:
    """Run a build command in the checkout; raise BuildError with its last lines where it fails."""
    done = subprocess.run(  # noqa: S603 (our own commands)
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        raise BuildError(f"{what} failed (exit {done.returncode}):\n{tail}")


def npm_command() -> tuple[list[str], dict[str, str]]:
    """Return how to call npm here and the environment for it: the machine's own, otherwise the one of a wheel."""
    if npm := shutil.which("npm"):
        return [npm], {}
    if not (NODE_FOLDER / "bin" / "npm").exists():
        uv = [str(Path(sys.executable).parent / "uv"), "pip", "install", "--quiet", "--python", sys.executable]
        lock = str(ROOT / "config" / "node.lock")
        run("Fetching Node.js", [*uv, "--target", str(NODE_FOLDER), "--require-hashes", "-r", lock])
    path = f"{NODE_FOLDER / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return [sys.executable, str(NODE_FOLDER / "bin" / "npm")], {"PYTHONPATH": str(NODE_FOLDER), "PATH": path}


def fetch_modules() -> None:
    """Bring node_modules to what package-lock.json names, files checked by hash, no install scripts run."""
    npm, environment = npm_command()
    run("npm ci", [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], **environment)


def write(path: Path, text: str) -> None:
    """Replace a file in one step, so that a server that reads it meanwhile sees the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(SOURCE_MAP.sub("", text), encoding="utf-8")
    draft.replace(path)


def listed(path: Path) -> list[str]:
    """Return the lines of a list file without blank lines and comments."""
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def joined_styles() -> str:
    """Return static/css/*.css in the order of static/css/order.txt, without comments: what a browser is sent.

    A file that is missing in the list or on disk is an error.
    """
    order = listed(STATIC / "css" / "order.txt")
    present = {path.name for path in (STATIC / "css").glob("*.css")}
    if odd := present.symmetric_difference(order):
        raise BuildError(f"static/css/order.txt and the files beside it differ: {', '.join(sorted(odd))}.")
    texts = (STYLE_COMMENT.sub("", (STATIC / "css" / name).read_text(encoding="utf-8")).strip() for name in order)
    return "\n".join(texts) + "\n"


def join_styles() -> None:
    """Write the one style sheet."""
    write(STYLESHEET, joined_styles())


def symbol(name: str) -> ET.Element:
    """Return one Tabler outline icon as a <symbol> with the stroke of our pages; raise BuildError if there is none."""
    source = MODULES / "@tabler" / "icons" / "icons" / "outline" / f"{name}.svg"
    if not source.exists():
        raise BuildError(f"static/icons.txt names {name!r}, which Tabler's outline icons do not have.")
    drawing = ET.parse(source).getroot()  # noqa: S314 (checked by hash against package-lock.json)
    stroke = {"fill": "none", "stroke": "currentColor", "stroke-width": "1.75"}
    round_ends = {"stroke-linecap": "round", "stroke-linejoin": "round"}
    element = ET.Element(f"{{{SVG}}}symbol", {"id": name, "viewBox": "0 0 24 24", **stroke, **round_ends})
    element.extend(part for part in drawing if part.get("stroke") != "none")
    for part in element.iter():
        part.tail = None
    return element


def draw_sprite() -> None:
    """Write the icons that static/icons.txt names as one SVG file of symbols."""
    ET.register_namespace("", SVG)
    sprite = ET.Element(f"{{{SVG}}}svg")
    sprite.extend([symbol(name) for name in sorted(set(listed(STATIC / "icons.txt")))])
    write(SPRITE, ET.tostring(sprite, encoding="unicode") + "\n")


def copy_vendor() -> None:
    """Write the icons and SortableJS, with their licence lines as shipped."""
    draw_sprite()
    write(SORTABLE, (MODULES / "sortablejs" / "Sortable.min.js").read_text(encoding="utf-8"))


def collect() -> None:
    """Collect every app's static files under hashed names, gzipped, into build/collected. Touches no database.

    Files of earlier builds stay: a running server may still have handed out their names. `make clean` removes them.
    """
    settings = {
        "PLUMBLINE_ENV": "development",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "DATABASE_URL": "postgresql://nobody@127.0.0.1/none",
        "REDIS_URL": "redis://127.0.0.1/0",
    }
    ignored = [f"--ignore={pattern}" for pattern in UNUSED]
    run("collectstatic", [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0", *ignored], **settings)


def build(*, with_modules: bool) -> bool:
    """Run the stages that are out of date, in order; say whether there was any. `with_modules`: they are given."""
    lock, icons = ROOT / "package-lock.json", STATIC / "icons.txt"
    vendor, collected = [SPRITE, SORTABLE], BUILD / "collected" / "staticfiles.json"
    code = [ROOT / "requirements.lock", ROOT / "config" / "staticfiles.py"]
    ran = not with_modules and stage("npm", [lock], [MODULES / ".package-lock.json"], fetch_modules)
    ran |= stage("icons", [lock, icons], vendor, copy_vendor)
    ran |= stage("styles", [STATIC / "css"], [STYLESHEET], join_styles)
    return stage("static", [STATIC, OUT, *code], [collected], collect) | ran


def main() -> None:
    """Build; print one line for a build that had nothing to do, or the error."""
    began = time.monotonic()
    OUT.mkdir(parents=True, exist_ok=True)
    try:
        ran = build(with_modules="--with-modules" in sys.argv[1:])
    except (BuildError, OSError) as error:
        sys.exit(f"plumbline: {error}")
    if not ran:
        print(f"  {'front end':<12} {time.monotonic() - began:6.2f} s  unchanged", flush=True)


if __name__ == "__main__":
    main()
