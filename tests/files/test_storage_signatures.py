"""What the storage takes from a browser: exactly what was signed, and nothing else. Real signatures, real refusals."""

import hashlib
import io
import socket
import time
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings as conf
from django.db import connection

from files import storage
from files.enums import Place
from files.services.uploads import start_upload
from tests.files.wire import ask, changed, unsigned

PNG = "image/png"
BODY = b"exactly these bytes"


@pytest.fixture
def key():
    return f"incoming/{uuid4()}"


@pytest.fixture
def put(key):
    return storage.sign_put(key, type=PNG, size=len(BODY))


@pytest.fixture
def stored():
    """Return the key of an object that is there."""
    key = f"files/{uuid4()}/original"
    storage.upload(key, io.BytesIO(BODY), type=PNG, sha256=hashlib.sha256(BODY).hexdigest(), size=len(BODY))
    return key


@pytest.fixture
def link(stored):
    return storage.sign_get(stored, type=PNG, name="a picture.png")


def is_there(key):
    try:
        return storage.head(key) >= 0
    except storage.ObjectMissing:
        return False


def test_what_was_signed_is_taken(key, put):
    said = ask("PUT", put.url, BODY, put.headers)

    assert (said.status, storage.read(key, at_most=100)) == (200, BODY)


def test_signature_covers_host_type_and_length_and_lasts_five_minutes(put):
    query = parse_qs(urlsplit(put.url).query)

    assert query["X-Amz-SignedHeaders"] == ["content-length;content-type;host"]
    assert query["X-Amz-Expires"] == ["300"]
    assert put.headers == {"Content-Type": PNG}
    assert urlsplit(put.url).netloc == urlsplit(conf.S3_PUBLIC_URL).netloc


REFUSED_PUTS = {
    "longer": lambda put: ask("PUT", put.url, BODY + b"!", put.headers),
    "shorter": lambda put: ask("PUT", put.url, BODY[:-1], put.headers),
    "empty": lambda put: ask("PUT", put.url, b"", put.headers),
    "html": lambda put: ask("PUT", put.url, BODY, {"Content-Type": "text/html"}),
    "without a type": lambda put: ask("PUT", put.url, BODY),
    "forged": lambda put: ask("PUT", changed(put.url, **{"X-Amz-Signature": "0" * 64}), BODY, put.headers),
    "longer life": lambda put: ask("PUT", changed(put.url, **{"X-Amz-Expires": "604800"}), BODY, put.headers),
    "without a signature": lambda put: ask("PUT", unsigned(put.url), BODY, put.headers),
    "less of a signature": lambda put: ask("PUT", changed(put.url, **{"X-Amz-Signature": None}), BODY, put.headers),
    "fewer signed headers": lambda put: ask("PUT", changed(put.url, **{"X-Amz-SignedHeaders": "host"}), BODY),
    "form": lambda put: ask("POST", put.url, BODY, put.headers),
}


@pytest.mark.parametrize("name", REFUSED_PUTS)
def test_anything_else_is_refused_and_leaves_nothing(key, put, name):
    said = REFUSED_PUTS[name](put)

    assert said.status >= 400
    assert not is_there(key)


def test_another_key_is_refused_and_stays_as_it_is(put, key, stored):
    path = urlsplit(put.url).path
    other = path.replace(key, stored)

    taken = ask("PUT", changed(put.url, path=other), BODY[::-1], put.headers)
    climbed = ask("PUT", changed(put.url, path=f"{path}/../../{stored}"), BODY[::-1], put.headers)

    assert taken.is_refused
    assert climbed.status >= 400
    assert storage.read(stored, at_most=100) == BODY


def test_a_body_that_stops_short_of_its_length_is_no_object(key, put):
    parts = urlsplit(put.url)
    head = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {PNG}\r\n"

    with socket.create_connection((parts.hostname, parts.port), timeout=5) as line:
        line.sendall(f"{head}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY[:5])
    time.sleep(0.5)

    assert not is_there(key)


def test_a_link_ends_with_its_time(stored, monkeypatch):
    monkeypatch.setattr(storage, "PUT_SECONDS", 1)
    key = f"incoming/{uuid4()}"
    put = storage.sign_put(key, type=PNG, size=len(BODY))
    link = storage.sign_get(stored, type=PNG, name="a.png", seconds=1)
    before = ask("GET", link)
    time.sleep(2.1)

    assert (before.status, before.body) == (200, BODY)
    assert ask("PUT", put.url, BODY, put.headers).is_refused
    assert ask("GET", link).is_refused
    assert not is_there(key)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "POST"])
def test_nobody_does_anything_without_a_signature(stored, link, method):
    said = ask(method, unsigned(link), BODY[::-1] if method in {"PUT", "POST"} else None)

    assert said.status >= 400
    assert BODY not in said.body
    assert storage.read(stored, at_most=100) == BODY


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "POST"])
def test_a_link_to_read_does_nothing_else(stored, link, method):
    said = ask(method, link, BODY[::-1] if method in {"PUT", "POST"} else None)

    assert said.status >= 400
    assert storage.read(stored, at_most=100) == BODY


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_a_link_to_send_does_nothing_else(key, put, method):
    ask("PUT", put.url, BODY, put.headers)

    said = ask(method, put.url)

    assert said.is_refused
    assert BODY not in said.body
    assert storage.read(key, at_most=100) == BODY


@pytest.mark.parametrize("path", ["/", "/{bucket}", "/{bucket}/", "/{bucket}/{prefix}", "/{bucket}/{prefix}files/"])
def test_nobody_lists_anything(stored, link, put, path):
    place = path.format(bucket=conf.S3_BUCKET, prefix=conf.S3_PREFIX)

    answers = [
        ask("GET", changed(unsigned(link), path=place)),
        ask("GET", changed(unsigned(link), path=place) + "?list-type=2"),
        ask("GET", changed(link, path=place)),
        ask("GET", changed(put.url, path=place), headers=put.headers),
    ]

    assert all(said.status >= 400 for said in answers)
    assert not any(stored.encode() in said.body or b"ListBucketResult" in said.body for said in answers)


SUBRESOURCES = [{"acl": ""}, {"versions": ""}, {"uploadId": "1", "partNumber": "1"}, {"tagging": ""}]


@pytest.mark.parametrize("query", SUBRESOURCES, ids=lambda query: next(iter(query)))
def test_a_signed_address_reaches_no_other_operation(key, put, stored, link, query):
    ask("PUT", put.url, BODY, put.headers)

    sent = ask("PUT", changed(put.url, **query), BODY, put.headers)
    read = ask("GET", changed(link, **query))

    assert (sent.is_refused, read.is_refused) == (True, True)
    assert (storage.read(key, at_most=100), storage.read(stored, at_most=100)) == (BODY, BODY)


def test_what_an_answer_says_of_itself_is_part_of_the_signature(link):
    said = ask("GET", link)
    tries = {
        "response-content-type": "text/html",
        "response-content-disposition": "inline",
        "response-cache-control": "public, max-age=99999",
    }

    refused = [ask("GET", changed(link, **{name: value})) for name, value in tries.items()]
    without = [ask("GET", changed(link, **{name: None})) for name in tries]
    more = ask("GET", changed(link, **{"response-content-encoding": "gzip"}))

    assert said.headers["content-type"] == PNG
    assert said.headers["content-disposition"].startswith('attachment; filename="a picture.png"')
    assert said.headers["cache-control"] == "private, no-store"
    assert all(each.is_refused for each in [*refused, *without, more])


def test_local_endpoint_lets_no_answer_run_a_script(link):
    said = ask("GET", link)

    assert said.headers["x-content-type-options"] == "nosniff"
    assert said.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


def test_a_second_put_changes_incoming_only(key, put, stored):
    ask("PUT", put.url, BODY, put.headers)
    other = BODY[::-1]

    said = ask("PUT", put.url, other, put.headers)

    assert (said.status, storage.read(key, at_most=100)) == (200, other)
    assert storage.read(stored, at_most=100) == BODY
    assert urlsplit(put.url).path.endswith(f"{conf.S3_PREFIX}{key}")
    assert key.startswith("incoming/")


@pytest.mark.parametrize("prefix", ["", "one/", "a b/ü~+/"])
@pytest.mark.parametrize("public", ["https://files.example.net", "http://127.0.0.1:9000/below"])
def test_addresses_are_those_of_the_whole_client_to_the_letter(settings, prefix, public):
    settings.S3_PUBLIC_URL, settings.S3_PREFIX = public, prefix
    place = {"Bucket": conf.S3_BUCKET, "Key": storage.full_key("incoming/a")}
    name = 'Grüße "50 %" + (1)~.txt'
    put = place | {"ContentType": PNG, "ContentLength": 7}
    get = place | {
        "ResponseContentType": "text/plain; charset=utf-8",
        "ResponseContentDisposition": storage.disposition(name),
        "ResponseCacheControl": "private, no-store",
    }

    with time_machine.travel("2026-11-21T12:00:00Z", tick=False):
        whole = storage._client(public)
        theirs = [
            whole.generate_presigned_url("put_object", Params=put, ExpiresIn=300),
            whole.generate_presigned_url("get_object", Params=get, ExpiresIn=60),
        ]
        ours = [
            storage.sign_put("incoming/a", type=PNG, size=7).url,
            storage.sign_get("incoming/a", type="text/plain; charset=utf-8", name=name),
        ]

    assert ours == theirs


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_a_signature(world, monkeypatch):
    seen, sign = [], storage.sign_put

    def noted(*args, **kwargs):
        seen.append(connection.in_atomic_block)
        return sign(*args, **kwargs)

    monkeypatch.setattr(storage, "sign_put", noted)
    start_upload(actor=world.lead, project=world.bug, place=Place.PROJECT, name="a.txt", size=1, client_id=uuid4())

    assert seen == [False]


def test_without_keys_and_role_signing_says_so(settings, monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    settings.S3_ACCESS_KEY_ID = settings.S3_SECRET_ACCESS_KEY = ""

    with pytest.raises(storage.StorageError, match="neither keys nor a role"):
        storage.sign_put("incoming/a", type=PNG, size=1)


def test_keys_of_a_role_sign_with_their_token(settings, monkeypatch):
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        monkeypatch.setenv(f"AWS_{name}", f"of-a-role-{name}")
    settings.S3_ACCESS_KEY_ID = settings.S3_SECRET_ACCESS_KEY = ""
    storage._credentials.cache_clear()

    query = parse_qs(urlsplit(storage.sign_put("incoming/a", type=PNG, size=1).url).query)

    storage._credentials.cache_clear()
    assert query["X-Amz-Credential"][0].startswith("of-a-role-ACCESS_KEY_ID/")
    assert query["X-Amz-Security-Token"] == ["of-a-role-SESSION_TOKEN"]


def test_signing_asks_nobody(settings):
    settings.S3_ENDPOINT_URL = settings.S3_PUBLIC_URL = "http://127.0.0.1:1"

    put = storage.sign_put("incoming/a", type=PNG, size=1)
    link = storage.sign_get("files/a/original", type=PNG, name="a.png")

    assert [url.partition(f"/{conf.S3_BUCKET}")[0] for url in (put.url, link)] == ["http://127.0.0.1:1"] * 2
