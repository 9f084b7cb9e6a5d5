"""Logs: one line for one thing, with the request's id, and nothing that a client sends can forge another."""

import json
import logging
import logging.config

import pytest

from config import logs


@pytest.fixture
def line():
    """Return a function that formats one record as the configuration says."""

    def format_one(message, *args, as_json):
        configuration = logs.logging_config(json=as_json, level="INFO")
        formatter = logging.config.DictConfigurator(configuration).configure_formatter(
            configuration["formatters"]["json" if as_json else "readable"]
        )
        record = logging.LogRecord("plumbline.request", logging.INFO, __file__, 1, message, args, None)
        assert logs.RequestIdFilter().filter(record)
        return formatter.format(record)

    return format_one


def test_json_lines_carry_level_logger_message_and_request(line):
    token = logs.request_id.set("abc123")
    try:
        found = json.loads(line("GET %s %d", "/BUG-1/", 200, as_json=True))
    finally:
        logs.request_id.reset(token)

    assert found.pop("at")
    assert found == {
        "level": "INFO",
        "logger": "plumbline.request",
        "message": "GET /BUG-1/ 200",
        "request_id": "abc123",
    }


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize(
    "forged", ["/a\n12:00:00 INFO forged", "/a\r\nforged", "/\x1b[31mred", "/\u2028forged", "/\x00"]
)
def test_what_a_client_sends_stays_within_its_line(line, as_json, forged):
    found = line("GET %s", forged, as_json=as_json)

    assert len(found.splitlines()) == 1
    assert all(char.isprintable() for char in found)


def test_readable_lines_name_the_request(line):
    assert line("started", as_json=False).endswith("INFO    plumbline.request [-] started")


def test_configuration_is_accepted_by_python():
    for as_json in (True, False):
        logging.config.DictConfigurator(logs.logging_config(json=as_json, level="INFO"))
