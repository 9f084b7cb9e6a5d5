"""Where the pages of webhooks stand: among a project's settings, or a team's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from notifications.models import Webhook
from notifications.webhooks.owners import HookOwner


@dataclass(frozen=True, slots=True)
class Frame:
    """Whose webhooks a page shows: `base` is the address of their list, `layout` the template around the page."""

    owner: HookOwner
    base: str
    layout: str
    context: Mapping[str, Any] = field(default_factory=dict)

    def address(self, webhook: Webhook) -> str:
        """Return the address of one of them."""
        return f"{self.base}{webhook.pk}/"
