"""setup_storage against a server that has S3's settings of buckets (moto), and against the local one, which has none.

moto checks no signatures, so that of its findings exactly that one is wrong; test_storage_signatures.py has the rest.
"""

import io
import socket
import time
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256

import pytest
import time_machine
from django.core.management import CommandError, call_command
from moto.server import ThreadedMotoServer

from config import clock
from files import bucket, roundtrip, storage
from files.bucket import Verdict

FORGED = "nor with a forged one"
NAMES = ["encryption at rest", "public access blocked", "versions", "expiry", "pages that may send (CORS)"]


@pytest.fixture(scope="module")
def moto():
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def amazon(moto, settings, request):
    """Point the settings to moto, with a bucket of the test's own that does not exist yet; return its client."""
    settings.S3_ENDPOINT_URL = settings.S3_PUBLIC_URL = settings.S3_ORIGIN = moto
    settings.S3_BUCKET = f"b{abs(hash(request.node.nodeid)):x}"
    settings.S3_PREFIX = ""
    settings.SITE_URL = "https://tracker.example.org/"
    return storage.client()


@contextmanager
def silent():
    """Listen, and never say anything; yields the port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def verdicts(*, change):
    return {finding.name: finding.verdict for finding in bucket.examine(change=change)}


def set_up(settings):
    return {f"bucket {settings.S3_BUCKET}": Verdict.HOLDS} | dict.fromkeys(NAMES, Verdict.HOLDS)


def run(*words):
    """Run the command; return what it printed, and what it failed with."""
    out = io.StringIO()
    try:
        call_command("setup_storage", *words, stdout=out, no_color=True)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""


def test_setup_makes_a_bucket_that_holds_everything(amazon, settings):
    before = verdicts(change=False)

    made = verdicts(change=True)

    assert before == {f"bucket {settings.S3_BUCKET}": Verdict.WRONG}
    assert made == verdicts(change=False) == set_up(settings)


def test_setup_writes_what_it_says(amazon, settings):
    settings.FILE_TRASH_DAYS = 7
    settings.S3_PREFIX = "one/"

    verdicts(change=True)

    name = {"Bucket": settings.S3_BUCKET}
    rule = amazon.get_bucket_encryption(**name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    rules = amazon.get_bucket_lifecycle_configuration(**name)["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert set(amazon.get_public_access_block(**name)["PublicAccessBlockConfiguration"].values()) == {True}
    assert amazon.get_bucket_versioning(**name)["Status"] == "Enabled"
    assert [(rule["Filter"]["Prefix"], rule["NoncurrentVersionExpiration"]["NoncurrentDays"]) for rule in rules] == [
        ("one/incoming/", 1),
        ("one/", 7),
    ]
    assert rules[0]["Expiration"]["Days"] == 1
    assert rules[1]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert amazon.get_bucket_cors(**name)["CORSRules"] == [
        {
            "ID": "plumbline one/site",
            "AllowedOrigins": ["https://tracker.example.org"],
            "AllowedMethods": ["GET", "HEAD", "PUT"],
            "AllowedHeaders": ["content-type"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 3600,
        }
    ]


def test_setup_encrypts_by_the_key_that_is_named(amazon, settings):
    verdicts(change=True)
    settings.S3_KMS_KEY_ID = "arn:aws:kms:us-east-1:111122223333:key/one"
    before = verdicts(change=False)["encryption at rest"]

    after = verdicts(change=True)["encryption at rest"]

    rules = amazon.get_bucket_encryption(Bucket=settings.S3_BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert (before, after) == (Verdict.WRONG, Verdict.HOLDS)
    assert rules == [
        {
            "ApplyServerSideEncryptionByDefault": {
                "SSEAlgorithm": "aws:kms",
                "KMSMasterKeyID": settings.S3_KMS_KEY_ID,
            },
            "BucketKeyEnabled": True,
        }
    ]


def test_setup_leaves_an_owners_key_where_none_is_named(amazon, settings):
    settings.S3_KMS_KEY_ID = "arn:aws:kms:us-east-1:111122223333:key/one"
    verdicts(change=True)
    settings.S3_KMS_KEY_ID = ""

    verdicts(change=True)

    rules = amazon.get_bucket_encryption(Bucket=settings.S3_BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


def test_setup_twice_keeps_rules_of_others(amazon, settings):
    name = {"Bucket": settings.S3_BUCKET}
    amazon.create_bucket(**name)
    logs = {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 9}}
    theirs = {"ID": "theirs", "AllowedOrigins": ["https://other.example"], "AllowedMethods": ["GET"]}
    amazon.put_bucket_lifecycle_configuration(**name, LifecycleConfiguration={"Rules": [logs]})
    amazon.put_bucket_cors(**name, CORSConfiguration={"CORSRules": [theirs]})

    verdicts(change=True)
    settings.FILE_TRASH_DAYS = 3
    verdicts(change=True)

    rules = amazon.get_bucket_lifecycle_configuration(**name)["Rules"]
    origins = amazon.get_bucket_cors(**name)["CORSRules"]
    assert [rule["ID"] for rule in rules] == ["logs", "plumbline incoming", "plumbline deleted"]
    assert rules[2]["NoncurrentVersionExpiration"]["NoncurrentDays"] == 3
    assert [(rule["ID"], rule["AllowedOrigins"]) for rule in origins] == [
        ("theirs", ["https://other.example"]),
        ("plumbline site", ["https://tracker.example.org"]),
    ]


REMOVED = {
    "encryption at rest": lambda s3, name: s3.delete_bucket_encryption(**name),
    "public access blocked": lambda s3, name: s3.put_public_access_block(
        **name,
        PublicAccessBlockConfiguration=dict.fromkeys(bucket.BLOCKED, True) | {"RestrictPublicBuckets": False},
    ),
    "versions": lambda s3, name: s3.put_bucket_versioning(**name, VersioningConfiguration={"Status": "Suspended"}),
    "expiry": lambda s3, name: s3.delete_bucket_lifecycle(**name),
    "pages that may send (CORS)": lambda s3, name: s3.put_bucket_cors(
        **name,
        CORSConfiguration={
            "CORSRules": [{"ID": "plumbline site", "AllowedOrigins": ["*"], "AllowedMethods": ["GET", "HEAD", "PUT"]}]
        },
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_setting_removed_by_hand_is_found_by_check_and_set_again(amazon, settings, name):
    verdicts(change=True)
    REMOVED[name](amazon, {"Bucket": settings.S3_BUCKET})

    checked = verdicts(change=False)
    again = verdicts(change=False)
    mended = verdicts(change=True)

    assert checked == again == set_up(settings) | {name: Verdict.WRONG}
    assert mended == verdicts(change=False) == set_up(settings)


def test_command_names_what_is_wrong_and_fails(amazon, settings):
    run()
    amazon.delete_bucket_cors(Bucket=settings.S3_BUCKET)

    printed, error = run("--check")

    lines = [line for line in printed.splitlines() if "WRONG" in line]
    assert [line[:36].strip() for line in lines] == ["pages that may send (CORS)", FORGED]
    assert "'plumbline site'" in lines[0]
    assert error == "2 of 13 are not as they should be."


def test_command_finds_an_endpoint_that_checks_no_signatures(amazon):
    printed, error = run()

    assert error == "1 of 13 are not as they should be."
    assert [line[:36].strip() for line in printed.splitlines() if "WRONG" in line] == [FORGED]


def test_check_of_a_bucket_that_is_not_there_changes_nothing(amazon, settings):
    printed, error = run("--check")

    assert "there is none; setup_storage without --check makes it" in printed
    assert error == "1 of 1 are not as they should be."
    assert settings.S3_BUCKET not in {each["Name"] for each in amazon.list_buckets()["Buckets"]}


def test_command_without_a_bucket_says_so(settings):
    settings.S3_BUCKET = ""

    assert run() == ("", "There is no bucket: S3_BUCKET is not set.")


def test_local_endpoint_has_no_settings_and_is_not_harmed(settings):
    settings.S3_PREFIX += "unharmed/"
    storage.upload("files/one", io.BytesIO(b"one"), type="text/plain", sha256=sha256(b"one").hexdigest(), size=3)

    printed, error = run()

    assert error == ""
    assert [line[:36].strip() for line in printed.splitlines() if "not on this endpoint" in line] == NAMES
    assert "The storage is ready." in printed
    assert [each.key for each in storage.listed("")] == ["files/one"]
    assert storage.read("files/one", at_most=3) == b"one"


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("S3_SECRET_ACCESS_KEY", "wrong", "S3_SECRET_ACCESS_KEY is wrong"),
        ("S3_ACCESS_KEY_ID", "unknown", "S3_ACCESS_KEY_ID is not known there"),
        ("S3_PUBLIC_URL", "http://127.0.0.1:1", "127.0.0.1:1 cannot be reached (ConnectionRefusedError)"),
    ],
)
def test_trip_tells_what_is_wrong(settings, name, value, wanted):
    setattr(settings, name, value)
    storage._client.cache_clear()

    findings = [finding for finding in roundtrip.travel() if not finding.is_fine]

    storage._client.cache_clear()
    assert [finding.name for finding in findings] == ["a file arrives"]
    assert findings[0].detail.startswith(wanted)


@pytest.mark.parametrize("minutes", [-60, 60])
def test_trip_finds_a_clock_that_is_wrong(minutes):
    with time_machine.travel(clock.now() + timedelta(minutes=minutes)):
        findings = {finding.name: finding.detail for finding in roundtrip.travel() if not finding.is_fine}

    side = "ahead of" if minutes > 0 else "behind"
    assert f"{side} the storage; set its clock" in findings["the clocks agree"]


def test_trip_gives_up_a_public_address_that_is_silent(settings, monkeypatch):
    monkeypatch.setattr(roundtrip, "SECONDS", 0.3)
    with silent() as port:
        settings.S3_PUBLIC_URL = f"http://127.0.0.1:{port}"
        began = time.monotonic()

        findings = list(roundtrip.travel())

    assert [(each.name, each.verdict) for each in findings] == [("a file arrives", Verdict.WRONG)]
    assert "does not answer within" in findings[0].detail
    assert time.monotonic() - began < 3
