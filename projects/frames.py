"""What open pages are told of a project's settings: that they changed. What they show of them they read anew."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from notifications.live.frames import Frame, Reader, builder

if TYPE_CHECKING:
    from notifications.models import Event


@builder("project.")
@builder("member.")
@builder("label.")
@builder("state.")
@builder("states.")
@builder("transition.")
def project_frames(events: "Sequence[Event]", reader: Reader) -> list[Frame]:
    """Return the one frame that says so, whatever changed."""
    return [{"k": "project"}]
