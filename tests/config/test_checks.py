"""A production that is not safe does not start."""

import hashlib
import os
import secrets
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.checks import is_weak_key, mail_has_a_way, production_is_safe, refuse_if_weak
from tests.sources import ROOT

# Fixed, because parallel runs must collect the same names.
STRONG = hashlib.sha512(b"a key").hexdigest()


@pytest.fixture
def production(settings):
    """Return the settings of a production that is safe."""
    settings.ENVIRONMENT = "production"
    settings.SECRET_KEY = STRONG
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["tracker.example"]
    return settings


@pytest.mark.parametrize(
    "key", ["", "short", "x" * 80, "ab" * 40, "django-insecure-" + STRONG, STRONG[:49], STRONG[:40] + "changeme" * 5]
)
def test_weak_keys_are_known(key):
    assert is_weak_key(key)


def test_a_random_key_is_not_weak():
    assert not any(is_weak_key(secrets.token_urlsafe(64)) for _key in range(50))
    assert not is_weak_key(f"{STRONG}test")


def test_a_safe_production_passes(production):
    assert production_is_safe(None) == []
    refuse_if_weak()


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("SECRET_KEY", "changeme", "plumbline.C001"),
        ("DEBUG", True, "plumbline.C002"),
        ("ALLOWED_HOSTS", [], "plumbline.C003"),
        ("ALLOWED_HOSTS", ["*"], "plumbline.C003"),
        ("FAULT", "mail.after_smtp", "plumbline.C004"),
    ],
)
def test_each_weakness_stops_production_and_nothing_else(production, name, value, number):
    setattr(production, name, value)

    assert [message.id for message in production_is_safe(None)] == [number]
    with pytest.raises(ImproperlyConfigured):
        refuse_if_weak()

    production.ENVIRONMENT = "development"
    assert production_is_safe(None) == []


@pytest.mark.parametrize("module", ["config.wsgi", "config.asgi"])
def test_servers_refuse_to_start_with_a_weak_key(module):
    environment = os.environ | {
        "PLUMBLINE_ENV": "production",
        "SECRET_KEY": "changeme",
        "ALLOWED_HOSTS": "tracker.example",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }

    done = subprocess.run(
        [sys.executable, "-c", f"import {module}"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert "SECRET_KEY is too short" in done.stderr


def test_a_production_without_a_mail_server_is_warned_of_and_starts(production):
    production.CAN_MAIL = False

    assert [message.id for message in mail_has_a_way(None)] == ["plumbline.W001"]
    refuse_if_weak()


def test_a_production_with_a_mail_server_is_not(production):
    production.CAN_MAIL = True

    assert mail_has_a_way(None) == []
