"""Tables for spreadsheets: no cell is a formula, whatever somebody called themselves."""

import csv
import io

import pytest

from config.spreadsheets import csv_lines, plain_cell

FORMULAS = [
    ("=1+1", "'=1+1"),
    ("+1", "'+1"),
    ("-1", "'-1"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("  =1+1", "  '=1+1"),
    ("\t=1+1", "'\t'=1+1"),
    ("\r=1+1", "'\r'=1+1"),
    ("\n=1+1", "'\n'=1+1"),
    ("\tplain", "'\tplain"),
    ("\uff1d1+1", "'\uff1d1+1"),
    ("\uff0b1", "'\uff0b1"),
    ("\uff0d1", "'\uff0d1"),
    ("\uff20SUM", "'\uff20SUM"),
    # After what some programs take for the end of a cell.
    ("name;=1+1", "name;'=1+1"),
    ("name,=1+1", "name,'=1+1"),
    ('name"=1+1', "name\"'=1+1"),
    ("name'=1+1", "name''=1+1"),
    ("name|=1+1", "name|'=1+1"),
    ("name\n=cmd|' /C calc'!A0", "name\n'=cmd|' /C calc'!A0"),
]


@pytest.mark.parametrize(("text", "plain"), FORMULAS)
def test_what_begins_a_formula_is_neutralised(text, plain):
    assert plain_cell(text) == plain


@pytest.mark.parametrize("text", ["", "Ana Lima", "1 + 1 = 2", "a-b", "ana@mail.example", "2025-03-03T09:00:00+00:00"])
def test_everything_else_stays_as_it_is(text):
    assert plain_cell(text) == text


@pytest.mark.parametrize("number", [0, -1, 3.5])
def test_numbers_stay_numbers(number):
    assert plain_cell(number) == number


def test_a_table_is_read_back_as_it_was():
    rows = [(1, "Ana; Ben", 'says "hello"', "two\nlines"), (2, "", "–", "Łódź")]

    text = "".join(csv_lines(["Number", "Name", "Says", "Text"], rows))

    assert text.startswith("\ufeff")
    read = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert read == [["Number", "Name", "Says", "Text"], *[[str(cell) for cell in row] for row in rows]]


def test_a_long_text_takes_no_time():
    assert len(str(plain_cell(" \n" * 200_000))) >= 400_000
