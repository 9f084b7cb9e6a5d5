"""`make check`: all that a machine can say about the code without running its tests. Fails if one did."""

import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
MANAGE = [sys.executable, "manage.py"]
SCHEMA = [str(BIN / "check-jsonschema"), "--builtin-schema"]
CHECKS: dict[str, list[str]] = {
    "style": [str(BIN / "ruff"), "check", "--quiet", "."],
    "format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
    "types": [str(BIN / "mypy")],
    "imports": [str(BIN / "lint-imports"), "--no-logo"],
    "templates": [str(BIN / "djlint"), "templates", "--lint", "--quiet"],
    "migrations": [*MANAGE, "makemigrations", "--check", "--dry-run"],
    "production": [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"],
    "image": [str(BIN / "hadolint"), "Dockerfile"],
    "compose": [*SCHEMA, "vendor.compose-spec", "docker-compose.yml"],
    "workflow": [*SCHEMA, "vendor.github-workflows", ".github/workflows/ci.yml"],
}
# What a careful owner sets; the check is about our defaults around it.
PRODUCTION = {
    "PLUMBLINE_ENV": "production",
    "SITE_URL": "https://tracker.example.org",
    "ALLOWED_HOSTS": "tracker.example.org",
    "TRUSTED_PROXY_COUNT": "1",
    "EMAIL_URL": "smtps://tracker:word@mail.example.org",
    "S3_ENDPOINT_URL": "",
    "S3_PUBLIC_URL": "https://files.example.net",
    "S3_BUCKET": "tracker-files",
    "S3_ACCESS_KEY_ID": "",
    "S3_SECRET_ACCESS_KEY": "",
}


def environment_of(name: str) -> dict[str, str]:
    """Return the environment of one check: production's with a fresh key for `production`, otherwise ours."""
    if name == "production":
        return {**os.environ, **PRODUCTION, "SECRET_KEY": secrets.token_urlsafe(64)}
    return dict(os.environ)


def passes(name: str) -> bool:
    """Run one check, print its line, and its output where it fails."""
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603 (our own commands)
        CHECKS[name], cwd=ROOT, env=environment_of(name), capture_output=True, text=True, check=False
    )
    print(f"  {name:<12} {time.monotonic() - began:6.2f} s  {'ok' if done.returncode == 0 else 'FAILED'}", flush=True)
    if done.returncode:
        print((done.stdout + done.stderr).strip(), flush=True)
    return done.returncode == 0


def main() -> None:
    """Run every check, or those named on the command line; exit 1 where one failed."""
    names = sys.argv[1:] or list(CHECKS)
    failed = [name for name in names if not passes(name)]
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
