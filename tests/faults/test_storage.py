"""R4: the storage is gone, slow, silent, torn; workers die over a file. Pages go on, and no file is half there."""

import sys
import time

import pytest

from tests.faults import oracle
from tests.faults.load import OPENED, Browser, percentile, traffic
from tests.faults.results import note
from tests.faults.site import running_site, wait_until
from tests.faults.uploads import Sender, Upload, Verdict, judge, put, running_storage, send_all, settled, uploads

ALL_RIGHT = Verdict()
PAGES = ("/FAULT/", "/FAULT/issues/", "/FAULT-1/", "/FAULT/chat/", "/FAULT/files/")
POINTS = ("files.after_claim", "files.before_mark", "files.after_mark")
QUICK = {"gone", "files.before_mark"}
MANAGE = [sys.executable, "manage.py"]


@pytest.fixture
def storage(tmp_path):
    with running_storage(tmp_path / "storage") as found:
        yield found


@pytest.fixture
def site(cluster, storage):
    """A site whose storage is behind the proxy."""
    folder, facts = cluster
    with running_site(folder, **storage.variables) as found:
        yield found, facts
        while OPENED:
            OPENED.pop().close()


def marked(name):
    return name if name in QUICK else pytest.param(name, marks=pytest.mark.full)


def sender_of(plumbline, facts, number=0):
    return Sender(plumbline.options.port, facts["sessions"][f"person{number}"])


def be(chaos, mood):
    if mood == "gone":
        chaos.stop()
    else:
        chaos.mood = mood


def be_kind(chaos, mood):
    if mood == "gone":
        chaos.start()
    chaos.be_kind()


def read_and_write(browser, turn):
    if turn % 5 == 4:
        browser.say(f"said {turn} {id(browser)}")
    else:
        browser.get(PAGES[turn % len(PAGES)])


def times_of(browsers):
    """Return how long each request took, in the order in which they began."""
    calls = sorted((call.began, call.seconds) for browser in browsers for call in browser.calls)
    return [seconds for _began, seconds in calls]


def reconciled(plumbline):
    return plumbline.run([*MANAGE, "reconcile_files"]).strip().splitlines()[-1]


def send_during(storage, mood, sender, upload, seconds):
    """Let the storage misbehave for a while, and somebody send a file then; return what they were told."""
    be(storage.chaos, mood)
    started = sender.start(upload)
    taken = put(started["put"], upload.body, timeout=2)
    # A page's script would go on trying; saying that it is done is the worse thing to do.
    sender.ask("POST", started["finish"])
    time.sleep(seconds)
    return started, taken == 200


@pytest.mark.parametrize(
    "mood", [marked(mood) for mood in ("gone", "slow", "silent", "error", "slow_down", "reset", "truncate")]
)
def test_pages_do_not_notice(site, storage, full, mood):
    plumbline, facts = site
    for process in ("worker", "beat"):
        plumbline.start(process)
    plumbline.start_web()
    sender = sender_of(plumbline, facts)
    browsers = [Browser(plumbline.options.port, session) for session in facts["sessions"].values()]
    before, meanwhile = uploads(2)
    taken = {sender.send(before): before}
    settled(plumbline, 60)

    with traffic(browsers, 20, read_and_write):
        time.sleep(10 if full else 3)
        usual, calls = percentile(times_of(browsers), 0.95), len(times_of(browsers))
        started, is_there = send_during(storage, mood, sender, meanwhile, 30 if full else 5)
    state = plumbline.value("SELECT state FROM files_file WHERE uuid = %s", started["file"]["uuid"])
    be_kind(storage.chaos, mood)
    assert is_there or put(started["put"], meanwhile.body) == 200
    taken[started["file"]["uuid"]] = meanwhile
    back_after = settled(plumbline, 120)

    slow, verdict = percentile(times_of(browsers)[calls:], 0.95), judge(plumbline, storage, taken)
    note(
        f"R4 storage {mood}",
        lost=verdict.without_row + verdict.not_ready,
        doubled=verdict.told_not_once,
        seconds=back_after,
        page_p95_s=round(slow, 3),
        page_p95_before_s=round(usual, 3),
        start_s=round(max(sender.seconds), 3),
    )
    assert (oracle.errors(browsers), oracle.unanswered(browsers)) == ([], 0), plumbline.log_of("web")[-5000:]
    # Whoever waited for the storage would wait for two seconds at least, and most often for three times five.
    assert slow < usual * 2 + 1
    assert max(sender.seconds) < usual * 2 + 2
    assert (state, verdict) == ("checking", ALL_RIGHT)


def deaths(plumbline):
    return plumbline.log_of("worker").count("signal 9 (SIGKILL)")


@pytest.mark.parametrize("point", [marked(point) for point in POINTS])
def test_a_worker_that_dies_over_a_file_leaves_nothing_half_done(site, storage, point):
    plumbline, facts = site
    plumbline.start_web()
    plumbline.start("beat")
    plumbline.start("worker", PLUMBLINE_FAULT=point)
    began = time.monotonic()

    taken = send_all([sender_of(plumbline, facts)], uploads(4))
    wait_until(lambda: deaths(plumbline) >= 2, 120, what=f"dying twice at {point}")
    plumbline.kill("worker")
    half_done = plumbline.rows("SELECT uuid FROM files_file WHERE state = 'ready' AND sha256 = ''")
    plumbline.start("worker")
    settled(plumbline, 120)

    verdict = judge(plumbline, storage, taken)
    note(
        f"R4 killed at {point}",
        lost=verdict.without_row + verdict.not_ready,
        doubled=verdict.told_not_once,
        seconds=time.monotonic() - began,
        kills=deaths(plumbline) + 1,
    )
    assert half_done == []
    assert verdict == ALL_RIGHT


@pytest.mark.parametrize("number", [30, pytest.param(1000, marks=pytest.mark.full)])
def test_no_file_is_ready_without_its_exact_object(site, storage, number):
    plumbline, facts = site
    plumbline.start_web()
    plumbline.start("beat")
    plumbline.start("worker")
    senders = [sender_of(plumbline, facts, each % 10) for each in range(min(30, number // 5))]
    storage.chaos.delay = 3
    storage.chaos.at_random(0.3)
    began = time.monotonic()

    taken = send_all(senders, uploads(number))
    # The worker meets the same weather for a while yet.
    time.sleep(min(60, number))
    misery = sum(times for mood, times in storage.chaos.seen.items() if mood != "kind")
    half_way = judge(plumbline, storage, taken).other_bytes
    storage.chaos.be_kind()
    sent_after = time.monotonic() - began
    settled(plumbline, 120 + number)

    verdict = judge(plumbline, storage, taken)
    note(
        f"R4 {number} uploads under faults",
        lost=verdict.without_row + verdict.not_ready,
        doubled=verdict.told_not_once,
        seconds=time.monotonic() - began,
        mismatches=verdict.other_bytes,
        faults=misery,
        retries=sum(sender.retries for sender in senders),
        sent_after_s=round(sent_after, 1),
    )
    assert (len(taken), half_way) == (number, 0)
    assert misery > number / 3
    assert verdict == ALL_RIGHT
    assert reconciled(plumbline) == "Every file has its objects."


def test_abandoned_uploads_are_swept_after_a_day(site, storage):
    plumbline, facts = site
    plumbline.start_web()
    sender = sender_of(plumbline, facts)
    never, put_only, fresh = (Upload(f"{name}.txt", name.encode()) for name in ("never", "put only", "fresh"))
    sender.start(never)
    assert put(sender.start(put_only)["put"], put_only.body) == 200
    assert put(sender.start(fresh)["put"], fresh.body) == 200

    plumbline.rows(
        "UPDATE files_file SET started_at = started_at - interval '25 hours',"
        " signed_at = signed_at - interval '25 hours' WHERE name <> 'fresh.txt' RETURNING 1"
    )
    for task in ("sweep", "clean"):
        plumbline.run([*MANAGE, "shell", "-v0", "-c", f"from files import tasks; tasks.{task}()"])

    assert plumbline.rows("SELECT name, state FROM files_file") == [("fresh.txt", "pending")]
    assert list(storage.objects().values()) == [fresh.body]
    assert plumbline.value("SELECT COUNT(*) FROM files_objectdeletion") == 0
