"""R3: PostgreSQL restarted under load, and all its connections cut: no acknowledged write is lost, nothing hangs."""

import signal
import time

import pytest

from tests.faults import oracle
from tests.faults.load import Browser, percentile, traffic
from tests.faults.results import note
from tests.faults.site import wait_until

RESTARTS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT, "killed": signal.SIGKILL}


def talk(browser, turn):
    """Write a message, or look at the board."""
    if turn % 2:
        browser.get("/FAULT/")
    else:
        browser.say(f"turn {turn}")


FULL = pytest.mark.full


@pytest.mark.parametrize("way", ["fast", pytest.param("immediate", marks=FULL), pytest.param("killed", marks=FULL)])
def test_restart_loses_nothing_that_was_acknowledged(site, full, way):
    plumbline, facts = site
    plumbline.start_web()
    plumbline.start("worker")
    plumbline.start("beat")
    sessions = list(facts["sessions"].values())
    browsers = [Browser(plumbline.options.port, session) for session in sessions]

    with traffic(browsers, 20, talk):
        for _round in range(5 if full else 1):
            time.sleep(2)
            plumbline.restart_postgres(RESTARTS[way])
            back = wait_until(plumbline.is_healthy, 10, what="the first answer")
        time.sleep(2)

    settled = oracle.settled(plumbline)
    said, told = oracle.messages(plumbline, facts, browsers), oracle.inbox(plumbline, facts)
    slowest = max(call.seconds for browser in browsers for call in browser.calls)
    note(
        f"R3 PostgreSQL {way}",
        lost=said.lost + told.lost,
        doubled=said.doubled + told.doubled,
        seconds=settled,
        first_answer_s=round(back, 2),
        slowest_s=round(slowest, 2),
        refused=len(oracle.errors(browsers)),
    )
    assert (said, told) == (oracle.NOTHING_WRONG, oracle.NOTHING_WRONG)
    assert set(oracle.errors(browsers)) <= {503}
    assert slowest < 10


@pytest.mark.full
def test_cut_connections_are_opened_anew(site, full):
    plumbline, facts = site
    plumbline.start_web()
    plumbline.start("worker")
    plumbline.start("beat")
    browsers = [Browser(plumbline.options.port, session) for session in facts["sessions"].values()]
    cut = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"

    with traffic(browsers, 20, talk):
        for _round in range(10 if full else 2):
            time.sleep(1)
            plumbline.value(f"{cut} AND backend_type = 'client backend'")
        time.sleep(2)
        cut_until = time.monotonic()
        time.sleep(2)

    settled = oracle.settled(plumbline)
    said, told = oracle.messages(plumbline, facts, browsers), oracle.inbox(plumbline, facts)
    late = [call for browser in browsers for call in browser.calls if call.began > cut_until and call.status >= 500]
    note(
        "R3 connections cut",
        lost=said.lost + told.lost,
        doubled=said.doubled + told.doubled,
        seconds=settled,
        refused=len(oracle.errors(browsers)),
        p95_s=round(percentile([call.seconds for browser in browsers for call in browser.calls], 0.95), 3),
    )
    assert (said, told) == (oracle.NOTHING_WRONG, oracle.NOTHING_WRONG)
    assert late == []
