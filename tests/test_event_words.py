"""Every kind of event that any service writes reads as a sentence: nobody meets the name of a kind."""

import ast
import importlib
from enum import StrEnum

import pytest

from accounts.logwords import KINDS
from notifications.models import Event
from notifications.sentences import plain
from projects.activity import SENTENCES, describe
from tests import sources

WRITERS = {"record", "Record"}


def kinds():
    """Every enumeration of kinds that an app has, by its name."""
    found = {}
    for app in sources.APPS:
        if (sources.ROOT / app / "events.py").exists():
            module = importlib.import_module(f"{app}.events")
            found |= {
                name: each
                for name, each in vars(module).items()
                if isinstance(each, type) and issubclass(each, StrEnum) and each is not StrEnum
            }
    return found


def test_there_are_kinds_of_every_app():
    assert {"AccountEvent", "ProjectEvent", "IssueEvent", "MessageEvent", "FileEvent", "HookEvent"} <= set(kinds())


@pytest.mark.parametrize("kind", sorted(kind.value for each in kinds().values() for kind in each))
def test_kind_has_a_sentence(kind):
    assert kind in SENTENCES or kind in KINDS


def test_sentences_are_of_kinds_that_exist():
    known = {kind.value for each in kinds().values() for kind in each}

    assert set(SENTENCES) | set(KINDS) == known


@pytest.mark.parametrize("kind", sorted(SENTENCES))
def test_sentence_does_not_name_the_kind(kind):
    said = plain(describe(Event(kind=kind, data={"name": "CI", "due_on": "2026-11-30"}, seq=1)))

    assert kind not in said
    assert "{" not in said


def written():
    """Each kind that a call of the services names: where, and the name as it stands there."""
    for path in sources.code():
        for call in ast.walk(sources.tree(path)):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in WRITERS:
                for argument in call.keywords:
                    if argument.arg == "kind":
                        yield sources.name(path), argument.value


def test_services_write_no_kind_that_no_enumeration_has():
    literal = [f"{place}: {value.value!r}" for place, value in written() if isinstance(value, ast.Constant)]
    named = {value.value.id for _place, value in written() if isinstance(value, ast.Attribute)}

    assert (literal, named - set(kinds())) == ([], set())
    assert named
