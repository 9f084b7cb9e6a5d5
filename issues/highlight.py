"""Marks the words that were searched for. The text is escaped first; nothing of it can become markup."""

import re

from markupsafe import Markup, escape

from issues.text import WORD, WORDS_AT_MOST

AROUND = 60
LENGTH = 200


def pattern_of(query: str) -> re.Pattern[str] | None:
    """Return what finds the words of a query in a text, the last one as a beginning, as the search itself reads it."""
    words = WORD.findall(query.replace("_", " "))[:WORDS_AT_MOST]
    if not words:
        return None
    whole = "|".join(re.escape(word) for word in sorted(words[:-1], key=len, reverse=True))
    last = rf"\b{re.escape(words[-1])}\w*"
    return re.compile(rf"\b(?:{whole})\b|{last}" if whole else last, re.IGNORECASE)


def marked(text: str, pattern: re.Pattern[str] | None) -> Markup:
    """Return a text as HTML with every hit inside <mark>."""
    if pattern is None:
        return escape(text)
    pieces, end = [], 0
    for hit in pattern.finditer(text):
        pieces.append(escape(text[end : hit.start()]))
        pieces.append(Markup("<mark>{}</mark>").format(hit.group()))
        end = hit.end()
    pieces.append(escape(text[end:]))
    return Markup("").join(pieces)


def excerpt(text: str, pattern: re.Pattern[str] | None) -> Markup:
    """Return the part of a text around its first hit, marked; an empty text where there is none."""
    hit = pattern.search(text) if pattern else None
    if hit is None:
        return Markup("")
    start = hit.start() - AROUND
    # Not in the middle of a word, where there is a gap near.
    start = max(start, text.find(" ", start, hit.start()) + 1) if start > 0 else 0
    part = " ".join(text[start : start + LENGTH].split())
    return Markup("{}{}{}").format(
        "…" if start else "", marked(part, pattern), "…" if start + LENGTH < len(text) else ""
    )
