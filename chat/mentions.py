"""Who and what a text names: `@person` and `KEY-12`. Read by services and by the renderer alike, so that they agree."""

import re
from collections.abc import Iterator

from config import markdown
from projects.models.projects import KEY_PATTERN

# Not inside a word or an address: ana@example.com mentions nobody.
PERSON = re.compile(r"(?<![\w@./-])@([A-Za-z0-9](?:[A-Za-z0-9._-]{0,30}[A-Za-z0-9])?)")
ISSUE = re.compile(rf"(?<![\w/&#.-])({KEY_PATTERN})-([1-9][0-9]{{0,8}})(?![\w-])")
# Of people, and of issues. Whoever names more means nobody, and is not to reach a whole instance by one message.
MOST_NAMED = 50


def usernames_in(text: str) -> set[str]:
    """Return the first MOST_NAMED usernames that a text mentions, in lower case; neither code nor links mention."""
    if "@" not in text:
        return set()
    names = dict.fromkeys(name.lower() for words in _words(text) for name in PERSON.findall(words))
    return set(list(names)[:MOST_NAMED])


def issue_keys_in(text: str) -> list[tuple[str, int]]:
    """Return the first MOST_NAMED issues that a text names, in order, each once; neither code nor links name."""
    if not ISSUE.search(text):
        return []
    keys = dict.fromkeys((key, int(number)) for words in _words(text) for key, number in ISSUE.findall(words))
    return list(keys)[:MOST_NAMED]


def _words(text: str) -> Iterator[str]:
    return (piece for is_words, piece in markdown.pieces(markdown.render(text)) if is_words)
