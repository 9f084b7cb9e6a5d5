"""What open pages are told when a project's settings change: that they did."""

import pytest
from django.utils import timezone

from notifications.live.frames import Reader, frames_for
from notifications.models import Event
from projects.events import ProjectEvent


@pytest.mark.parametrize("kind", list(ProjectEvent))
def test_every_change_of_the_settings_is_told_without_saying_what(kind):
    event = Event(kind=kind, data={"name": "Secret"})

    frames = frames_for([event, event], Reader(language="en", zone="UTC", today=timezone.localdate(), view="board"))

    assert frames == [{"k": "project"}]
