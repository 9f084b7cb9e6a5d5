"""A proxy in front of an S3 endpoint that behaves as badly as networks and storages do, one request at a time."""

import contextlib
import http.client
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

# What comes over one connection only, and what the proxy says anew.
HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}
ERROR = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>chaos</Message></Error>'
MOODS = ("kind", "error", "slow_down", "reset", "lost_answer", "truncate", "half_sent", "slow", "silent")


class Chaos:
    """Passes on what it is sent. `mood` decides what happens to the next request.

    kind: passes it on · error: 500 · slow_down: 503 · reset: hangs up before passing it on · lost_answer: passes it on
    and hangs up before the answer · truncate: half of the answer's body · half_sent: half of the request's body ·
    slow: answers after `delay` seconds · silent: never answers. `stop` refuses every connection, `start` takes them
    again on the same port.
    """

    def __init__(self, target: str, *, delay: float = 30) -> None:
        self.target = urlsplit(target).netloc
        self.delay = delay
        self.mood = "kind"
        self.choose: Callable[[], str] = lambda: self.mood
        self.seen: Counter[str] = Counter()
        self.port = 0
        self._freed = threading.Event()
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """S3_ENDPOINT_URL of whoever is to suffer."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen; again on the port of before."""
        chaos = self

        class Handler(_Handler):
            proxy = chaos

        self._freed.clear()
        self._server = _Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Listen no more: connections are refused, and those that hang are let go."""
        self._freed.set()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server.hang_up()
            self._server = None

    def at_random(self, share: float, moods: tuple[str, ...] = MOODS[1:], seed: int = 1) -> None:
        """Let about this share of the requests fare badly, each in another way; the same for the same seed."""
        dice = random.Random(seed)
        self.choose = lambda: dice.choice(moods) if dice.random() < share else "kind"

    def be_kind(self) -> None:
        """Pass everything on from now, and let go what hangs."""
        self.mood, self.choose = "kind", lambda: self.mood
        self._freed.set()
        self._freed.clear()

    def wait(self, seconds: float | None = None) -> None:
        """Wait, at most until it is stopped or kind again."""
        self._freed.wait(seconds)


@contextlib.contextmanager
def chaos_before(target: str, **options: Any) -> Iterator[Chaos]:
    """Yield a proxy in front of an endpoint for the time of the block."""
    proxy = Chaos(target, **options)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, *args: Any) -> None:
        self.lines: set[socket.socket] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.lines.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.lines.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Close what is still open: a server that is gone answers on no old connection either."""
        for line in list(self.lines):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: connections that break are what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: Chaos

    def handle_one_request(self) -> None:
        with contextlib.suppress(ConnectionError):
            super().handle_one_request()

    def do_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        mood = self.proxy.choose()
        self.proxy.seen[mood] += 1
        getattr(self, f"be_{mood}")(body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_OPTIONS = do_any  # noqa: N815 (the standard library's names)

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""

    def be_kind(self, body: bytes) -> None:
        self.answer(*self.passed_on(body))

    def be_slow(self, body: bytes) -> None:
        self.proxy.wait(self.proxy.delay)
        self.be_kind(body)

    def be_silent(self, body: bytes) -> None:
        self.proxy.wait()
        self.be_reset(body)

    def be_error(self, body: bytes) -> None:
        self.answer(500, {"Content-Type": "application/xml"}, ERROR.format(code="InternalError").encode())

    def be_slow_down(self, body: bytes) -> None:
        self.answer(503, {"Content-Type": "application/xml"}, ERROR.format(code="SlowDown").encode())

    def be_reset(self, body: bytes) -> None:
        """Hang up with a RST, as a machine does that has lost its memory."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def be_lost_answer(self, body: bytes) -> None:
        self.passed_on(body)
        self.be_reset(body)

    def be_truncate(self, body: bytes) -> None:
        status, headers, found = self.passed_on(body)
        self.answer(status, headers, found, only=len(found) // 2)
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def be_half_sent(self, body: bytes) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            self.passed_on(body, only=len(body) // 2)
        self.be_reset(body)

    def passed_on(self, body: bytes, only: int | None = None) -> tuple[int, dict[str, str], bytes]:
        """Ask the endpoint the same; the Host stays, because it is signed."""
        line = http.client.HTTPConnection(self.proxy.target, timeout=10)
        try:
            line.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in {"connection", "expect"}:
                    line.putheader(name, value)
            line.endheaders()
            line.send(body if only is None else body[:only])
            if only is not None:
                return 0, {}, b""
            answer = line.getresponse()
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in HOP}
            if self.command == "HEAD":
                headers["Content-Length"] = answer.getheader("Content-Length", "0")
            return answer.status, headers, answer.read()
        finally:
            line.close()

    def answer(self, status: int, headers: dict[str, str], body: bytes, only: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body if only is None else body[:only])
