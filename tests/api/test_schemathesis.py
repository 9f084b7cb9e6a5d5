"""The whole document, tried by schemathesis: whatever is sent, an answer is one that the document tells of.

Values are made up from the schemas, right ones and wrong ones; the parts of the addresses lead to what the world holds,
because made-up ones would lead to 404 only. The walk follows the document's links from what was made. What a request
writes is taken back after it, or after the walk.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import Failure

from config.api.document import document
from config.api.links import FOLLOWING
from config.wsgi import application
from projects.models import Project
from tests.api.calling import Script
from tests.api.judging import taken_back
from tests.api.places import Operation, operations, parts_of

pytestmark = pytest.mark.django_db
ENTRIES = operations()
TAGS = sorted({operation.told["tags"][0] for operation in ENTRIES.values()})
SCHEMA = schemathesis.openapi.from_dict(document())
SCHEMA.app = application
# Of the walk; wrong values are for the single operations.
SCHEMA.config.generation.update(modes=[GenerationMode.POSITIVE])
load_all_checks()
# A value that the schema allows may be refused by a rule, and who asks for what is tests/api/test_access.py's matter.
LEFT_OUT = CHECKS.get_by_names(["positive_data_acceptance", "ignored_auth", "object_level_authorization"])
# A walk deletes what can be restored, and finds by a new key what was under an old one.
RESTORABLE = CHECKS.get_by_names(["use_after_free", "ensure_resource_availability"])
WHATEVER = list(hypothesis.HealthCheck)


@pytest.fixture(autouse=True)
def _many_requests(settings) -> Iterator[None]:
    """Count no limits, and keep the connection of the test's own transaction, as Django's test client does."""
    settings.RATE_LIMIT_FACTOR = 1_000_000
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


def attempt(world: Any, operation: Operation, script: Script, mode: GenerationMode, examples: int) -> None:
    """Send requests of an operation to addresses of BUG, and have all checks look at the answers."""
    values = parts_of(world, operation, "BUG", world.lead)
    tried = SCHEMA.find_operation_by_id(operation.name)

    @settings_of(examples)
    @hypothesis.given(case=tried.as_strategy(generation_mode=mode, path_parameters=values))
    def run(case: Any) -> None:
        with taken_back():
            case.call_and_validate(headers=script.headers, excluded_checks=LEFT_OUT)

    run()


def takes_values(operation: Operation) -> bool:
    """Say whether there is anything but its address that can be wrong."""
    return operation.has_body or any(part["in"] == "query" for part in operation.told.get("parameters", ()))


@pytest.mark.parametrize("tag", TAGS)
def test_answers_to_a_lead_are_those_of_the_document(world, tag):
    script = Script(world.lead)

    for operation in ENTRIES.values():
        if operation.told["tags"][0] == tag:
            attempt(world, operation, script, GenerationMode.POSITIVE, 4 if takes_values(operation) else 1)
            if takes_values(operation):
                attempt(world, operation, script, GenerationMode.NEGATIVE, 3)


@pytest.mark.parametrize("persona", ["stranger", "anonymous", "administrator"])
def test_answers_to_others_are_those_of_the_document(world, persona):
    script = Script(world.person(persona))

    for operation in ENTRIES.values():
        if persona != "administrator" or operation.need == "administrator":
            attempt(world, operation, script, GenerationMode.POSITIVE, 1)


def test_links_lead_to_operations_and_parts_that_exist():
    for name, (parts, following) in FOLLOWING.items():
        assert name in ENTRIES
        for next_ in following:
            assert ENTRIES[next_].parts <= set(parts), (name, next_)


@pytest.mark.parametrize("seed", range(2))
def test_walk_along_the_links_keeps_to_the_document(world, seed):
    """What was made is read, changed, moved and deleted, in an order that is made up.

    A walk cannot be taken a second time: the database gives new numbers. Hypothesis ends where it sees that (Flaky),
    after some walks; what the checks found until then is kept.
    """
    script, seen, problems = Script(world.lead), [], []
    known = {name: parts_of(world, operation, "BUG", world.lead) for name, operation in ENTRIES.items()}

    class Walk(SCHEMA.as_state_machine()):
        def setup(self) -> None:
            self.place = transaction.atomic()
            self.place.__enter__()

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.place.__exit__(None, None, None)

        def before_call(self, case: Any) -> None:
            """Let a walk that comes from no link begin in the world."""
            parts = case.path_parameters or {}
            if "key" in parts and not Project.objects.filter(key=parts["key"]).exists():
                parts |= known[name_of(case)]

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": script.headers}

        def after_call(self, response: Any, case: Any) -> None:
            super().after_call(response, case)
            seen.append((name_of(case), response.status_code))

        def validate_response(self, response: Any, case: Any, **more: Any) -> None:
            try:
                case.validate_response(response, excluded_checks=[*LEFT_OUT, *RESTORABLE], headers=script.headers)
            except* Failure as group:
                problems.extend((name_of(case), str(failure)) for failure in group.exceptions)

    with suppress(hypothesis.errors.Flaky):
        hypothesis.seed(seed)(Walk).run(settings=settings_of(15, derandomize=False, stateful_step_count=10))

    assert problems == []
    assert len({name for name, status in seen if status < 300}) > 8, sorted(seen)


def name_of(case: Any) -> str:
    return str(case.operation.definition.raw["operationId"])
