"""Settings from the environment: read exactly, or refused with a hint."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

NAME = "PLUMBLINE_TESTED"


@pytest.fixture
def given(monkeypatch):
    """Return a function that sets the tested variable; without it there is none."""
    monkeypatch.delenv(NAME, raising=False)
    return lambda value: monkeypatch.setenv(NAME, value)


def test_text_is_read_or_refused_with_its_hint(given):
    assert env.text(NAME, "default") == "default"
    with pytest.raises(ImproperlyConfigured, match=f"^{NAME} is not set. Make one."):
        env.text(NAME, hint="Make one.")

    given("value")

    assert env.text(NAME) == "value"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", True),
        ("true", True),
        ("YES", True),
        ("on", True),
        ("0", False),
        ("False", False),
        ("no", False),
        ("", False),
    ],
)
def test_flag_reads_yes_and_no(given, value, expected):
    given(value)

    assert env.flag(NAME, default=not expected) is expected


def test_flag_takes_a_typing_error_for_neither(given):
    given("ture")

    with pytest.raises(ImproperlyConfigured, match="neither yes nor no"):
        env.flag(NAME)


@pytest.mark.parametrize("default", [True, False])
def test_flag_that_is_not_set_is_the_default(given, default):
    assert env.flag(NAME, default=default) is default


def test_number_is_read(given):
    assert env.number(NAME, 7) == 7

    given("12")

    assert env.number(NAME, 7, at_least=12) == 12


@pytest.mark.parametrize("value", ["", "-1", "1.5", "ten", " 1", "0"])
def test_number_refuses_what_is_none(given, value):
    given(value)

    with pytest.raises(ImproperlyConfigured, match="not a whole number of at least 1"):
        env.number(NAME, 7, at_least=1)


def test_words_are_split_and_stripped(given):
    assert env.words(NAME, "a,b") == ["a", "b"]

    given(" one , ,two,")

    assert env.words(NAME) == ["one", "two"]


def test_choice_lists_what_is_allowed(given):
    assert env.choice(NAME, "a", ("a", "b")) == "a"

    given("c")

    with pytest.raises(ImproperlyConfigured, match="Use one of: a, b"):
        env.choice(NAME, "a", ("a", "b"))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://ana:p%40ss@db.example:5433/tracker",
            {"NAME": "tracker", "USER": "ana", "PASSWORD": "p@ss", "HOST": "db.example", "PORT": 5433},
        ),
        (
            "postgres://ana@/tracker?host=/var/run/pg",
            {"NAME": "tracker", "USER": "ana", "PASSWORD": "", "HOST": "/var/run/pg", "PORT": ""},
        ),
    ],
)
def test_database_reads_hosts_and_sockets(given, url, expected):
    given(url)

    assert env.database(NAME) == expected


@pytest.mark.parametrize("url", ["mysql://ana@db/tracker", "postgresql://ana@db", "tracker"])
def test_database_refuses_other_addresses(given, url):
    given(url)

    with pytest.raises(ImproperlyConfigured, match="must read postgresql://"):
        env.database(NAME)


def test_mail_is_nothing_where_it_is_not_set(given):
    assert env.mail(NAME) is None


@pytest.mark.parametrize(
    ("url", "port", "ssl", "tls"),
    [
        ("smtp://ana:secret@mail.example", 25, False, False),
        ("smtp://ana:secret@mail.example:587?starttls=1", 587, False, True),
        ("smtps://ana:secret@mail.example", 465, True, False),
    ],
)
def test_mail_reads_ports_and_encryption(given, url, port, ssl, tls):
    given(url)

    assert env.mail(NAME) == {
        "EMAIL_HOST": "mail.example",
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": "ana",
        "EMAIL_HOST_PASSWORD": "secret",
        "EMAIL_USE_SSL": ssl,
        "EMAIL_USE_TLS": tls,
    }


def test_mail_refuses_other_addresses(given):
    given("imap://mail.example")

    with pytest.raises(ImproperlyConfigured, match="must read smtp://"):
        env.mail(NAME)


def test_number_above_what_it_may_be(monkeypatch):
    monkeypatch.setenv("LIVE_BEAT_SECONDS", "60")

    with pytest.raises(ImproperlyConfigured, match="is more than 20"):
        env.number("LIVE_BEAT_SECONDS", 20, at_least=1, at_most=20)
