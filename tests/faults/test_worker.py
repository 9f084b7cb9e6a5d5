"""R1: workers killed at named points and at random, while notifications flow: all arrive, each once in the inbox."""

import random
import time

import pytest

from tests.faults import oracle
from tests.faults.fill import PEOPLE
from tests.faults.load import Browser
from tests.faults.results import note
from tests.faults.site import wait_until

DISPATCH = ("before_claim", "after_claim", "mid_effect", "before_mark", "after_mark")
MAIL = ("before_claim", "after_claim", "mid_effect", "after_smtp", "before_mark", "after_mark")
QUICK = {"dispatch.mid_effect"}
POINTS = [f"dispatch.{point}" for point in DISPATCH] + [f"mail.{point}" for point in MAIL]
OTHERS = PEOPLE - 1


def marked(point):
    return point if point in QUICK else pytest.param(point, marks=pytest.mark.full)


def say_much(plumbline, facts, number, name="turn"):
    """Let everyone in turn write on the first issue; each message is news to all others, and like no other."""
    browsers = [Browser(plumbline.options.port, session) for session in facts["sessions"].values()]
    for turn in range(number):
        assert browsers[turn % PEOPLE].say(f"{name} {turn}", tries=3)
    return browsers


def deaths(plumbline):
    return plumbline.log_of("worker").count("signal 9 (SIGKILL)")


def conclude(name, plumbline, facts, browsers, postbox, began, **more):
    """Wait until all is told and mailed; note the figures and check them."""
    told_after = oracle.settled(plumbline, 120)
    oracle.mailed(plumbline, 240)
    said, told = oracle.messages(plumbline, facts, browsers), oracle.inbox(plumbline, facts)
    unsent = plumbline.value("SELECT COUNT(*) FROM notifications_delivery WHERE state <> 'sent' AND channel = 'email'")
    people = {address for address, _mail in postbox.taken_keys()}
    note(
        name,
        lost=said.lost + told.lost + unsent + PEOPLE - len(people),
        doubled=said.doubled + told.doubled,
        seconds=time.monotonic() - began,
        mails_twice=postbox.doubles(),
        told_after_s=round(told_after, 2),
        **more,
    )
    assert (said, told) == (oracle.NOTHING_WRONG, oracle.NOTHING_WRONG)
    assert (unsent, len(people)) == (0, PEOPLE)


@pytest.mark.parametrize("point", [marked(point) for point in POINTS])
def test_worker_killed_at_a_point(site, postbox, full, point):
    plumbline, facts = site
    plumbline.start_web()
    plumbline.start("beat")
    plumbline.start("worker", PLUMBLINE_FAULT=point)
    kills = 5 if full else 2

    began = time.monotonic()
    browsers = say_much(plumbline, facts, 110 if full else 12)
    wait_until(lambda: deaths(plumbline) >= kills, 120, what=f"dying {kills} times at {point}")
    plumbline.kill("worker")
    died = deaths(plumbline)
    plumbline.start("worker")
    conclude(f"R1 killed at {point}", plumbline, facts, browsers, postbox, began, kills=died + 1)

    # Nobody can know whether a mail was taken; it is sent again only where the server had said so, or was about to.
    assert postbox.doubles() <= (died + 1 if point in {"mail.after_smtp", "mail.before_mark"} else 1)


@pytest.mark.full
def test_whole_worker_killed_at_random(site, postbox):
    plumbline, facts = site
    plumbline.start_web()
    plumbline.start("beat")
    plumbline.start("worker")
    browsers = []

    began = time.monotonic()
    for kill in range(20):
        browsers += say_much(plumbline, facts, 10, f"kill {kill}, turn")
        time.sleep(random.random() * 2)
        plumbline.kill("worker")
        plumbline.start("worker")
    conclude("R1 whole worker killed at random", plumbline, facts, browsers, postbox, began, kills=20)

    assert postbox.doubles() <= 20
