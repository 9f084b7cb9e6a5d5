"""R2: Redis restarted, flushed and frozen under load: pages answer, nothing is lost, everything is in step again."""

import signal
import time

import pytest

from tests.faults import oracle
from tests.faults.load import Browser, percentile, traffic
from tests.faults.pages import open_pages
from tests.faults.results import note
from tests.faults.site import wait_until
from tests.faults.test_sockets import agree, begin, differences

FROZEN_SECONDS = 60


def talk(browser, turn):
    """Write on the issue, write in the room, look at the board."""
    if turn % 4 == 0:
        browser.say(f"turn {turn}")
    elif turn % 4 == 1:
        browser.say(f"room {turn}", issue=None)
    else:
        browser.get("/FAULT/")


def all_running(plumbline, facts, sockets):
    plumbline.start_web()
    plumbline.start("worker")
    plumbline.start("beat")
    browsers = [Browser(plumbline.options.port, session) for session in facts["sessions"].values()]
    return browsers, begin(plumbline, facts, sockets)


def conclude(name, plumbline, facts, browsers, pages, **more):
    """Wait until all is told and shown; note and return the figures."""
    began = time.monotonic()
    oracle.settled(plumbline)
    told_after = time.monotonic() - began
    in_step = wait_until(lambda: agree(plumbline, pages), 60, what="agreeing with the database")
    told = oracle.inbox(plumbline, facts)
    missing, extra = differences(plumbline, pages)
    times = [call.seconds for browser in browsers for call in browser.calls]
    return note(
        name,
        lost=told.lost + missing,
        doubled=told.doubled + extra,
        seconds=told_after,
        in_step_s=round(in_step, 2),
        errors=len(oracle.errors(browsers)),
        unanswered=oracle.unanswered(browsers),
        p95_s=round(percentile(times, 0.95), 3),
        slowest_s=round(max(times), 2),
        **more,
    )


def disturb(plumbline, way, times):
    """Restart or flush Redis, with two seconds between the times."""
    for _round in range(times):
        time.sleep(2)
        if way == "flushed":
            plumbline.flush_valkey()
        else:
            plumbline.restart_valkey(signal.Signals[f"SIG{way}"])
    time.sleep(3)


def check(result):
    assert (result["lost"], result["doubled"], result["errors"], result["unanswered"]) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    "way", ["TERM", pytest.param("KILL", marks=pytest.mark.full), pytest.param("flushed", marks=pytest.mark.full)]
)
def test_restart_and_flush_lose_nothing(site, full, way):
    plumbline, facts = site
    browsers, pages = all_running(plumbline, facts, 200 if full else 20)

    with open_pages(pages):
        with traffic(browsers, 20, talk):
            disturb(plumbline, way, 10 if full else 1)
        result = conclude(f"R2 Redis {way}", plumbline, facts, browsers, pages)

    check(result)
    assert plumbline.children["web"].ended() is None


@pytest.mark.full
def test_frozen_redis_slows_no_page(site):
    plumbline, facts = site
    browsers, pages = all_running(plumbline, facts, 200)

    with open_pages(pages):
        with plumbline.frozen("valkey"), traffic(browsers, 20, talk):
            time.sleep(FROZEN_SECONDS)
        thawed = time.monotonic()
        assert browsers[0].say("after the thaw", issue=None)
        result = conclude("R2 Redis frozen 60 s", plumbline, facts, browsers, pages)
        live_again = max(max(page.talk.arrivals.values(), default=thawed) for page in pages) - thawed

    check(result)
    assert result["p95_s"] <= 1
    assert result["slowest_s"] <= 3
    assert live_again <= 30
