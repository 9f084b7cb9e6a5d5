"""What inbox and mails are lent of messages."""

import pytest

from chat.telling import tell
from notifications.models import Event
from projects.events import project_stream
from projects.services.projects import change_project
from tests.chat.talking import say
from tests.files.hung import draft, shown

pytestmark = pytest.mark.django_db


def test_files_that_the_text_names_are_not_told_again(world):
    under, present, former = (draft(world.developer, world.bug, name) for name in ("a.txt", "b.png", "c.png"))
    text = shown(former)
    project = change_project(actor=world.lead, project=world.bug, changes={"key": "NEW"})
    present.project = project
    say(world.developer, project, f"{text} {shown(present)}", files=[under.uuid])
    event = Event.objects.filter(stream__name=project_stream(project.pk)).latest("seq")

    told = tell([event], world.lead)[event.pk]

    assert [(each.name, each.path) for each in told.files] == [("a.txt", f"/NEW/files/{under.uuid}/view/")]
