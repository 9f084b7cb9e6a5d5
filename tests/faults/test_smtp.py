"""R5: the mail server refuses, is slow, hangs up after it took a mail, knows one of the people not."""

import time

import pytest

from tests.faults import oracle
from tests.faults.fill import PEOPLE
from tests.faults.load import Browser
from tests.faults.results import note
from tests.faults.site import wait_until

OTHERS = PEOPLE - 1


def say_and_mail(plumbline, facts, postbox, mood):
    """Write one message while the mail server is in a mood, then let it be kind; return how long the page took."""
    browser = Browser(plumbline.options.port, facts["sessions"]["person0"])
    postbox.mood = mood
    if mood == "gone":
        postbox.stop()
    assert browser.say(f"while {mood}")
    oracle.settled(plumbline)
    time.sleep(6)
    slowest = max(call.seconds for call in browser.calls)
    if mood == "gone":
        postbox.start()
    postbox.mood = "kind"
    return slowest


FULL_ONLY = [pytest.param(mood, marks=pytest.mark.full) for mood in ("gone", "slow", "drop")]


@pytest.mark.parametrize("mood", ["refuse", *FULL_ONLY])
def test_every_mail_arrives_in_the_end(site, postbox, mood):
    plumbline, facts = site
    plumbline.start_web()
    plumbline.start("worker")
    plumbline.start("beat")

    slowest = say_and_mail(plumbline, facts, postbox, mood)
    seconds = oracle.mailed(plumbline, 90)

    people = {address for address, _mail in postbox.taken_keys()}
    doubles = postbox.doubles()
    note(
        f"R5 SMTP {mood}",
        lost=OTHERS - len(people),
        doubled=0 if mood == "drop" else doubles,
        seconds=seconds,
        mails_twice=doubles,
        page_s=round(slowest, 3),
    )
    assert people == {f"person{number}@mail.example" for number in range(1, PEOPLE)}
    assert oracle.inbox(plumbline, facts) == oracle.NOTHING_WRONG
    assert slowest < 2
    # A server that hangs up after DATA has taken the mail: nobody can know. The second one has the same Message-ID.
    assert doubles == 0 or mood == "drop"


@pytest.mark.full
def test_one_bad_recipient_keeps_nobody_else_waiting(site, postbox):
    plumbline, facts = site
    plumbline.start_web()
    plumbline.start("worker")
    plumbline.start("beat")
    postbox.mood, postbox.bad = "bad", "person3@mail.example"

    Browser(plumbline.options.port, facts["sessions"]["person0"]).say("to everyone")
    seconds = wait_until(lambda: len(postbox.taken_keys()) == OTHERS - 1, what="the other mails")

    rows = plumbline.rows(
        "SELECT state, last_error FROM notifications_delivery WHERE person_id = %s", facts["people"]["person3"]
    )
    note("R5 one bad recipient", lost=0, doubled=postbox.doubles(), seconds=seconds)
    assert [state for state, _error in rows if state == "sent"] == []
    assert all("550" in error for _state, error in rows)
