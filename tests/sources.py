"""The repository as text: what the guards of test_consistency.py read."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("accounts", "chat", "config", "files", "issues", "notifications", "projects")
CODE = (*APPS, "bench")
FOLDERS = (*CODE, "tests", "templates", "static", "docs", "deploy", ".github")
TEXT = {
    ".py",
    ".html",
    ".txt",
    ".css",
    ".js",
    ".md",
    ".toml",
    ".yml",
    ".yaml",
    ".json",
    ".cfg",
    ".tf",
    ".sh",
    ".conf",
    "",
}


def files(*folders: str, suffix: str = "") -> Iterator[Path]:
    """Yield the files below folders of the repository, without what is generated."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob(f"*{suffix}")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def name(path: Path) -> str:
    """Return a file's path within the repository."""
    return path.relative_to(ROOT).as_posix()


def everything() -> Iterator[Path]:
    """Yield every text file that people write: the folders above, and what lies at the top."""
    yield from (path for path in files(*FOLDERS) if path.suffix in TEXT)
    yield from (path for path in sorted(ROOT.iterdir()) if path.is_file() and path.suffix in TEXT)


@cache
def tree(path: Path) -> ast.Module:
    """Return a Python file, parsed."""
    return ast.parse(path.read_text(), str(path))


def code() -> list[Path]:
    """Return our Python files, migrations and tests aside."""
    return [path for path in files(*CODE, suffix=".py") if "migrations" not in path.parts]


def views() -> list[Path]:
    """Return the modules that answer requests."""
    return [
        path
        for path in code()
        if path.parts[len(ROOT.parts)] in APPS and (path.stem == "views" or "views" in path.parts)
    ]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield name and length of every function of a file; decorators and docstring are not counted."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = (node.end_lineno or node.lineno) - body[0].lineno + 1 if body else 0
            yield f"{name(path)}:{node.name}", length
