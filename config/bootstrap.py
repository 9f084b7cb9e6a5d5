"""From a bare Python to all that Plumbline needs: .venv, its packages, the front-end files; then the local stack.

`python3 config/bootstrap.py run` is what `make run` calls; any other word is handed to `python -m config.stack` too,
and without a word it only prepares. Standard library only, and it must parse on Pythons from 3.6 on, so that one that
is too old gets a sentence instead of a SyntaxError: the check stands before the first definition and other imports.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (the very point of this line)
    sys.exit(
        "plumbline: Python 3.11 or newer is needed, and this is {}.{} ({})."
        " Name a newer one: make run PYTHON=python3.12".format(*sys.version_info[:2], sys.executable)
    )

# Started as a file, Python looks for modules in this folder first, where `http.py` would hide the library's `http`.
HERE = __file__.replace("\\", "/").rpartition("/")[0]
sys.path[:] = [entry for entry in sys.path if entry.rstrip("/") != HERE]

import contextlib  # noqa: E402
import ctypes  # noqa: E402
import fcntl  # noqa: E402
import hashlib  # noqa: E402
import importlib.util  # noqa: E402
import os  # noqa: E402
import shutil  # noqa: E402
import signal  # noqa: E402
import subprocess  # noqa: E402
import time  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from pathlib import Path  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
INSTALLER_LOCK = ROOT / "config" / "bootstrap.lock"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "plumbline-installed"
PR_SET_PDEATHSIG = 1


class BootstrapError(Exception):
    """Holds the one sentence that the reader of the terminal gets."""


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold a lock on this checkout, so that two starts at once do not both build the same folder."""
    with INSTALLER_LOCK.open("rb") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def call(what: str, *command: str | Path, **environment: str) -> None:
    """Run a command from the checkout; raise BootstrapError with its last lines where it fails."""
    done = subprocess.run(  # noqa: S603 (our own commands)
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        tail = "\n".join(done.stdout.strip().splitlines()[-12:])
        raise BootstrapError(f"{what} failed (exit {done.returncode}):\n{tail}")


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Print the step with the time it took, in the columns that the stack's own steps use."""
    began = time.monotonic()
    yield
    print(f"  {name:<12} {time.monotonic() - began:6.2f} s", flush=True)


def require_venv_module() -> None:
    """Raise BootstrapError where this Python cannot make environments (Debian and Ubuntu ship `venv` in parts)."""
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        raise BootstrapError(
            f"this Python ({sys.executable}) has no venv module; on Debian and Ubuntu: apt-get install python3-venv"
        )


def venv_works() -> bool:
    """Say whether .venv has a Python that starts; it does not after the Python below it was removed or upgraded."""
    if not VENV_PYTHON.exists():
        return False
    check = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([VENV_PYTHON, "-c", check], capture_output=True, check=False).returncode == 0  # noqa: S603


def fingerprint() -> str:
    """Return what the installed packages depend on: both locks and the Python that made the environment."""
    digest = hashlib.sha256(INSTALLER_LOCK.read_bytes() + LOCK.read_bytes())
    digest.update((VENV / "pyvenv.cfg").read_bytes())
    return digest.hexdigest()


def installed() -> bool:
    """Say whether .venv holds exactly what the lock names."""
    return STAMP.exists() and venv_works() and STAMP.read_text() == fingerprint()


def install() -> None:
    """Bring .venv to exactly what the lock names, each file checked against its hash. A broken .venv is made anew."""
    if not venv_works():
        require_venv_module()
        shutil.rmtree(VENV, ignore_errors=True)
        with step("venv"):
            call("Making .venv", sys.executable, "-m", "venv", VENV)
    with step("packages"):
        pip = (VENV_PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
        call("Fetching the installer", *pip, "--require-hashes", "--no-deps", "-r", INSTALLER_LOCK)
        uv = (VENV / "bin" / "uv", "pip", "sync", "--quiet", "--python", VENV_PYTHON, "--require-hashes")
        call("Installing the packages", *uv, LOCK, UV_PYTHON_DOWNLOADS="never")
    STAMP.write_text(fingerprint())


def prepare() -> None:
    """Make what is missing or out of date: the environment, then the front-end files."""
    try:
        with one_at_a_time():
            if not installed():
                install()
            frontend = subprocess.run([VENV_PYTHON, "-m", "config.frontend"], cwd=ROOT, check=False)  # noqa: S603
    except OSError as error:
        raise BootstrapError(f"{error.filename or ROOT}: {error.strerror}.") from error
    if frontend.returncode:
        sys.exit(frontend.returncode)


def end_with_parent() -> None:
    """Have the stack stop when the `make` that started us is killed outright (Linux; the setting survives exec)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


def main(arguments: list[str]) -> None:
    """Prepare, then become `python -m config.stack` with the given words."""
    if arguments[:1] == ["--from-make"]:
        arguments = arguments[1:]
        end_with_parent()
    try:
        prepare()
    except BootstrapError as error:
        sys.exit(f"plumbline: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    if arguments:
        os.chdir(ROOT)
        os.execv(VENV_PYTHON, [str(VENV_PYTHON), "-m", "config.stack", *arguments])  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
