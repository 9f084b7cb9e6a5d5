"""files/storage.py `read`: what a page waits for. It is one request, it ends soon, and it loads no client."""

import contextlib
import hashlib
import io
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from datetime import timedelta
from ipaddress import ip_address
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config import clock
from files import storage
from tests.faults.chaos import chaos_before
from tests.sources import ROOT

BODY = bytes(range(256)) * 40
SECONDS = 0.3
DAY = timedelta(days=1)
MODULES = """
import sys, django
django.setup()
from files import storage
print(len(storage.read(sys.argv[1], at_most=100_000)))
print([name for name in ("boto3", "botocore.client", "botocore.session") if name in sys.modules])
"""


@pytest.fixture
def stored():
    """Return the key of an object that is there."""
    key = f"files/{uuid4()}/square"
    storage.upload(key, io.BytesIO(BODY), type="image/webp", sha256=hashlib.sha256(BODY).hexdigest(), size=len(BODY))
    return key


@pytest.fixture
def chaos(settings):
    with chaos_before(settings.S3_ENDPOINT_URL) as proxy:
        settings.S3_ENDPOINT_URL = proxy.url
        yield proxy


@pytest.fixture
def opened():
    """Let the process forget whom it trusts and asks through, before and afterwards."""
    storage._opener.cache_clear()
    yield
    storage._opener.cache_clear()


@contextlib.contextmanager
def answering(*parts, pause=0.0, tls=None):
    """Listen, and answer every request with the parts, one after the other; yields the port and what was asked."""
    asked = []

    def serve(listener):
        with contextlib.suppress(OSError):
            while True:
                line, _address = listener.accept()
                with contextlib.suppress(OSError), tls.wrap_socket(line, server_side=True) if tls else line as line:
                    asked.append(line.recv(4096).decode())
                    for part in parts:
                        line.sendall(part)
                        time.sleep(pause)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1], asked
        listener.shutdown(socket.SHUT_RDWR)


def self_signed():
    """Return a key and a certificate for 127.0.0.1 that nobody has signed."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "storage")])
    address, now = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), clock.now()
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - DAY, now + DAY)
    certificate = made.add_extension(address, critical=False).sign(key, hashes.SHA256())
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form) + certificate.public_bytes(serialization.Encoding.PEM)


def test_reading_loads_no_client(stored):
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(ROOT)}

    done = subprocess.run(
        [sys.executable, "-c", MODULES, stored], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (done.stdout.splitlines(), done.returncode) == ([str(len(BODY)), "[]"], 0), done.stderr


def test_reading_goes_by_the_servers_name_of_the_storage(stored, settings):
    settings.S3_PUBLIC_URL = "http://127.0.0.1:1"

    assert storage.read(stored, at_most=len(BODY)) == BODY


@pytest.mark.parametrize("mood", ["error", "slow_down", "reset", "silent", "truncate", "lost_answer"])
def test_trouble_is_told_soon_and_not_tried_again(stored, chaos, mood):
    chaos.mood = mood
    began = time.monotonic()

    with pytest.raises(storage.StorageAway) as told:
        storage.read(stored, at_most=len(BODY), seconds=SECONDS)

    assert time.monotonic() - began < 2
    assert chaos.seen == {mood: 1}
    assert "X-Amz" not in str(told.value)
    assert chaos.url not in str(told.value)
    assert told.value.__cause__ is None


@pytest.mark.parametrize("announced", [b"Content-Length: 50\r\n", b""])
def test_an_answer_that_only_trickles_has_an_end(settings, announced):
    with answering(b"HTTP/1.1 200 OK\r\n%s\r\n" % announced, *[b"x"] * 50, pause=0.1) as (port, _asked):
        settings.S3_ENDPOINT_URL = f"http://127.0.0.1:{port}"
        began = time.monotonic()

        with pytest.raises(storage.StorageAway, match="TimeoutError"):
            storage.read("files/a", at_most=100, seconds=SECONDS)

    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (b"404 Not Found\r\nContent-Length: 0\r\n\r\n", storage.ObjectMissing, "files/a"),
        (b"404 Not Found\r\n\r\n<Error><Code>NoSuchBucket</Code></Error>", storage.StorageAway, "NoSuchBucket"),
        (b"403 Forbidden\r\n\r\n<Error><Code>AccessDenied</Code></Error>", storage.StorageError, "AccessDenied"),
        (b"403 Forbidden\r\nContent-Length: 99\r\n\r\n<Error>", storage.StorageError, "403"),
        (b"502 Bad Gateway\r\nContent-Length: 5\r\n\r\n<html", storage.StorageAway, "502"),
        (b"200 OK\r\n\r\nfive!", storage.StorageAway, "5 of -1 bytes came"),
        (b"nonsense\r\n\r\n", storage.StorageAway, "BadStatusLine"),
    ],
)
def test_what_the_storage_says_decides_what_is_told(settings, answer, kind, said):
    with answering(b"HTTP/1.1 " + answer) as (port, _asked):
        settings.S3_ENDPOINT_URL = f"http://127.0.0.1:{port}"

        with pytest.raises(storage.StorageError, match=said) as told:
            storage.read("files/a", at_most=100)

    assert type(told.value) is kind


def test_wrong_keys_are_no_passing_trouble(stored, settings):
    settings.S3_SECRET_ACCESS_KEY = "wrong"

    with pytest.raises(storage.StorageError, match="SignatureDoesNotMatch") as told:
        storage.read(stored, at_most=len(BODY))

    assert type(told.value) is storage.StorageError


def test_no_redirection_is_followed(settings):
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx") as (elsewhere, never):
        moved = f"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:{elsewhere}/a\r\nContent-Length: 0\r\n\r\n"
        with answering(moved.encode()) as (port, asked):
            settings.S3_ENDPOINT_URL = f"http://127.0.0.1:{port}"

            with pytest.raises(storage.StorageError, match="307"):
                storage.read("files/a", at_most=100)

    assert (len(asked), never) == (1, [])


def test_without_an_endpoint_it_is_amazons_through_the_machines_proxy(settings, monkeypatch, opened):
    settings.S3_ENDPOINT_URL, settings.S3_REGION = "", "eu-central-1"
    with answering(b"HTTP/1.1 502 Bad Gateway\r\n\r\n") as (port, asked):
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        monkeypatch.delenv("no_proxy", raising=False)

        with pytest.raises(storage.StorageAway):
            storage.read("files/a", at_most=100)

    assert [line.split()[:2] for line in asked] == [["CONNECT", "s3.eu-central-1.amazonaws.com:443"]]


@pytest.mark.parametrize("is_trusted", [True, False])
def test_a_certificate_is_trusted_by_the_bundle_that_the_client_reads(
    settings, monkeypatch, opened, tmp_path, is_trusted
):
    pem = tmp_path / "storage.pem"
    pem.write_bytes(self_signed())
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    if is_trusted:
        monkeypatch.setenv("AWS_CA_BUNDLE", str(pem))
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nface", tls=tls) as (port, _asked):
        settings.S3_ENDPOINT_URL = f"https://127.0.0.1:{port}"

        found = contextlib.nullcontext() if is_trusted else pytest.raises(storage.StorageAway, match="URLError")
        with found:
            assert storage.read("files/a", at_most=100) == b"face"
