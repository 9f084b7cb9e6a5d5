"""Servers for one command: own folder below the system's temporary one, nothing synced to disk, all gone afterwards."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from config.stack.folder import DataFolder
from config.stack.options import Options
from config.stack.servers import Servers, own_servers
from config.stack.signals import StopRequest


@contextmanager
def throwaway_servers(options: Options, stop: StopRequest) -> Iterator[dict[str, str]]:
    """Yield the environment of fresh servers, whatever the environment names; delete them at the end."""
    place = Path(tempfile.mkdtemp(prefix="plumbline-"))
    # PostgreSQL's own user must get through; what lies inside is closed to others by its own modes.
    place.chmod(0o711)
    try:
        own = replace(options, data=place, database_url="", redis_url="", s3_given=False, s3_port=0)
        folder = DataFolder(place)
        folder.make()
        with own_servers(Servers(own, folder, throwaway=True), stop) as environment:
            yield environment
    finally:
        shutil.rmtree(place, ignore_errors=True)
