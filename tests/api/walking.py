"""Walks along the links of the document, as a client goes that knows nothing else: from an answer to what can follow.

schemathesis reads the links, takes the values out of the answers, makes values up and looks at whatever comes back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from django.db import connection
from hypothesis import strategies as st
from schemathesis.core import NOT_SET
from schemathesis.core.failures import Failure
from schemathesis.core.result import Ok
from schemathesis.core.transforms import UNRESOLVABLE
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.generation.stateful.state_machine import StepOutput
from schemathesis.specs.openapi.stateful.links import OpenApiLink

from config.api.links import FOLLOWING
from tests.api.calling import Script
from tests.api.places import body_of, operations, parts_of
from tests.api.requests import SCHEMA

ENTRIES = operations()


def name_of(operation: Any) -> str:
    return str(operation.definition.raw["operationId"])


def links_of(name: str) -> list[OpenApiLink]:
    """Return the links that the document tells for the answer of an operation."""
    operation = SCHEMA.find_operation_by_id(name)
    return [
        OpenApiLink(link, status, told, operation)
        for status, answer in operation.definition.raw["responses"].items()
        for link, told in answer.get("links", {}).items()
    ]


# What brings back what the other has deleted. A deleted message keeps its place, to say that there was one; a removed
# file is still told to who may bring it back.
RESTORING = {
    "restore_an_issue": "delete_an_issue",
    "restore_one_team": "delete_one_team",
    "restore_deleted_project": "delete_a_project",
    "restore_a_file": "remove_a_file",
    "delete_a_message": "delete_a_message",
    "remove_a_file": "remove_a_file",
}
LINKS = {name: links_of(name) for name in FOLLOWING}
LINKED = {*FOLLOWING, *(name_of(link.target) for links in LINKS.values() for link in links)}


def values_of(link: OpenApiLink, output: StepOutput) -> dict[str, Any] | None:
    """Return the parts of the request that a link takes out of an answer; None where the answer has not all of them."""
    transition = link.extract(output)
    parts = {place: dict(values) for place, values in transition.parameters.items()}
    found = {place: {name: part.value for name, part in values.items()} for place, values in parts.items()}
    told = [value for values in found.values() for value in values.values()]
    told += [transition.request_body.value] if transition.request_body else []
    if not all(isinstance(value, Ok) and value.ok() is not UNRESOLVABLE for value in told):
        return None
    taken = {place: {name: value.ok() for name, value in values.items()} for place, values in found.items()}
    return taken | ({"body": transition.request_body.value.ok()} if transition.request_body else {})


@dataclass
class Walk:
    """Steps of one person, one after the other; `steps` are what was asked and answered, `problems` what was wrong."""

    script: Script
    left_out: list[Any]
    steps: list[tuple[str, int]] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    recorder: ScenarioRecorder = field(default_factory=lambda: ScenarioRecorder(label="walk"))

    def fork(self) -> "Walk":
        """Return a walk that has come the same way and goes on for itself. What it meets is told here as well."""
        recorder = ScenarioRecorder(label="walk")
        recorder.cases, recorder.interactions = dict(self.recorder.cases), dict(self.recorder.interactions)
        return replace(self, recorder=recorder)

    def go(self, case: Any, *, after: StepOutput | None = None) -> StepOutput:
        """Send a request, and have all checks look at the answer."""
        self.recorder.record_case(case=case, parent_id=after.case.id if after else None)
        response = case.call(headers=self.script.headers)
        self.recorder.record_response(case_id=case.id, response=response)
        name = name_of(case.operation)
        self.steps.append((name, response.status_code))
        told = {"headers": self.script.headers, "transport_kwargs": {"headers": self.script.headers}}
        try:
            case.validate_response(response, recorder=self.recorder, excluded_checks=self.left_out, **told)
        except* Failure as group:
            self.problems.extend((name, str(failure)) for failure in group.exceptions)
        if response.status_code < 300 and name in RESTORING:
            self.forget(RESTORING[name], case.path_parameters)
        return StepOutput(response, case)

    def forget(self, name: str, parts: dict[str, Any]) -> None:
        """Let something not have been deleted: it may be there again."""
        for case in self.recorder.find_all_cases():
            if name_of(case.operation) == name and case.path_parameters == parts:
                self.recorder.interactions.pop(case.id, None)


class Map:
    """What a walk begins with: parts of addresses, and valid bodies and queries, of what BUG and its lead have."""

    def __init__(self, world: Any) -> None:
        entries = {name: ENTRIES[name] for name in sorted(LINKED)}
        self.parts = {name: parts_of(world, entry, "BUG", world.lead) for name, entry in entries.items()}
        self.bodies = {name: body_of(world, entry, "BUG") for name, entry in entries.items()}

    def valid(self, name: str, told: dict[str, Any] | None = None) -> Any:
        """Return a request that works, about what the world holds, or about what a link told."""
        told = {"path_parameters": self.parts[name]} if told is None else dict(told)
        body = self.bodies[name]
        sent = NOT_SET if body is None else body | told.pop("body", {})
        words = ENTRIES[name].query.removeprefix("?").format(**self.parts[name], start="open")
        query = dict(parse_qsl(words)) | told.pop("query", {})
        return SCHEMA.find_operation_by_id(name).Case(body=sent, query=query, media_type=_json(body), **told)

    def made_up(self, name: str, told: dict[str, Any] | None = None) -> st.SearchStrategy[Any]:
        """Return requests that the schemas allow, with what the link told in them."""
        told = {"path_parameters": self.parts[name]} if told is None else dict(told)
        sent = told.pop("body", {})
        return SCHEMA.find_operation_by_id(name).as_strategy(**told).map(lambda case: _with(case, sent))


def _json(body: Any) -> str | None:
    return None if body is None else "application/json"


def _with(case: Any, sent: dict[str, Any]) -> Any:
    if sent and isinstance(case.body, dict):
        case.body = case.body | sent
    return case


def sequences() -> list[tuple[str, int | None]]:
    """Return how far the database has counted, for each of its sequences."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences")
        return list(cursor.fetchall())


def count_from(kept: Iterable[tuple[str, int | None]]) -> None:
    """Have the database count on from there; it does not by itself where a transaction is taken back."""
    names, values = zip(*kept, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(name::regclass, coalesce(last, 1), last IS NOT NULL)"
            " FROM unnest(%s::text[], %s::bigint[]) AS kept (name, last)",
            [list(names), list(values)],
        )
