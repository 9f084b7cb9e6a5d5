"""A request to stop, and waits that notice it."""

import signal
import time
from collections.abc import Callable
from types import FrameType

from config.stack.errors import Stopped

TICK = 0.03


class StopRequest:
    """Remembers that a signal asked us to stop.

    A flag and not an exception out of the handler, which could hit between the start of a child and its record.
    """

    def __init__(self) -> None:
        self.requested = False

    def listen(self) -> None:
        """Take over SIGINT, SIGTERM and SIGHUP of this process. Call it from the main thread."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.requested = True

    def pause(self, seconds: float) -> None:
        """Sleep; raise Stopped within a tick of a request."""
        until = time.monotonic() + seconds
        while True:
            if self.requested:
                raise Stopped
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(TICK, left))

    def wait_for(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Ask `ready` until it says yes; return False after the time, raise Stopped on a request."""
        until = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > until:
                return False
            self.pause(TICK)
        return True
