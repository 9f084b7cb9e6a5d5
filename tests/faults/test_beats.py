"""R13: two beats and two workers: everything that is due happens once."""

import time

from tests.faults import oracle
from tests.faults.load import Browser
from tests.faults.results import note


def test_two_of_everything_tell_each_thing_once(site, postbox, full):
    plumbline, facts = site
    plumbline.start_web()
    for name in ("worker-1", "worker-2", "beat-1", "beat-2"):
        plumbline.start(name)
    browsers = [Browser(plumbline.options.port, session) for session in facts["sessions"].values()]
    number = 110 if full else 20

    began = time.monotonic()
    for turn in range(number):
        assert browsers[turn % len(browsers)].say(f"turn {turn}", tries=3)
    oracle.settled(plumbline)
    oracle.mailed(plumbline)

    said, told = oracle.messages(plumbline, facts, browsers), oracle.inbox(plumbline, facts)
    note(
        "R13 two beats, two workers",
        lost=said.lost + told.lost,
        doubled=said.doubled + told.doubled + postbox.doubles(),
        seconds=time.monotonic() - began,
        notifications=number * 9,
        mails=len(postbox.taken),
    )
    assert (said, told) == (oracle.NOTHING_WRONG, oracle.NOTHING_WRONG)
    assert postbox.doubles() == 0
