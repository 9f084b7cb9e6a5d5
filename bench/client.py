"""A small HTTP/1.1 client with keep-alive: one connection for latency, sixteen for throughput."""

import asyncio
import itertools
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

WARM_UP = 30


class BenchError(Exception):
    """The server answered something else than success."""


@dataclass(frozen=True)
class Request:
    """One request as bytes on the wire; `name` is for error messages."""

    name: str
    raw: bytes


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


FORM = "application/x-www-form-urlencoded"


def build(method: str, path: str, headers: dict[str, str], body: bytes = b"", type_: str = FORM) -> Request:
    """Return the bytes of a request; `type_` is that of the body."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body or method == "POST":
        lines += [f"Content-Type: {type_}", f"Content-Length: {len(body)}"]
    return Request(f"{method} {path}", "\r\n".join([*lines, "", ""]).encode() + body)


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Request) -> Answer:
    writer.write(request.raw)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {}
    for line in head[1:]:
        name, _colon, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    answer = Answer(int(head[0].split(" ", 2)[1]), headers, body)
    if answer.status >= 400:  # noqa: PLR2004
        raise BenchError(f"{request.name} answered {answer.status}: {answer.body[:300]!r}")
    return answer


async def _series(port: int, requests: Iterator[Request], until: float, times: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=8 * 1024 * 1024)
    try:
        while time.perf_counter() < until:
            started = time.perf_counter()
            await _ask(reader, writer, next(requests))
            times.append(time.perf_counter() - started)
    finally:
        writer.close()


def ask(port: int, request: Request) -> Answer:
    """Send one request and return its answer."""

    async def once() -> Answer:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=8 * 1024 * 1024)
        try:
            return await _ask(reader, writer, request)
        finally:
            writer.close()

    return asyncio.run(once())


def latency(port: int, requests: Sequence[Request], seconds: float) -> list[float]:
    """Send requests one after the other over one connection; return their times in milliseconds, warm-up left out."""

    async def run() -> list[float]:
        times: list[float] = []
        await _series(port, itertools.cycle(requests), time.perf_counter() + seconds, times)
        return times

    times = asyncio.run(run())
    return [1000 * value for value in times[min(WARM_UP, len(times) // 4) :]]


def throughput(port: int, requests: Sequence[Request], clients: int, seconds: float) -> float:
    """Send requests over `clients` connections at once; return finished requests a second."""

    async def run() -> int:
        times: list[float] = []
        shared = itertools.cycle(requests)
        until = time.perf_counter() + seconds
        await asyncio.gather(*(_series(port, shared, until, times) for _client in range(clients)))
        return len(times)

    started = time.perf_counter()
    return asyncio.run(run()) / (time.perf_counter() - started)


def percentiles(times: Iterable[float]) -> tuple[float, float]:
    """Return the median and the 95th percentile."""
    ordered = sorted(times)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
