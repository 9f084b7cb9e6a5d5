"""Ranks: text that always leaves room for one more card."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issues import rank

RANKS = st.text(alphabet=rank.DIGITS, min_size=1, max_size=12).filter(lambda text: not text.endswith("0"))


@given(RANKS, RANKS)
def test_between_two_ranks_there_is_always_another(one, other):
    low, high = sorted([one, other])
    if low == high:
        return

    found = rank.between(low, high)

    assert low < found < high
    assert not found.endswith("0")


@given(RANKS)
def test_above_the_first_and_below_the_last_there_is_always_room(some):
    above, below = rank.between("", some), rank.between(some, "")

    assert above < some < below
    assert not above.endswith("0")
    assert not below.endswith("0")


@given(st.lists(st.integers(0, 60), max_size=80))
@settings(max_examples=60)
def test_any_sequence_of_insertions_keeps_the_order(places):
    column = [rank.first()]

    for place in places:
        spot = place % (len(column) + 1)
        low = column[spot - 1] if spot else ""
        high = column[spot] if spot < len(column) else ""
        column.insert(spot, rank.between(low, high))

    assert column == sorted(column)
    assert len(set(column)) == len(column)


@given(st.integers(1, 3000))
@settings(max_examples=40)
def test_spread_gives_ordered_different_ranks(count):
    ranks = rank.spread(count)

    assert len(ranks) == count
    assert ranks == sorted(set(ranks))
    assert all(len(text) <= rank.WIDTH and not text.endswith("0") for text in ranks)


@pytest.mark.parametrize("edge", ["top", "foot"])
def test_a_column_that_grows_at_an_end_keeps_short_ranks(edge):
    last = rank.first()

    for _card in range(20_000):
        last = rank.between("", last) if edge == "top" else rank.between(last, "")

    assert len(last) <= rank.WIDTH


def test_pushing_into_one_gap_makes_ranks_longer_slowly():
    low, high = rank.first(), rank.between(rank.first(), "")

    for _card in range(250):
        high = rank.between(low, high)

    assert len(high) <= rank.LONG + rank.WIDTH


@pytest.mark.parametrize(("low", "high"), [("V", "V"), ("b", "a")])
def test_between_refuses_ranks_in_the_wrong_order(low, high):
    with pytest.raises(ValueError, match="does not stand above"):
        rank.between(low, high)
