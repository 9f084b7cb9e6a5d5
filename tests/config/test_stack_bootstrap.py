"""The first command on a machine: sentences instead of tracebacks where something is missing."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.config.stacks import ROOT

BOOTSTRAP = ROOT / "config" / "bootstrap.py"
AS_OTHER_PYTHON = "import sys; sys.version_info = (3, 9, 18, 'final', 0); path = sys.argv.pop(1); {run}"
WITHOUT_VENV = (
    "import sys, importlib.util as u; path = sys.argv.pop(1); find = u.find_spec;"
    "u.find_spec = lambda name, *rest: None if name == 'ensurepip' else find(name, *rest); {run}"
)
RUN = "exec(compile(open(path).read(), path, 'exec'), {'__name__': '__main__', '__file__': path})"


def bootstrap(prelude: str, path: Path) -> subprocess.CompletedProcess[str]:
    code = prelude.replace("{run}", RUN)
    return subprocess.run([sys.executable, "-c", code, str(path), "run"], capture_output=True, text=True, check=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with no environment yet."""
    (tmp_path / "config").mkdir()
    for name in ("config/bootstrap.py", "config/bootstrap.lock", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("minor", [6, 7, 8, 9, 10])
def test_bootstrap_parses_on_old_pythons(minor: int) -> None:
    ast.parse(BOOTSTRAP.read_text(), feature_version=(3, minor))


def test_old_python_gets_a_sentence() -> None:
    refused = bootstrap(AS_OTHER_PYTHON, BOOTSTRAP)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"plumbline: Python 3.11 or newer is needed, and this is 3.9 ({sys.executable})."
        " Name a newer one: make run PYTHON=python3.12\n"
    )


def test_missing_venv_module_gets_a_sentence(checkout: Path) -> None:
    refused = bootstrap(WITHOUT_VENV, checkout / "config" / "bootstrap.py")

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"plumbline: this Python ({sys.executable}) has no venv module;"
        " on Debian and Ubuntu: apt-get install python3-venv\n"
    )


def test_modules_of_the_config_folder_do_not_hide_the_librarys(checkout: Path) -> None:
    (checkout / "config" / "signal.py").write_text("raise SystemExit('hidden')")
    (checkout / "config" / "bootstrap.lock").unlink()

    refused = subprocess.run(
        [sys.executable, "config/bootstrap.py"], cwd=checkout, capture_output=True, text=True, check=False
    )

    assert refused.returncode == 1
    assert refused.stderr == f"plumbline: {checkout / 'config' / 'bootstrap.lock'}: No such file or directory.\n"


def test_make_help_lists_the_targets() -> None:
    command = ["make", "--no-print-directory", "help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    names = [line.split()[1] for line in shown.splitlines()]
    assert names == [
        "help",
        "run",
        "test",
        "faults",
        "check",
        "fix",
        "reset",
        "seed",
        "manage",
        "bench",
        "status",
        "lock",
        "clean",
    ]
