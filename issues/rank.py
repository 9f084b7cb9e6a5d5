"""Where a card stands in its column: a fraction written as text, so that a move writes one row.

A rank is what follows the point of a number in base 62, without trailing zeros; comparing bytes compares numbers.

The idea is fractional indexing (D. Greenspan, "Implementing Fractional Indexing", 2020); steps of a fixed width keep
the ranks of columns that only grow at their ends short.
"""

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE = len(DIGITS)
WIDTH = 6
STEP = BASE**3
LONG = 48  # A rank longer than this asks for new ranks in its column.


def first() -> str:
    """Return the rank of the only card in a column."""
    return DIGITS[BASE // 2]


def between(low: str, high: str) -> str:
    """Return a rank strictly between two others. An empty `low` is the top of the column, an empty `high` its foot."""
    if high and low >= high:
        raise ValueError(f"{low!r} does not stand above {high!r}")
    if not low and not high:
        return first()
    if not high:
        return _stepped(low, STEP) or _middle(low, "")
    if not low:
        return _stepped(high, -STEP) or _middle("", high)
    return _middle(low, high)


def spread(count: int) -> list[str]:
    """Return `count` ranks in order, evenly spaced: for filling or renewing a column."""
    total = BASE**WIDTH
    return [_text(total * (position + 1) // (count + 1)) for position in range(count)]


def _stepped(rank: str, step: int) -> str:
    """Return the rank a fixed step away, or an empty text where the end of the scale is reached."""
    number = 0
    for char in rank[:WIDTH].ljust(WIDTH, "0"):
        number = number * BASE + DIGITS.index(char)
    number += step
    return _text(number) if 0 < number < BASE**WIDTH else ""


def _text(number: int) -> str:
    digits = []
    for _position in range(WIDTH):
        number, digit = divmod(number, BASE)
        digits.append(DIGITS[digit])
    return "".join(reversed(digits)).rstrip("0")


def _middle(low: str, high: str) -> str:
    """Return the shortest text between two; `high` empty means one."""
    result = ""
    position = 0
    while True:
        floor = DIGITS.index(low[position]) if position < len(low) else 0
        ceiling = DIGITS.index(high[position]) if position < len(high) else BASE
        if not high:
            ceiling = BASE
        if ceiling - floor > 1:
            return result + DIGITS[(floor + ceiling) // 2]
        result += DIGITS[floor]
        if ceiling != floor:
            # Whatever follows is below `high` now; only `low` still bounds it.
            high = ""
        position += 1
