"""The outbox in the admin: site administrators see what was given up, and have it tried again."""

import pytest
from django.urls import reverse

from notifications.models import Outbox
from notifications.services import record
from tests.notifications.telling import forget
from tests.world import BEGAN

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:notifications_outbox_changelist")


@pytest.fixture
def dead(world):
    """Return an event that was given up, and leave another that waits."""
    forget()
    project = f"project:{world.bug.pk}"
    gone = record(project, kind="test.gone", actor=None, subject="thing:1", data={})
    waiting = record(project, kind="test.waits", actor=None, subject="thing:2", data={})
    Outbox.objects.create(event=waiting)
    return Outbox.objects.create(event=gone, attempts=8, died_at=BEGAN, last_error="ValueError: broken")


def rows_of(response):
    return response.content.decode()


def test_administrators_see_what_was_given_up(dead, client_for):
    page = rows_of(client_for("administrator").get(PAGE, {"state": "dead"}))

    assert "test.gone" in page
    assert "ValueError: broken" in page
    assert "test.waits" not in page


def test_administrators_have_it_tried_again(dead, client_for):
    client = client_for("administrator")
    chosen = list(Outbox.objects.values_list("pk", flat=True))

    response = client.post(PAGE, {"action": "try_again", "_selected_action": chosen}, follow=True)

    assert "1 event is tried again." in rows_of(response)
    dead.refresh_from_db()
    assert (dead.attempts, dead.died_at, dead.last_error) == (0, None, "")


@pytest.mark.parametrize("persona", ["lead", "developer", "viewer", "stranger"])
def test_nobody_else_may(dead, client_for, persona):
    response = client_for(persona).post(PAGE, {"action": "try_again", "_selected_action": [dead.pk]})

    dead.refresh_from_db()
    assert (response.status_code in {403, 404}, dead.died_at) == (True, BEGAN)


def test_rows_are_for_looking_only(dead, client_for):
    client = client_for("administrator")
    page = reverse("admin:notifications_outbox_change", args=[dead.pk])

    shown, sent = client.get(page), client.post(page, {"attempts": 0})

    assert (shown.status_code, sent.status_code) == (200, 403)
    assert client.get(reverse("admin:notifications_outbox_add")).status_code == 403
