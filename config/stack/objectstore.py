"""The embedded S3 endpoint: rclone, which keeps objects as plain files below the data folder.

It checks signatures, lengths and types of presigned requests as S3 does. It has no settings of buckets (encryption,
versions, expiry), and its API of tags overwrites the object: neither is ever called on it.
"""

import os
import shutil
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from config.stack.child import Child, Command, spawn
from config.stack.errors import StackError
from config.stack.folder import DataFolder, private_folder
from config.stack.options import Options
from config.stack.ports import free_port
from config.stack.signals import StopRequest
from config.stack.terminal import tail

START_SECONDS = 20
BUCKET = "plumbline"
REGION = "us-east-1"
# What S3 itself cannot be told to send. Whatever somebody uploaded runs no script in any browser that opens it here.
HEADERS = (
    "X-Content-Type-Options: nosniff",
    "Content-Security-Policy: sandbox; default-src 'none'; style-src 'unsafe-inline'",
    "Referrer-Policy: no-referrer",
    "Cross-Origin-Resource-Policy: cross-origin",
)


def server_program() -> Path:
    """Return `rclone`: of the wheel, which lies beside Python itself, otherwise of the system."""
    beside = Path(sys.executable).parent / "rclone"
    if beside.exists():
        return beside
    if path := shutil.which("rclone"):
        return Path(path)
    raise StackError("there is no rclone: install the packages of requirements.lock, or set S3_ENDPOINT_URL.")


@dataclass
class ObjectStore:
    """One embedded endpoint. It listens where the pages do, because browsers send their files to it themselves."""

    options: Options
    folder: DataFolder
    child: Child | None = field(default=None, init=False)
    name: str = field(default="objects", init=False)
    port: int = field(default=0, init=False)

    @property
    def data(self) -> Path:
        """Where its buckets lie, each a folder."""
        return self.folder.path / "objects"

    @property
    def address(self) -> str:
        """Where this machine reaches it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.options.host, self.options.host)  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What every process has to know of it. Browsers reach it by the host of SITE_URL, or by S3_PUBLIC_URL."""
        access, secret = self.folder.object_keys()
        site = urlsplit(os.environ.get("SITE_URL", "")).hostname
        public = f"http://{site}:{self.port}" if site else self.address
        return {
            "S3_ENDPOINT_URL": self.address,
            "S3_PUBLIC_URL": os.environ.get("S3_PUBLIC_URL") or public,
            "S3_BUCKET": BUCKET,
            "S3_REGION": REGION,
            "S3_ACCESS_KEY_ID": access,
            "S3_SECRET_ACCESS_KEY": secret,
        }

    def launch(self) -> Child:
        """Start the process and return at once. Its keys go by the environment, which other users cannot read."""
        listen = f"[{self.options.host}]" if ":" in self.options.host else self.options.host
        argv = [str(server_program()), "--config", "/dev/null", "serve", "s3", "--addr", f"{listen}:{self.port}"]
        # Any origin: who may do what is in the signature of the address, and no cookie counts here.
        argv += [
            "--allow-origin",
            "*",
        ]
        for header in HEADERS:
            argv += ["--response-header", header]
        log = self.folder.logs / "objects.log"
        # A list of one pair, which has a comma of its own: hence the quotes.
        pair = ",".join(self.folder.object_keys())
        env = {"PATH": os.defpath, "HOME": "/nonexistent", "RCLONE_AUTH_KEY": f'"{pair}"'}
        self.child = spawn(Command(self.name, [*argv, str(self.data)], env, log), self.folder.run)
        return self.child

    def is_ready(self) -> bool:
        """Say whether it answers; raise StackError where it has ended."""
        assert self.child is not None
        if (status := self.child.ended()) is not None:
            raise StackError(f"the S3 endpoint ended (exit {status}):\n{tail(self.child.command.log)}")
        host = self.address.removeprefix("http://").rpartition(":")[0].strip("[]")
        try:
            socket.create_connection((host, self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def start(self, stop: StopRequest) -> None:
        """Start it and wait until it answers."""
        private_folder(self.data / BUCKET)
        self.port = self.port or self.options.s3_port or free_port(self.options.host)
        self.launch()
        if not stop.wait_for(self.is_ready, START_SECONDS):
            raise StackError(f"the S3 endpoint was not ready after {START_SECONDS} s; see {self.folder.logs}.")

    def empty(self) -> None:
        """Delete every object: nothing leads to them once the database is empty. It notices at its next start."""
        shutil.rmtree(self.data / BUCKET, ignore_errors=True)
        private_folder(self.data / BUCKET)

    def stop(self, seconds: float) -> None:
        """Have it end; what was stored lies in its folder."""
        if self.child:
            self.child.stop(seconds)
