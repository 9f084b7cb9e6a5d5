"""A receiver of webhooks on loopback, which answers as it is told and keeps what it got."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """`status`, `headers`, `answer` and `pause` (seconds before the answer, and between its pieces) may be changed."""

    port: int = 0
    status: int = 200
    answer: bytes = b"thanks"
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0
    drip: float = 0.0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?a=1"


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen for as long as the block lasts."""
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.got.append((dict(self.headers), body))
            time.sleep(told.pause)
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.end_headers()
            for position in range(len(told.answer)):
                if told.drip:
                    time.sleep(told.drip)
                self.wfile.write(told.answer[position : position + 1] if told.drip else told.answer)
                if not told.drip:
                    break

        def log_message(self, *args: object) -> None:
            pass

        do_GET = do_POST  # noqa: N815 (the name that the base class calls)

    class Server(ThreadingHTTPServer):
        def handle_error(self, *args: object) -> None:
            """The other side may hang up whenever it likes."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
