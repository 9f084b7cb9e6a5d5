"""Names as they are kept: how they are shortened, and that none gets a refused ending by it."""

import pytest

from config.errors import DomainError
from files.names import clean_name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a" * 300 + ".png", "a" * 196 + ".png"),
        ("a" * 190 + " . " + "b" * 3 + "." + "c" * 30, "a" * 190 + " . bbb.ccc"),
        ("a" * 199 + ". " + "b" * 30, "a" * 199),
        ("a" * 194 + " ." + "b" * 40 + ".jpeg", "a" * 194 + ".jpeg"),
        ("a" * 200, "a" * 200),
    ],
)
def test_a_long_name_is_cut_before_its_ending(given, kept):
    assert clean_name(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "a" * 196 + ".exe" + "b" * 21,
        "a" * 300 + ".exe",
        "a" * 195 + ".exe. " + "b" * 30,
        "a" * 195 + ".exe ." + "b" * 30,
    ],
)
def test_a_name_that_is_cut_to_a_program_is_refused(given):
    with pytest.raises(DomainError, match="is a program") as refused:
        clean_name(given)

    assert refused.value.code == "file_type"
