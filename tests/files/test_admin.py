"""Files in the admin: site administrators see how far each has come, and have deletions tried again."""

import pytest
from django.urls import reverse

from files.models import File, ObjectDeletion
from tests.world import BEGAN

pytestmark = pytest.mark.django_db

FILES = reverse("admin:files_file_changelist")
DELETIONS = reverse("admin:files_objectdeletion_changelist")


@pytest.fixture
def infected(world):
    """Return a file that the scanner knows."""
    file = world.file("BUG")
    File.objects.filter(pk=file.pk).update(state="quarantined", refusal="malware")
    return file


@pytest.fixture
def dead(world):
    """Return a deletion that was given up, and leave another that waits."""
    ObjectDeletion.objects.all().delete()
    ObjectDeletion.objects.create(key="files/waits/original")
    return ObjectDeletion.objects.create(key="files/dead/original", attempts=24, died_at=BEGAN, last_error="Denied")


def test_administrators_see_what_lies_in_quarantine_first(world, infected, client_for):
    client = client_for("administrator")

    listed = client.get(FILES).content.decode()
    shown = client.get(reverse("admin:files_file_change", args=[infected.pk])).content.decode()

    assert listed.index(infected.name) < listed.index(world.file("TEAM").name)
    assert f"quarantine/{infected.uuid}" in shown
    assert "The virus scanner knows it as harmful." in shown


def test_files_are_for_looking_only(infected, client_for):
    client = client_for("administrator")
    page = reverse("admin:files_file_change", args=[infected.pk])

    assert client.post(page, {"name": "other.txt"}).status_code == 403
    assert client.get(reverse("admin:files_file_add")).status_code == 403
    assert client.post(reverse("admin:files_file_delete", args=[infected.pk]), {"post": "yes"}).status_code == 403
    infected.refresh_from_db()
    assert infected.state == "quarantined"


def test_administrators_have_a_deletion_tried_again(dead, client_for):
    chosen = list(ObjectDeletion.objects.values_list("pk", flat=True))

    response = client_for("administrator").post(
        DELETIONS, {"action": "try_again", "_selected_action": chosen}, follow=True
    )

    assert "1 object is tried again." in response.content.decode()
    dead.refresh_from_db()
    assert (dead.attempts, dead.died_at, dead.last_error) == (0, None, "")


@pytest.mark.parametrize("persona", ["lead", "developer", "viewer", "stranger"])
def test_nobody_else_comes_in(world, dead, client_for, persona):
    client = client_for(persona)

    listed, sent = client.get(FILES), client.post(DELETIONS, {"action": "try_again", "_selected_action": [dead.pk]})

    dead.refresh_from_db()
    assert {listed.status_code, sent.status_code} <= {302, 403, 404}
    assert dead.died_at == BEGAN
    assert world.file("BUG").name not in listed.content.decode()
