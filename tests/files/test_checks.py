"""Settings of files that cannot work are said at the start; without a bucket everything else works."""

import os
import subprocess
import sys
from uuid import uuid4

import pytest

from config.errors import DomainError
from files.checks import storage_can_work
from files.enums import Place
from files.models import File
from files.services.uploads import start_upload
from tests.sources import ROOT


@pytest.fixture
def sound(settings):
    """Return the settings of a production whose files can work."""
    settings.ENVIRONMENT = "production"
    settings.HTTPS = True
    settings.S3_ENDPOINT_URL = "http://objects.internal:9000"
    settings.S3_PUBLIC_URL = "https://files.example.net"
    settings.S3_PREFIX = ""
    return settings


def ids():
    return [message.id for message in storage_can_work(None)]


def test_sound_settings_pass(sound):
    assert ids() == []


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("S3_BUCKET", "", "plumbline.W002"),
        ("S3_ACCESS_KEY_ID", "", "plumbline.E101"),
        ("S3_SECRET_ACCESS_KEY", "", "plumbline.E101"),
        ("S3_PREFIX", "tracker", "plumbline.E102"),
        ("S3_PREFIX", "/tracker/", "plumbline.E102"),
        ("S3_ENDPOINT_URL", "objects:9000", "plumbline.E103"),
        ("S3_PUBLIC_URL", "files.example.net", "plumbline.E103"),
        ("S3_PUBLIC_URL", "http://files.example.net", "plumbline.E104"),
        ("S3_PUBLIC_URL", "https://127.0.0.1:9000", "plumbline.W003"),
        ("FILE_DAY_BYTES", 1024, "plumbline.E105"),
        ("FILE_PROJECT_BYTES", 1024, "plumbline.E105"),
        ("CLAMD_ADDRESS", "clamd", "plumbline.E106"),
    ],
)
def test_each_mistake_is_found_and_nothing_else(sound, name, value, number):
    setattr(sound, name, value)

    assert ids() == [number]
    assert all(message.hint for message in storage_can_work(None))


@pytest.mark.parametrize("address", ["127.0.0.1:3310", "[::1]:3310", "/run/clamav/clamd.ctl"])
def test_addresses_of_a_scanner_pass(sound, address):
    sound.CLAMD_ADDRESS = address

    assert ids() == []


def test_a_role_needs_no_keys(sound):
    sound.S3_ACCESS_KEY_ID = sound.S3_SECRET_ACCESS_KEY = ""

    assert ids() == []


def test_checks_run_with_every_command():
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**os.environ, "S3_PREFIX": "tracker"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "(plumbline.E102) S3_PREFIX does not end with a slash" in done.stderr


POLICY = """
import django; django.setup()
from django.conf import settings
policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
print([policy.get(name) for name in ("img-src", "connect-src", "frame-src")])
"""


@pytest.mark.parametrize(
    ("bucket", "wanted"),
    [
        (
            "one",
            [
                ["'self'", "data:", "https://files.example.net"],
                ["'self'", "https://files.example.net"],
                ["'self'", "https://files.example.net"],
            ],
        ),
        ("", [["'self'", "data:"], ["'self'"], ["'self'"]]),
    ],
)
def test_policy_names_the_storage_only_where_there_is_one(bucket, wanted):
    done = subprocess.run(
        [sys.executable, "-c", POLICY],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "S3_BUCKET": bucket,
            "S3_PUBLIC_URL": "https://files.example.net/below",
        },
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == str(wanted)


def test_without_a_bucket_no_file_is_begun(world, settings):
    settings.S3_BUCKET = ""
    before = File.objects.count()

    with pytest.raises(DomainError, match="There is no file storage here") as told:
        start_upload(actor=world.lead, project=world.bug, place=Place.PROJECT, name="a.txt", size=1, client_id=uuid4())

    assert told.value.code == "no_storage"
    assert File.objects.count() == before


@pytest.mark.parametrize("path", ["/BUG/", "/BUG-1/", "/BUG/chat/", "/BUG/issues/", "/me/"])
def test_without_a_bucket_pages_are_as_before(world, client_for, settings, path):
    settings.S3_BUCKET = ""

    assert client_for("lead").get(path).status_code == 200
