"""files/storage.py: what is stored and read back, how a name travels, and what is said when the storage misbehaves."""

import hashlib
import io
import re
import time
from urllib.parse import unquote
from uuid import uuid4

import pytest

from files import storage
from tests.faults.chaos import chaos_before
from tests.files.wire import ask
from tests.sources import CODE, ROOT

BODY = bytes(range(256)) * 400
SHA = hashlib.sha256(BODY).hexdigest()
AWAY = ["error", "slow_down", "reset", "silent", "truncate"]


@pytest.fixture
def key():
    return f"files/{uuid4()}/original"


@pytest.fixture
def stored(key):
    store(key)
    return key


@pytest.fixture
def chaos(settings, monkeypatch):
    """Put a proxy between us and the storage; what is silent is given up after a third of a second."""
    monkeypatch.setattr(storage, "READ_SECONDS", 0.3)
    with chaos_before(settings.S3_ENDPOINT_URL) as proxy:
        settings.S3_ENDPOINT_URL = settings.S3_PUBLIC_URL = proxy.url
        yield proxy


def store(key, body=BODY):
    storage.upload(key, io.BytesIO(body), type="image/png", sha256=hashlib.sha256(body).hexdigest(), size=len(body))


def keys(prefix):
    return [(each.key, each.size) for each in storage.listed(prefix)]


def test_what_is_stored_comes_back(stored):
    target = io.BytesIO()

    digest = storage.download(stored, target, at_most=len(BODY))

    assert (digest, target.getvalue(), storage.head(stored)) == (SHA, BODY, len(BODY))
    assert storage.read(stored, at_most=len(BODY)) == BODY


def test_what_is_longer_than_agreed_is_not_read_to_its_end(stored):
    target = io.BytesIO()

    with pytest.raises(storage.StorageError, match=f"longer than {len(BODY) - 1} bytes"):
        storage.download(stored, target, at_most=len(BODY) - 1)
    with pytest.raises(storage.StorageError, match="longer than 10 bytes"):
        storage.read(stored, at_most=10)


def test_deleted_objects_are_gone_and_missing_ones_count_as_deleted(key):
    for number in range(3):
        store(f"{key}/{number}", b"x")

    storage.delete([f"{key}/0", f"{key}/2", f"{key}/never"])
    storage.delete([])

    assert keys(key) == [(f"{key}/1", 1)]


def test_deleting_and_listing_go_on_after_a_batch(key, monkeypatch):
    monkeypatch.setattr(storage, "BATCH", 2)
    for number in range(5):
        store(f"{key}/{number}", b"x")

    listed = keys(key)
    storage.delete([name for name, _size in listed])

    assert (len(listed), keys(key)) == (5, [])


def test_prefixes_keep_two_installations_apart(stored, settings):
    ours = keys("files/")
    settings.S3_PREFIX = f"other-{uuid4()}/"

    with pytest.raises(storage.ObjectMissing):
        storage.head(stored)
    assert (stored, len(BODY)) in ours
    assert keys("") == []


def test_a_missing_object_is_told_apart(key):
    for asked in (
        lambda: storage.head(key),
        lambda: storage.read(key, at_most=10),
        lambda: storage.download(key, io.BytesIO(), at_most=10),
    ):
        with pytest.raises(storage.ObjectMissing):
            asked()


def test_a_missing_bucket_is_a_storage_that_is_away(key, settings):
    settings.S3_BUCKET = f"nowhere-{uuid4()}"

    for asked in (
        lambda: storage.head(key),
        lambda: storage.read(key, at_most=10),
        lambda: storage.download(key, io.BytesIO(), at_most=10),
        lambda: store(key, b"x"),
    ):
        with pytest.raises(storage.StorageAway):
            asked()


def test_an_object_that_is_not_there_once_it_was_stored_is_no_missing_one(key, monkeypatch):
    def not_there(name):
        raise storage.ObjectMissing(name)

    monkeypatch.setattr(storage, "head", not_there)

    with pytest.raises(storage.StorageAway, match="nothing lies there, 1 bytes were sent"):
        store(key, b"x")


@pytest.mark.parametrize("mood", AWAY)
def test_trouble_on_the_way_is_said_to_be_passing(stored, chaos, mood):
    chaos.mood = mood
    target = io.BytesIO()

    with pytest.raises(storage.StorageAway) as told:
        storage.download(stored, target, at_most=len(BODY))

    assert "X-Amz" not in str(told.value)
    assert chaos.url not in str(told.value)
    assert told.value.__cause__ is None


def test_a_storage_that_is_not_there_is_away(stored, chaos):
    chaos.stop()

    for asked in (lambda: storage.head(stored), lambda: storage.delete([stored]), lambda: keys("files/")):
        with pytest.raises(storage.StorageAway):
            asked()


@pytest.mark.parametrize("mood", ["error", "slow_down", "reset"])
def test_one_failure_is_tried_again_at_once(stored, chaos, mood):
    moods = iter([mood])
    chaos.choose = lambda: next(moods, "kind")

    assert storage.head(stored) == len(BODY)
    assert chaos.seen == {mood: 1, "kind": 1}


@pytest.mark.parametrize("mood", ["reset", "half_sent", "error"])
def test_an_upload_that_fails_says_so(key, chaos, mood):
    chaos.mood = mood

    with pytest.raises(storage.StorageAway):
        store(key)

    chaos.be_kind()
    with pytest.raises(storage.ObjectMissing):
        storage.head(key)


def test_an_upload_whose_answer_is_lost_is_there_whole_after_a_second_try(key, chaos):
    moods = iter(["lost_answer"])
    chaos.choose = lambda: next(moods, "kind")

    store(key)

    assert storage.read(key, at_most=len(BODY)) == BODY


def test_waiting_for_a_silent_storage_has_an_end(stored, chaos):
    chaos.mood = "silent"
    began = time.monotonic()

    with pytest.raises(storage.StorageAway):
        storage.head(stored)

    # Three tries of 0.3 s, and the pauses between them.
    assert time.monotonic() - began < 6
    assert chaos.seen["silent"] == storage.TRIES


def test_wrong_keys_are_no_passing_trouble(stored, settings):
    storage._client.cache_clear()
    settings.S3_SECRET_ACCESS_KEY = "wrong"

    with pytest.raises(storage.StorageError) as told:
        storage.head(stored)

    storage._client.cache_clear()
    assert type(told.value) is storage.StorageError


NAMES = {
    "plain.txt": "plain.txt",
    "with space.txt": "with space.txt",
    'quo"te\\.txt': "quo_te_.txt",
    "50%.txt": "50_.txt",
    "Grüße.txt": "Gr__e.txt",
    "日本.pdf": "__.pdf",
    "a\r\nSet-Cookie: b.txt": "a__Set-Cookie: b.txt",
    "a;b,c=d.txt": "a;b,c=d.txt",
    "'single' (1)*.txt": "'single' (1)*.txt",
    "😀.png": "_.png",
}


@pytest.mark.parametrize("name", NAMES)
def test_any_name_travels_whole_and_splits_no_header(name):
    said = storage.disposition(name)

    plain, _sign, extended = said.removeprefix('attachment; filename="').partition("\"; filename*=UTF-8''")
    assert (plain, unquote(extended)) == (NAMES[name], name)
    assert said.isprintable()
    assert said.isascii()
    # RFC 8187 3.2.1: whatever is no attr-char is quoted.
    assert not set(extended) & set(" \"'()*,/:;<=>?@[\\]{}")


def test_inline_is_said_only_where_it_is_asked_for():
    assert storage.disposition("a.pdf", inline=True) == "inline; filename=\"a.pdf\"; filename*=UTF-8''a.pdf"
    assert storage.disposition("a.pdf").startswith("attachment;")


@pytest.mark.parametrize("name", NAMES)
def test_names_arrive_from_the_storage(stored, name):
    said = ask("GET", storage.sign_get(stored, type="text/plain", name=name))

    assert said.headers["content-disposition"] == storage.disposition(name)
    assert "set-cookie" not in said.headers
    assert (said.headers["content-type"], said.body) == ("text/plain", BODY)


def test_one_module_alone_speaks_to_the_storage():
    libraries = re.compile(r"^\s*(?:import|from) (?:boto3|botocore|s3transfer)\b", re.MULTILINE)
    sources = [path for app in CODE for path in (ROOT / app).rglob("*.py")]

    found = [str(path.relative_to(ROOT)) for path in sources if libraries.search(path.read_text())]

    assert found == ["files/storage.py"]
