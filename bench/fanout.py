"""A change, and a thousand open pages of its project in one process: from the commit to the frame on each of them."""

import itertools
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.pages import BOARD_KEY, cookies, member
from bench.server import Server, running
from bench.sockets import __file__ as clients

PAGES, PACE, SECONDS = 1000, 0.2, 30.0
A_SESSION = 5
RETURNING = 500
VIEWS = ("board", "board", "board", "list", "room")
AIM_MS, AIM_RETURN_S = 250, 60


class Clients:
    """The process that holds the pages."""

    def __init__(self) -> None:
        command = [sys.executable, clients]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603

    def do(self, what: str, **details: Any) -> Any:
        """Give an order and wait for its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": what} | details) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def pages(server: Server, count: int) -> Iterator[Clients]:
    """Open that many pages of the bench board, five to a session."""
    jars = [cookies(member())["Cookie"] for _session in range(-(-count // A_SESSION))]
    views = itertools.cycle(VIEWS)
    wanted = [[f"/ws/?project={BOARD_KEY}&view={next(views)}", jars[place // A_SESSION]] for place in range(count)]
    found = Clients()
    try:
        found.do("open", port=server.port, pages=wanted)
        yield found
    finally:
        found.process.kill()
        found.process.wait()


def change_for(seconds: float) -> dict[int, float]:
    """Change an issue at the pace, and return when the event of each change was committed, by its number."""
    from issues.models import Issue  # noqa: PLC0415 (after django.setup)
    from issues.services.editing import edit_issue  # noqa: PLC0415
    from notifications.queries import head_of  # noqa: PLC0415

    issue = Issue.objects.select_related("project").filter(project__key=BOARD_KEY, deleted_at=None).order_by("pk")[0]
    priorities = itertools.cycle((1, 2, 3))
    commits: dict[int, float] = {}
    begin = time.monotonic()
    for number in range(int(seconds / PACE)):
        time.sleep(max(0.0, begin + number * PACE - time.monotonic()))
        edit_issue(actor=issue.project.owner, issue=issue, changes={"title": f"Changed {number} by the benchmark",
            "priority": next(priorities)})  # fmt: skip
        committed = time.monotonic()
        issue = Issue.objects.select_related("project").get(pk=issue.pk)
        commits[head_of(f"project:{issue.project_id}")] = committed
    return commits


def fan_out(seconds: float = SECONDS) -> dict[str, Any]:
    """Measure a change each 200 ms with a thousand pages of one project in one process."""
    with running(workers=1) as server:
        before = server.pss_mib()
        with pages(server, PAGES) as found:
            each = (server.pss_mib() - before) * 1024 / PAGES
            cpu = server.cpu_s()
            commits = change_for(seconds)
            found.do("settle", seq=max(commits))
            figures = found.do("report", commits=commits)
            cpu = (server.cpu_s() - cpu) / len(commits) * 1000
    return {"pages": PAGES, "changes": len(commits), **figures, "kib_a_socket": round(each, 1), "cpu_ms": round(cpu, 1)}


def come_back() -> dict[str, Any]:
    """Kill a server with 500 pages, start it again, and see how long until all of them are back, and how evenly."""
    with running(workers=1) as server, pages(server, RETURNING) as found:
        os.killpg(server.pid, 9)
        with running(workers=1, port=server.port) as again:
            began = time.monotonic()
            figures = found.do("greeted")
            cpu = again.cpu_s()
    back = round(figures["last"] - began, 1)
    return {"pages": RETURNING, "back_s": back, "most_a_second": figures["most_a_second"], "cpu_s": round(cpu, 1)}


def measure(seconds: float = SECONDS) -> dict[str, Any]:
    """Measure both, with as many open files as the machine allows."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return {"fan_out": fan_out(seconds), "return": come_back()}


def show(result: dict[str, Any]) -> None:
    """Print the figures beside their aims."""
    one, back = result["fan_out"], result["return"]
    met = "met" if one["p95_ms"] <= AIM_MS and not one["missing"] else "missed"
    print(
        f"fan-out: {one['changes']} changes to {one['pages']} pages: p50 {one['p50_ms']} ms, p95 {one['p95_ms']} ms, "
        f"p99 {one['p99_ms']} ms, {one['missing']} missing, {one['kib_a_socket']} KiB a socket, "
        f"{one['cpu_ms']} ms CPU a change; aim ≤ {AIM_MS} ms, 0 missing: {met}"
    )
    met = "met" if back["back_s"] <= AIM_RETURN_S else "missed"
    print(
        f"return: {back['pages']} pages of a killed server are back after {back['back_s']} s, "
        f"at most {back['most_a_second']} in one second; aim ≤ {AIM_RETURN_S} s: {met}"
    )
