"""What a change made of a text: the pieces that were kept, taken away and added.

The algorithm is the greedy one of E. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), under a budget
of steps: texts are typed by people and may be made to be slow.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

WORDS = re.compile(r"\s+|\w+|[^\w\s]", re.UNICODE)
LINES = re.compile(r"[^\n]*\n|[^\n]+")
BUDGET = 400_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text: `same`, `gone` or `new`."""

    kind: str
    text: str


def differences(old: str, new: str) -> list[Piece]:
    """Return the pieces of both texts in order: by words where that is quick, by lines, or as a whole.

    The pieces that are not `new` make up the old text, those that are not `gone` the new one.
    """
    for pattern in (WORDS, LINES):
        pieces = _compared(pattern.findall(old), pattern.findall(new))
        if pieces is not None:
            return pieces
    return [Piece("gone", old), Piece("new", new)]


def _compared(old: Sequence[str], new: Sequence[str]) -> list[Piece] | None:
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    middle = _middle(old[head : len(old) - tail], new[head : len(new) - tail])
    if middle is None:
        return None
    words = [("same", word) for word in old[:head]] + middle + [("same", word) for word in old[len(old) - tail :]]
    return _joined(words)


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many words both begin with."""
    count = 0
    for mine, theirs in zip(old, new, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _middle(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, str]] | None:
    """Return the shortest edit script between two lists of words; None where the budget of steps does not suffice."""
    ends = {1: 0}
    trail: list[dict[int, int]] = []
    steps = 0
    for distance in range(len(old) + len(new) + 1):
        trail.append(dict(ends))
        steps += len(ends)
        for diagonal in range(-distance, distance + 1, 2):
            is_down = diagonal == -distance or (
                diagonal != distance and ends.get(diagonal - 1, -1) < ends.get(diagonal + 1, -1)
            )
            x = ends[diagonal + 1] if is_down else ends[diagonal - 1] + 1
            y = x - diagonal
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
                steps += 1
            ends[diagonal] = x
            if x >= len(old) and y >= len(new):
                return _traced(old, new, trail)
        steps += distance
        if steps > BUDGET:
            return None
    return []


def _traced(old: Sequence[str], new: Sequence[str], trail: list[dict[int, int]]) -> list[tuple[str, str]]:
    """Walk the furthest reaching paths back and return the edit script from the beginning."""
    script: list[tuple[str, str]] = []
    x, y = len(old), len(new)
    for distance in range(len(trail) - 1, -1, -1):
        ends, diagonal = trail[distance], x - y
        is_down = diagonal == -distance or (
            diagonal != distance and ends.get(diagonal - 1, -1) < ends.get(diagonal + 1, -1)
        )
        above = diagonal + 1 if is_down else diagonal - 1
        from_x = ends.get(above, 0) if distance else 0
        from_y = from_x - above if distance else 0
        while x > from_x and y > from_y:
            x, y = x - 1, y - 1
            script.append(("same", old[x]))
        if distance:
            script.append(("new", new[from_y]) if is_down else ("gone", old[from_x]))
            x, y = from_x, from_y
    return script[::-1]


def _joined(words: list[tuple[str, str]]) -> list[Piece]:
    """Join neighbours of one kind; what was taken away stands before what took its place.

    A space that was kept between two changed words is told with them: "one two" became "three four", not word by word.
    """
    pieces: list[Piece] = []
    same, gone, new = "", "", ""
    for kind, text in [*words, ("same", "")]:
        if kind == "same" and text.isspace() and (gone or new):
            same += text
        elif kind == "same":
            pieces += [Piece("gone", gone), Piece("new", new)]
            pieces.append(Piece("same", same + text))
            same, gone, new = "", "", ""
        else:
            gone += same + (text if kind == "gone" else "")
            new += same + (text if kind == "new" else "")
            same = ""
    return _merged(piece for piece in pieces if piece.text)


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    """Join neighbours of one kind."""
    return [
        Piece(kind, "".join(piece.text for piece in run)) for kind, run in groupby(pieces, key=lambda piece: piece.kind)
    ]
