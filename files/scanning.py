"""The malware scanner: a clamd that is asked about every file, where CLAMD_ADDRESS names one.

Speaks INSTREAM (clamd(8)): the file goes to it in pieces, so that it needs no folder of ours, and only its answer comes
back.
"""

import socket
from pathlib import Path

from django.conf import settings

CONNECT_SECONDS, ANSWER_SECONDS = 2, 20
PIECE = 64 * 1024
LONGEST_ANSWER = 4096
OK, FOUND = "OK", "FOUND"


class ScannerAway(Exception):
    """The scanner does not answer, or could not look at the file. The file is not taken unseen."""


def scan(path: Path) -> str:
    """Return what the scanner calls the harm in a file; empty where it finds none, and where there is no scanner.

    Raises ScannerAway.
    """
    if not settings.CLAMD_ADDRESS:
        return ""
    try:
        answer = _ask(path)
    except OSError as error:
        raise ScannerAway(f"no scanner: {type(error).__name__}") from None
    words, _space, verdict = answer.removeprefix("stream: ").rpartition(" ")
    if verdict == FOUND:
        return words or "something"
    if answer != f"stream: {OK}":
        raise ScannerAway(f"the scanner says {answer[:100]!r}")
    return ""


def _ask(path: Path) -> str:
    """Send a file, each piece after its length in four bytes, an empty one at the end; return the answer.

    A scanner that refuses the rest of a long file answers and hangs up while it is still being sent.
    """
    with _connected() as server, path.open("rb") as content:
        try:
            server.sendall(b"zINSTREAM\0")
            while piece := content.read(PIECE):
                server.sendall(len(piece).to_bytes(4, "big") + piece)
            server.sendall(bytes(4))
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER and (more := server.recv(LONGEST_ANSWER)):
            answer += more
    return answer.rstrip(b"\0\n").decode(errors="replace")


def _connected() -> socket.socket:
    address = settings.CLAMD_ADDRESS
    if address.startswith("/"):
        server = socket.socket(socket.AF_UNIX)
        try:
            server.settimeout(CONNECT_SECONDS)
            server.connect(address)
        except OSError:
            server.close()
            raise
    else:
        host, _colon, port = address.rpartition(":")
        server = socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS)
    server.settimeout(ANSWER_SECONDS)
    return server
