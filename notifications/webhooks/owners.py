"""Whose a webhook is: a project's or a team's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class HookOwner:
    """A project or a team whose webhooks somebody may see and change; made by its access function and by nothing else.

    `field` is the owner as a webhook's row names it, `stream` where changes to its webhooks are recorded.
    """

    stream: str
    name: str
    field: Mapping[str, Any] = field(default_factory=dict)
