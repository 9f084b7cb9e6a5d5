"""What people type into a search, as PostgreSQL's full-text search understands it."""

import re

WORD = re.compile(r"\w+", re.UNICODE)
WORDS_AT_MOST = 12


def prefix_query(text: str) -> str:
    """Return a tsquery: every word must occur, the last one as a beginning. Operators and quotes are not passed on.

    An empty or wordless text gives an empty query, which matches nothing.
    """
    words = WORD.findall(text.replace("_", " "))[:WORDS_AT_MOST]
    if not words:
        return ""
    return " & ".join([*(f"'{word}'" for word in words[:-1]), f"'{words[-1]}':*"])
