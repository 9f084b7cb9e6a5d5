"""Real parallel connections: each worker in a thread of its own, all let go at the same moment."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Any

from django.db import connection

# Opening dozens of connections on a busy machine takes its time; no test measures it.
PATIENCE = 60


def at_once(calls: Iterable[Callable[[], Any]], workers: int = 32) -> list[Any]:
    """Run every call on one of `workers` connections, begun together; return each result, or the exception it raised.

    The results stand in the order of the calls. Every connection is given back, whatever happened.
    """
    tasks = list(calls)
    found: list[Any] = [None] * len(tasks)
    waiting: SimpleQueue[int] = SimpleQueue()
    for number in range(len(tasks)):
        waiting.put(number)
    together = threading.Barrier(min(workers, len(tasks)))
    troubles: list[Exception] = []

    def work() -> None:
        try:
            connection.ensure_connection()
            together.wait(timeout=PATIENCE)
            while True:
                number = waiting.get_nowait()
                found[number] = _outcome(tasks[number])
        except Empty:
            pass
        except Exception as trouble:  # noqa: BLE001 (raised in the test's own thread, below)
            together.abort()
            troubles.append(trouble)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _worker in range(together.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if troubles:
        raise ExceptionGroup("not every connection could be opened", troubles)
    return found


def _outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:  # noqa: BLE001 (the test looks at it)
        return error


def errors(results: Iterable[Any]) -> list[Exception]:
    """Return what was raised."""
    return [result for result in results if isinstance(result, Exception)]


def in_own_loop(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in a thread of its own: after a browser test this one has an event loop already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
