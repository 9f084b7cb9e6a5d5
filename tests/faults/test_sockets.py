"""R6: sockets cut at random, a killed server with hundreds of them, a client that stops reading: nothing is missing."""

import time
from pathlib import Path

import pytest

from tests.faults.load import Browser, percentile, traffic
from tests.faults.pages import Page, open_pages, random_cuts
from tests.faults.results import note
from tests.faults.site import wait_until
from tests.faults.talks import Talk

ROOM = "SELECT id FROM chat_thread WHERE issue_id IS NULL"
MESSAGES = "SELECT message.seq, message.id FROM chat_message AS message WHERE message.thread_id = %s"
HEAD = "SELECT seq FROM notifications_eventstream WHERE name = %s"


def begin(plumbline, facts, number):
    """Say a first thing, so that the room is there; return as many pages that have read it."""
    browser = Browser(plumbline.options.port, facts["sessions"]["person0"])
    assert browser.say("the first", issue=None)
    room = plumbline.value(ROOM)
    seq = plumbline.value(HEAD, f"project:{facts['project']}")
    shown = dict(plumbline.rows(MESSAGES, room))
    sessions = facts["more_sessions"]
    return [
        Page(plumbline.options.port, sessions[place % len(sessions)], Talk(room, dict(shown), seq), seq)
        for place in range(number)
    ]


def differences(plumbline, pages):
    """Return how many messages pages do not show, and how many they show that are not there or twice."""
    stored = dict(plumbline.rows(MESSAGES, pages[0].talk.thread))
    missing = sum(len(stored.items() - page.talk.shown.items()) for page in pages)
    extra = sum(len(page.talk.shown.items() - stored.items()) + page.talk.twice for page in pages)
    return missing, extra


def agree(plumbline, pages):
    return differences(plumbline, pages) == (0, 0)


def said_by(browsers):
    """Return how many messages were acknowledged."""
    return sum(len(browser.acknowledged) for browser in browsers)


def memory_of(plumbline):
    """Return the resident memory of the web server's processes in MiB."""
    total = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"--port\0{plumbline.options.port}\0".encode() in (entry / "cmdline").read_bytes():
                total += int((entry / "statm").read_text().split()[1]) * 4096
        except OSError:
            continue
    return total / 1024 / 1024


def test_cut_sockets_miss_nothing(site, full):
    plumbline, facts = site
    plumbline.start_web()
    pages = begin(plumbline, facts, 20 if full else 8)
    senders = [Browser(plumbline.options.port, facts["sessions"][f"person{number}"]) for number in range(5)]
    number, seconds = (2000, 120) if full else (60, 6)

    with open_pages(pages) as opened, random_cuts(opened):
        with traffic(senders, number / seconds, lambda browser, turn: browser.say(f"turn {turn}", issue=None, tries=5)):
            time.sleep(seconds)
            wait_until(lambda: said_by(senders) >= number, what="saying the last of it")
        settled = wait_until(lambda: agree(plumbline, pages), 60, what="agreeing with the database")

    missing, extra = differences(plumbline, pages)
    waits = [seconds for page in pages for seconds in page.waits()]
    late = percentile(waits, 0.95)
    note(
        "R6 sockets cut at random",
        lost=missing,
        doubled=extra,
        seconds=settled,
        messages=said_by(senders),
        reconnects=sum(len(page.back_at) for page in pages) - len(pages),
        catch_ups=len(waits),
        catch_up_p95_s=round(late, 3),
        catch_up_slowest_s=round(percentile(waits, 1), 3),
        asks=sum(page.asks for page in pages),
        send_p95_s=round(percentile([call.seconds for browser in senders for call in browser.calls], 0.95), 3),
    )
    assert (missing, extra) == (0, 0)
    assert late <= 2


@pytest.mark.full
def test_500_sockets_come_back_after_a_kill(site):
    plumbline, facts = site
    plumbline.start_web()
    pages = begin(plumbline, facts, 500)
    browser = Browser(plumbline.options.port, facts["sessions"]["person0"])

    with open_pages(pages) as opened:
        plumbline.kill("web")
        killed = time.monotonic()
        plumbline.start_web()
        assert browser.say("while they were away", issue=None, tries=5)
        wait_until(opened.are_open, 60, what="coming back")
        settled = wait_until(lambda: agree(plumbline, pages), 30, what="agreeing with the database")
        back = max(page.back_at[-1] for page in pages) - killed
        moments = sorted(page.back_at[-1] for page in pages)

    missing, extra = differences(plumbline, pages)
    busiest = max(sum(start <= moment < start + 1 for moment in moments) for start in moments)
    note(
        "R6 server killed with 500 sockets",
        lost=missing,
        doubled=extra,
        seconds=settled,
        all_back_s=round(back, 2),
        most_in_one_second=busiest,
    )
    assert (missing, extra) == (0, 0)
    assert back <= 60


@pytest.mark.full
def test_restarted_server_says_goodbye_and_gets_its_pages_back(site):
    plumbline, facts = site
    plumbline.start_web()
    pages = begin(plumbline, facts, 100)

    with open_pages(pages) as opened:
        began = time.monotonic()
        plumbline.terminate("web")
        plumbline.start_web()
        wait_until(opened.are_open, 60, what="coming back")
        back = time.monotonic() - began

    note("R18 server restarted with 100 sockets", lost=0, doubled=0, seconds=back)
    assert back <= 30


@pytest.mark.full
def test_stalled_page_costs_little_and_misses_nothing(site):
    plumbline, facts = site
    plumbline.start_web()
    pages = begin(plumbline, facts, 10)
    browser = Browser(plumbline.options.port, facts["sessions"]["person0"])

    with open_pages(pages) as opened:
        before = memory_of(plumbline)
        for page in pages[:5]:
            opened.loop.call_soon_threadsafe(page.socket.transport.pause_reading)
        for turn in range(500):
            assert browser.say(f"turn {turn} " + "word " * 400, issue=None)
        grown = memory_of(plumbline) - before
        for page in pages[:5]:
            if page.socket:
                opened.loop.call_soon_threadsafe(page.socket.transport.resume_reading)
        settled = wait_until(lambda: agree(plumbline, pages), 60, what="agreeing with the database")

    missing, extra = differences(plumbline, pages)
    note("R6 stalled clients", lost=missing, doubled=extra, seconds=settled, grown_mib=round(grown, 1), stalled=5)
    assert (missing, extra) == (0, 0)
    # The stalled pages and everything else that 500 messages leave behind.
    assert grown <= 40
