"""Who and what a text names: `@person` and `KEY-12`. Read by services and by the renderer alike, so that they agree."""

import re

from projects.models.projects import KEY_PATTERN

# Not inside a word or an address: ana@example.com mentions nobody.
PERSON = re.compile(r"(?<![\w@./-])@([A-Za-z0-9](?:[A-Za-z0-9._-]{0,30}[A-Za-z0-9])?)")
ISSUE = re.compile(rf"(?<![\w/&#.-])({KEY_PATTERN})-([1-9][0-9]{{0,8}})(?![\w-])")
FENCED = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)


def usernames_in(text: str) -> set[str]:
    """Return the usernames that a text mentions, in lower case; code does not mention."""
    return {name.lower() for name in PERSON.findall(FENCED.sub(" ", text))}


def issue_keys_in(text: str) -> list[tuple[str, int]]:
    """Return the issues that a text names, in their order and each once; code does not name."""
    return list(dict.fromkeys((key, int(number)) for key, number in ISSUE.findall(FENCED.sub(" ", text))))
