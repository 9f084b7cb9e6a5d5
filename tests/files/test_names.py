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


@pytest.mark.parametrize("sign", "\u034f\u115f\u1160\u17b4\u180b\u180f\u2800\u3164\ufe0f\uffa0\U000e0100\U000e01ef")
def test_signs_that_nobody_sees_are_left_out_and_hide_no_ending(sign):
    assert clean_name(f"{sign}a{sign}.t{sign}xt{sign}") == "a.txt"
    for given in (f"evil.exe{sign}", f"evil.e{sign}xe", f"evil.exe {sign}."):
        with pytest.raises(DomainError, match="is a program"):
            clean_name(given)
    with pytest.raises(DomainError, match="needs a name"):
        clean_name(sign * 3)
