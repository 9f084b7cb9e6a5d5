"""The whole document, tried by schemathesis: whatever is sent, an answer is one that the document tells of.

Values are made up from the schemas, right ones and wrong ones; the parts of the addresses lead to what the world holds,
because made-up ones would lead to 404 only. What a request writes is taken back after it. What follows from an answer
is tests/api/test_links.py's matter.
"""

from typing import Any

import hypothesis
import pytest
from schemathesis import GenerationMode

from tests.api.calling import Script
from tests.api.judging import taken_back
from tests.api.places import Operation, operations, parts_of
from tests.api.requests import ACCEPTED, LEFT_OUT, SCHEMA, only_requests, settings_of  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("only_requests")]
ENTRIES = operations()
RIGHT, WRONG = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
TAGS = sorted({operation.told["tags"][0] for operation in ENTRIES.values()})


def attempt(
    world: Any, operation: Operation, script: Script, *modes: tuple[GenerationMode, int], left_out: Any
) -> None:
    """Send as many requests of each kind to an address of BUG, and have all checks look at the answers."""
    values = parts_of(world, operation, "BUG", world.lead)
    tried = SCHEMA.find_operation_by_id(operation.name)

    for mode, examples in modes:

        @settings_of(examples)
        @hypothesis.given(case=tried.as_strategy(generation_mode=mode, path_parameters=values))
        def run(case: Any) -> None:
            with taken_back():
                case.call_and_validate(headers=script.headers, excluded_checks=left_out)

        run()


def takes_values(operation: Operation) -> bool:
    """Say whether there is anything but its address that can be wrong."""
    return operation.has_body or any(part["in"] == "query" for part in operation.told.get("parameters", ()))


@pytest.mark.parametrize("tag", TAGS)
def test_answers_to_a_lead_are_those_of_the_document(world, tag):
    script = Script(world.lead)

    for operation in ENTRIES.values():
        if operation.told["tags"][0] == tag:
            left_out = [*LEFT_OUT, *(ACCEPTED if "/auth/" in operation.path else [])]
            modes = [(RIGHT, 4), (WRONG, 3)] if takes_values(operation) else [(RIGHT, 1)]
            attempt(world, operation, script, *modes, left_out=left_out)


@pytest.mark.parametrize("persona", ["stranger", "anonymous"])
def test_answers_to_others_are_those_of_the_document(world, persona):
    """They are refused what they ask for in the right way, so that one check has nothing to say."""
    script = Script(world.person(persona))

    for operation in ENTRIES.values():
        attempt(world, operation, script, (RIGHT, 1), left_out=[*LEFT_OUT, *ACCEPTED])


def test_answers_to_an_administrator_are_those_of_the_document(world):
    script = Script(world.administrator)

    for operation in ENTRIES.values():
        if operation.need == "administrator":
            modes = [(RIGHT, 2), (WRONG, 2)] if takes_values(operation) else [(RIGHT, 1)]
            attempt(world, operation, script, *modes, left_out=LEFT_OUT)
