"""A scanner that speaks INSTREAM as clamd does, and knows one word as harmful."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HARM = b"EICAR-CANARY"
NAME = "Canary-Test-Signature"


class Session(socketserver.StreamRequestHandler):
    """One connection: a command that ends with NUL, pieces after their lengths, an empty one at the end."""

    server: Any

    def handle(self) -> None:
        """Answer as the server's `manner` says."""
        assert self.rfile.read(10) == b"zINSTREAM\0"
        if self.server.manner == "silent":
            self.server.let_go.wait(10)
            return
        if self.server.manner == "limit":
            self._say("INSTREAM size limit exceeded. ERROR")
            return
        content = b""
        while length := int.from_bytes(self.rfile.read(4), "big"):
            content += self.rfile.read(length)
        self.server.seen.append(content)
        if self.server.manner == "hangs up":
            return
        self._say(f"stream: {NAME} FOUND" if HARM in content else "stream: OK")

    def _say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\0")


class _Server(socketserver.ThreadingMixIn):
    daemon_threads = True


class _Tcp(_Server, socketserver.TCPServer):
    pass


class _Unix(_Server, socketserver.UnixStreamServer):
    pass


@contextlib.contextmanager
def scanner_at(place: str | Path) -> Iterator[Any]:
    """Run a scanner at a TCP port of its own (`tcp`), or at the path of a socket; yield it with its `address`."""
    server: Any = _Tcp(("127.0.0.1", 0), Session) if place == "tcp" else _Unix(str(place), Session)
    server.address = f"127.0.0.1:{server.server_address[1]}" if place == "tcp" else str(place)
    server.manner, server.seen, server.let_go = "well", [], threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()


def free_address() -> str:
    """Return an address that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"
