"""Taking one's data along: all that is the person's, nothing that they may not see, and never a secret."""

import io
import json
import zipfile
from uuid import uuid4

import pytest

from accounts.hooks import exporters
from accounts.services.export import pieces_of
from chat.services.messages import post_message
from issues.services.creation import create_issue
from notifications.queries import events_about
from projects.services.members import remove_member
from tests.accounts.factoring import step_up, with_app, with_codes
from tests.factories import canary

pytestmark = pytest.mark.django_db
PAGE = "/me/data/"
FILES = {"profile", "log-ins", "teams", "projects", "inbox", "acts", "messages", "issues", "filters", "files"}


def export_of(person):
    """Return the files of a person's export, read."""
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces_of(person)))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def read(files):
    return {name.removesuffix(".json"): json.loads(text) for name, text in files.items() if name.endswith(".json")}


def test_download_is_a_zip_of_json_after_step_up(world, client_for):
    client = client_for("developer")
    before = client.post(PAGE)
    step_up(client)

    response = client.post(PAGE)

    assert before.headers["Location"].startswith("/accounts/again/")
    assert response.headers["Content-Type"] == "application/zip"
    assert response.headers["Content-Disposition"].startswith(
        f'attachment; filename="plumbline-{world.developer.username}-'
    )
    assert response.headers["Cache-Control"] == "no-store, private"
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as archive:
        assert set(archive.namelist()) == {f"{name}.json" for name in FILES} | {"README.txt"}
    assert events_about(f"person:{world.developer.pk}").filter(kind="person.exported").count() == 1


def test_every_file_is_registered_once():
    assert set(exporters) == FILES


def test_download_is_not_made_endlessly(world, client_for):
    client = client_for("developer")
    step_up(client)

    answers = [client.post(PAGE).status_code for _number in range(6)]

    assert answers == [200] * 5 + [429]


def test_export_holds_what_is_theirs(world):
    said, title = canary("Said"), canary("Issue")
    create_issue(actor=world.developer, project=world.bug, title=title)
    post_message(actor=world.developer, thread=world.message("BUG").thread, body=said, client_id=uuid4())

    found = read(export_of(world.developer))

    assert found["profile"]["username"] == world.developer.username
    assert [row["email"] for row in found["log-ins"]["addresses"]] == [world.developer.email]
    assert {row["key"] for row in found["projects"]} == {"BUG", "TEAM", "INNER", "OPEN", "SHELF"}
    assert title in {row["title"] for row in found["issues"]}
    assert said in {row["text"] for row in found["messages"]}
    assert {row["kind"] for row in found["acts"]} >= {"issue.created", "message.posted"}


def test_export_holds_nothing_that_they_may_not_see_any_more(world):
    said, title = canary("Said"), canary("Issue")
    create_issue(actor=world.developer, project=world.bug, title=title)
    post_message(actor=world.developer, thread=world.message("BUG").thread, body=said, client_id=uuid4())
    before = "".join(export_of(world.developer).values())
    remove_member(actor=world.lead, project=world.bug, person=world.developer)

    after = "".join(export_of(world.developer).values())

    assert (said in before, title in before) == (True, True)
    assert (said in after, title in after, world.bug.name in after) == (False, False, False)


def test_export_holds_nothing_of_others(world):
    others = [world.lead, world.viewer, world.stranger, world.far_owner]

    text = "".join(export_of(world.developer).values())

    assert [person.email for person in others if person.email in text] == []
    assert world.message("QZFAR").body not in text


def test_export_holds_no_secret(world, client_for):
    secret, codes = with_app(world.developer), with_codes(world.developer)
    client = client_for("developer")

    text = "".join(export_of(world.developer).values())

    hidden = [secret, *codes, client.session.session_key, world.developer.password]
    assert [each for each in hidden if each in text] == []


def test_export_reads_many_rows_in_steps(world, monkeypatch):
    monkeypatch.setattr("accounts.exporting.STEP", 2)

    found = read(export_of(world.lead))

    numbers = [(row["project"], row["issue"], row["number"]) for row in found["messages"]]
    assert len(numbers) == len(set(numbers)) > 2
