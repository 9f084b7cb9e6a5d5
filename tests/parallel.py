"""Real parallel connections: each call in a thread of its own, all let go at the same moment."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection


def at_once(calls: Iterable[Callable[[], Any]], workers: int = 32) -> list[Any]:
    """Run every call on one of `workers` connections, begun together; return each result, or the exception it raised.

    The results stand in the order of the calls.
    """
    tasks = list(calls)
    together = threading.Barrier(min(workers, len(tasks)))
    local = threading.local()

    def run(call: Callable[[], Any]) -> Any:
        if not getattr(local, "is_ready", False):
            local.is_ready = True
            connection.ensure_connection()
            together.wait(timeout=20)
        try:
            return call()
        except Exception as error:  # noqa: BLE001 (the test looks at it)
            return error

    def close() -> None:
        connection.close()

    with ThreadPoolExecutor(max_workers=together.parties) as pool:
        found = list(pool.map(run, tasks))
        # Every thread gives its connection back; a barrier makes sure that each takes exactly one of these calls.
        leaving = threading.Barrier(together.parties)

        def leave(_number: int) -> None:
            close()
            leaving.wait(timeout=20)

        list(pool.map(leave, range(together.parties)))
    return found


def errors(results: Iterable[Any]) -> list[Exception]:
    """Return what was raised."""
    return [result for result in results if isinstance(result, Exception)]
