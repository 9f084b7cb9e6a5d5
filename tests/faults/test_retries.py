"""R10: double clicks, retries after a lost answer, and answers that never arrive: one row for one key."""

import threading
import uuid

from tests.faults.load import Browser
from tests.faults.results import note


def test_one_key_sent_twenty_times_at_once_makes_one_message(site, full):
    plumbline, facts = site
    plumbline.start_web()
    keys = [str(uuid.uuid4()) for _ in range(20 if full else 5)]
    browsers = [Browser(plumbline.options.port, facts["sessions"]["person1"]) for _ in range(20)]

    for number, key in enumerate(keys):
        sends = [
            threading.Thread(target=browser.say, args=(f"said {number}",), kwargs={"client_id": key})
            for browser in browsers
        ]
        for send in sends:
            send.start()
        for send in sends:
            send.join()

    rows = plumbline.rows("SELECT body, COUNT(*) FROM chat_message GROUP BY body ORDER BY body")
    statuses = {call.status for browser in browsers for call in browser.calls}
    note("R10 double submits", lost=len(keys) - len(rows), doubled=sum(n - 1 for _b, n in rows), seconds=0)
    assert statuses == {200}
    assert [times for _body, times in rows] == [1] * len(keys)


def test_a_key_used_for_another_text_is_refused(site):
    plumbline, facts = site
    plumbline.start_web()
    browser = Browser(plumbline.options.port, facts["sessions"]["person1"])
    key = str(uuid.uuid4())

    browser.say("the first text", client_id=key)
    browser.say("another text", client_id=key)

    assert [call.status for call in browser.calls] == [200, 422]
    assert plumbline.rows("SELECT body FROM chat_message") == [("the first text",)]


def test_answers_that_are_lost_are_asked_for_again_without_doubling(site, full):
    plumbline, facts = site
    plumbline.start_web()
    impatient = Browser(plumbline.options.port, facts["sessions"]["person2"], timeout=0.004)
    patient = Browser(plumbline.options.port, facts["sessions"]["person2"])
    texts = [f"said {number}" for number in range(100 if full else 20)]

    for text in texts:
        key = str(uuid.uuid4())
        impatient.say(text, client_id=key)
        patient.say(text, client_id=key)

    stored = [body for (body,) in plumbline.rows("SELECT body FROM chat_message ORDER BY seq")]
    lost_answers = sum(call.status == 0 for call in impatient.calls)
    note(
        "R10 lost answers",
        lost=len(set(texts) - set(stored)),
        doubled=len(stored) - len(set(stored)),
        seconds=0,
        answers_lost=lost_answers,
    )
    assert stored == texts
    assert lost_answers > 0
