"""What the stack reads from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.stack.errors import StackError

ROOT = Path(__file__).resolve().parent.parent.parent
HIGHEST_PORT = 65535


@dataclass(frozen=True)
class Options:
    """Where the stack keeps its data, where it listens, and which servers are given instead of embedded."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 8000
    demo: bool = True
    workers: int = 2
    concurrency: int = 3
    database_url: str = ""
    redis_url: str = ""
    s3_given: bool = False
    # Where the embedded S3 endpoint listens; 0 is any free port.
    s3_port: int = 0
    # Whether mails are caught: nowhere else to send them, and not for real.
    mailbox: bool = True

    @property
    def address(self) -> str:
        """The address to open; a host that means "all" is reached through loopback."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def whole_number(environ: Mapping[str, str], name: str, default: int, highest: int) -> int:
    """Return a variable between 1 and `highest`; raise StackError otherwise."""
    raw = environ.get(name, str(default))
    if not raw.isdecimal() or not 1 <= int(raw) <= highest:
        raise StackError(f"{name}={raw!r} is not a whole number between 1 and {highest}.")
    return int(raw)


def yes_or_no(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    """Return a yes/no variable; raise StackError on any other word."""
    raw = environ.get(name, "1" if default else "0").lower()
    if raw not in {"1", "yes", "true", "on", "0", "no", "false", "off", ""}:
        raise StackError(f"{name}={raw!r} is neither yes nor no. Write {name}=1 or {name}=0.")
    return raw in {"1", "yes", "true", "on"}


def read_options(environ: Mapping[str, str] = os.environ) -> Options:
    """Read the PLUMBLINE_… variables; raise StackError naming the one that is wrong."""
    return Options(
        data=(ROOT / Path(environ.get("PLUMBLINE_DATA") or "var").expanduser()).resolve(),
        host=environ.get("PLUMBLINE_HOST") or "127.0.0.1",
        port=whole_number(environ, "PLUMBLINE_PORT", 8000, HIGHEST_PORT),
        demo=yes_or_no(environ, "PLUMBLINE_DEMO", default=True),
        workers=whole_number(environ, "WEB_WORKERS", 2, 64),
        concurrency=whole_number(environ, "WORKER_CONCURRENCY", 3, 64),
        database_url=environ.get("DATABASE_URL", ""),
        redis_url=environ.get("REDIS_URL", ""),
        # A bucket without an endpoint is Amazon's.
        s3_given=bool(environ.get("S3_ENDPOINT_URL") or environ.get("S3_BUCKET")),
        s3_port=whole_number(environ, "PLUMBLINE_S3_PORT", 1, HIGHEST_PORT) if environ.get("PLUMBLINE_S3_PORT") else 0,
        mailbox=not environ.get("EMAIL_URL") and environ.get("PLUMBLINE_ENV") != "production",
    )
