"""Requests in numbers, made up from the document by schemathesis and hypothesis; the same ones in each run."""

import ipaddress
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from schemathesis.checks import CHECKS, load_all_checks

from config.api.document import document
from config.wsgi import application
from notifications import safe_http

SCHEMA = schemathesis.openapi.from_dict(document())
SCHEMA.app = application
load_all_checks()
# It looks for one person's things in the answers to another, and knows no memberships: a project is there to be shared.
# Who may see what is tests/api/test_access.py's matter.
LEFT_OUT = CHECKS.get_by_names(["object_level_authorization"])
# Whether they are let in is decided by a secret, which nobody makes up.
ACCEPTED = CHECKS.get_by_names(["positive_data_acceptance"])
# A value that the schema allows may be refused by a rule, or name what is not there. 400: see below.
SCHEMA.config.checks.positive_data_acceptance.expected_statuses = ["2xx", "400", "404", "409", "422"]


@schemathesis.check
def only_zero_characters_are_unreadable(ctx: Any, response: Any, case: Any) -> None:
    """Of what the schemas allow, nothing but a zero character is 400: no schema has a word against it."""
    is_made_well = case.meta is None or case.meta.generation.mode.is_positive
    if response.status_code == 400 and is_made_well:
        assert "\\x00" in repr((case.body, case.query)), "400 for what can be read"


WHATEVER = list(hypothesis.HealthCheck)


@pytest.fixture
def only_requests(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Count no limits, send mail, and keep the connection of the test's transaction, as Django's test client does.

    Every name of a host has the same address, because tests ask nobody outside for one.
    """
    somewhere = [ipaddress.ip_address("93.184.215.14")]
    monkeypatch.setattr(safe_http, "resolve", lambda host, port: somewhere)
    settings.RATE_LIMIT_FACTOR = 1_000_000
    settings.CAN_MAIL = True
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def settings_of(examples: int, **more: Any) -> hypothesis.settings:
    """Return settings by which each run tries the same."""
    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    quiet = {"database": None, "deadline": None, "derandomize": True, "suppress_health_check": WHATEVER}
    return hypothesis.settings(max_examples=examples, phases=phases, **{**quiet, **more})
