"""What the processes of a test run share of what they compile."""

import sys

import pytest

from config.stack.cli import shared_bytecode


def test_modules_are_compiled_once_where_the_tree_is_to_hold_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    shared = shared_bytecode({"PLUMBLINE_DATA": "/tmp/thrown-away"})

    assert shared == {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": "/tmp/thrown-away/bytecode"}


def test_who_keeps_them_in_the_tree_goes_on_doing_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)

    assert shared_bytecode({"PLUMBLINE_DATA": "/tmp/thrown-away"}) == {}
