"""Getting a file: who is sent to the storage, with what kind of address, for how long; and what is said otherwise."""

import logging
import time
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from chat.queries import room_of
from chat.services.messages import delete_message, post_message
from files import storage
from files.services.keeping import purge_file, remove_file
from files.services.uploads import finish_upload
from issues.services.trash import delete_issue
from projects.services.members import remove_member
from projects.services.projects import change_project, delete_project
from tests.files.sending import TEXT, announce, picture, put, send, send_to
from tests.files.wire import ask, unsigned

pytestmark = pytest.mark.django_db

PLACES = ("", "raw/", "thumb/", "screen/")


def path_of(file, place=""):
    return f"/{file.project.key}/files/{file.uuid}/{place}"


def query_of(answer):
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def followed(answer):
    assert answer.status_code == 302
    return ask("GET", answer.headers["Location"])


def test_a_download_leads_to_the_very_bytes_to_be_saved(world, client_for):
    file = send(world.lead, world.bug, "Bericht für Ana.txt", "Größe\n".encode())

    answer = client_for("viewer").get(path_of(file))
    said = followed(answer)

    assert (said.status, said.body) == (200, "Größe\n".encode())
    assert said.headers["content-type"] == "text/plain"
    assert said.headers["content-disposition"] == (
        "attachment; filename=\"Bericht f_r Ana.txt\"; filename*=UTF-8''Bericht%20f%C3%BCr%20Ana.txt"
    )
    assert said.headers["x-content-type-options"] == "nosniff"
    assert said.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


@pytest.mark.parametrize("place", PLACES)
def test_the_address_is_good_for_a_minute_and_nothing_on_the_way_keeps_it(world, client_for, place):
    file = world.file("BUG-5" if place in {"thumb/", "screen/"} else "BUG")

    answer = client_for("viewer").get(path_of(file, place))

    assert int(query_of(answer)["X-Amz-Expires"]) <= 60
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.content == b""


@pytest.mark.parametrize(("place", "side"), [("thumb/", 320), ("screen/", 1600)])
def test_pictures_are_shown_as_what_the_worker_made_of_them(world, client_for, place, side):
    file = send(world.lead, world.bug, "large.jpg", picture(2000, 1000, "JPEG"))

    said = followed(client_for("viewer").get(path_of(file, place)))

    made = file.renditions.get(form=place.strip("/"))
    assert (said.status, said.headers["content-type"]) == (200, "image/webp")
    assert said.headers["content-disposition"].startswith("inline;")
    assert (max(made.width, made.height), len(said.body)) == (side, made.size)
    assert said.body[8:12] == b"WEBP"


def test_a_text_is_opened_as_plain_text_alone(world, client_for):
    said = followed(client_for("viewer").get(path_of(world.file("BUG"), "raw/")))

    assert said.headers["content-type"] == "text/plain; charset=utf-8"
    assert said.headers["content-disposition"].startswith("inline;")


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("offer.pdf", b"%PDF-1.7 and so on", "raw/"),
        ("page.html", b"<script>alert(1)</script>", "raw/"),
        ("logo.svg", b"<svg onload='alert(1)'/>", "raw/"),
        ("logo.svg", b"<svg onload='alert(1)'/>", "screen/"),
        ("notes.txt", TEXT, "thumb/"),
        ("photo.png", picture(), "raw/"),
    ],
)
def test_nothing_else_is_opened(world, client_for, name, content, place):
    file = send(world.lead, world.bug, name, content)

    assert client_for("lead").get(path_of(file, place)).status_code == 404


@pytest.mark.parametrize("place", PLACES)
def test_head_answers_as_get_does(world, client_for, place):
    file = world.file("BUG-5" if place in {"thumb/", "screen/"} else "BUG")

    answer = client_for("viewer").head(path_of(file, place))

    assert (answer.status_code, answer.headers["Cache-Control"]) == (302, "no-store")


EVERYWHERE = [*PLACES, "view/", "menu/", "state/"]
OTHERS = ("viewer", "developer", "stranger", "removed")


def refusals(client_for, file, place, personas):
    """Return the statuses that people get, once it is sure that no 404 tells the file's name."""
    answers = {who: client_for(who).get(path_of(file, place)) for who in personas}
    assert not [who for who, said in answers.items() if said.status_code == 404 and file.name in said.content.decode()]
    return {who: said.status_code for who, said in answers.items()}


@pytest.mark.parametrize("place", [*PLACES, "view/"])
def test_a_file_that_is_being_checked_says_so_to_its_uploader(world, client_for, place):
    file = announce(world.lead, world.bug, "notes.txt").file

    answer = client_for("lead").get(path_of(file, place))

    assert answer.status_code == 409
    assert "notes.txt is being checked" in answer.content.decode()
    assert "Location" not in answer.headers


@pytest.mark.parametrize("place", [*PLACES, "view/"])
def test_a_refused_file_says_why_to_its_uploader(world, client_for, place):
    file = send(world.lead, world.bug, "photo.png", b"no picture")

    answer = client_for("lead").get(path_of(file, place))

    assert answer.status_code == 410
    assert "Its name says that it is a picture, but it is none." in answer.content.decode()


@pytest.mark.parametrize("place", EVERYWHERE)
@pytest.mark.parametrize("is_refused", [False, True], ids=["checking", "refused"])
def test_nobody_else_knows_of_what_is_not_ready(world, client_for, place, is_refused):
    if is_refused:
        file = send(world.developer, world.bug, "canary.png", b"no picture")
    else:
        file = announce(world.developer, world.bug, "canary.png").file

    assert refusals(client_for, file, place, ("lead", "viewer", "stranger", "administrator")) == {
        "lead": 404, "viewer": 404, "stranger": 404, "administrator": 404,
    }  # fmt: skip


def test_guests_know_nothing_of_what_is_not_ready_or_removed(world, client_for):
    coming, gone = announce(world.lead, world.projects["OPEN"], "canary.png").file, world.file("OPEN/removed")

    answers = [refusals(client_for, file, place, ["anonymous"]) for file in (coming, gone) for place in EVERYWHERE]

    assert answers == [{"anonymous": 404}] * 2 * len(EVERYWHERE)


@pytest.mark.parametrize("place", [*PLACES, "view/"])
def test_readers_of_a_message_know_that_its_file_is_being_checked(world, client_for, place):
    started = announce(world.developer, world.bug, "notes.txt", place="draft")
    put(started)
    file = finish_upload(actor=world.developer, file=started.file)
    post_message(actor=world.developer, thread=room_of(world.bug), body="", client_id=uuid4(), files=[file.uuid])

    assert refusals(client_for, file, place, ("viewer", "lead", "stranger")) == {
        "viewer": 409, "lead": 409, "stranger": 404,
    }  # fmt: skip


@pytest.mark.parametrize("place", [*PLACES, "view/"])
def test_a_removed_file_says_who_removed_it_to_who_may_bring_it_back(world, client_for, place):
    file, own = world.file("BUG/removed"), send(world.developer, world.bug, "own.txt")
    remove_file(actor=world.lead, file=own)

    readers = [client_for("lead").get(path_of(file, place)), client_for("administrator").get(path_of(file, place))]

    for answer in readers:
        assert answer.status_code == 410
        assert f"{file.name} was removed" in answer.content.decode()
        assert world.lead.name in answer.content.decode()
        assert "3 Mar 2025" in answer.content.decode()
    assert client_for("developer").get(path_of(own, place)).status_code == 410


@pytest.mark.parametrize("place", EVERYWHERE)
def test_nobody_else_knows_of_a_removed_file(world, client_for, place):
    assert refusals(client_for, world.file("BUG/removed"), place, OTHERS) == dict.fromkeys(OTHERS, 404)


def test_a_script_gets_the_part_that_says_it(world, client_for):
    answer = client_for("lead").get(path_of(world.file("BUG/removed"), "view/"), htmx=True)

    assert (answer.status_code, b"<html" in answer.content) == (410, False)


@pytest.mark.parametrize("place", [*PLACES, "view/", "menu/", "state/"])
def test_what_was_removed_for_good_is_not_there(world, client_for, place):
    purge_file(actor=world.lead, file=world.file("BUG"))

    assert client_for("lead").get(path_of(world.file("BUG"), place)).status_code == 404


@pytest.mark.parametrize("place", [*PLACES, "view/", "menu/", "state/"])
def test_a_draft_is_there_for_its_uploader_alone(world, client_for, place):
    file = send(world.developer, world.bug, "draft.png", picture(), place="draft")

    own, others = client_for("developer").get(path_of(file, place)), client_for("lead").get(path_of(file, place))

    assert own.status_code == (404 if place == "raw/" else 302 if place in PLACES else 200)
    assert others.status_code == 404


def test_files_of_an_issue_in_the_trash_are_not_there(world, client_for):
    delete_issue(actor=world.lead, issue=world.issue("BUG-5"))

    answers = {place: client_for("lead").get(path_of(world.file("BUG-5"), place)).status_code for place in PLACES}

    assert answers == dict.fromkeys(PLACES, 404)


def test_files_of_a_deleted_message_are_not_there(world, client_for):
    file = send(world.developer, world.bug, "notes.txt", place="draft")
    message = post_message(
        actor=world.developer, thread=room_of(world.bug), body="", client_id=uuid4(), files=[file.uuid]
    )
    before = client_for("viewer").get(path_of(file)).status_code

    delete_message(actor=world.developer, message=message)

    assert (before, client_for("viewer").get(path_of(file)).status_code) == (302, 404)


def test_files_of_a_deleted_project_are_not_there(world, client_for):
    delete_project(actor=world.lead, project=world.bug, typed_key="BUG")

    assert client_for("lead").get(path_of(world.file("BUG"))).status_code == 404


@pytest.mark.parametrize("place", [*PLACES, "view/"])
def test_a_former_key_leads_on(world, client_for, place):
    file = world.file("BUG-5")
    change_project(actor=world.lead, project=world.bug, changes={"key": "DESK"})

    answer = client_for("viewer").get(f"/BUG/files/{file.uuid}/{place}")

    assert (answer.status_code, answer.headers["Location"]) == (301, f"/DESK/files/{file.uuid}/{place}")


def test_links_stop_with_the_membership(world, client_for):
    """At once where they are asked for; and what was signed before is dead after a minute."""
    client = client_for("viewer")
    before = client.get(path_of(world.file("BUG")))

    remove_member(actor=world.lead, project=world.bug, person=world.viewer)

    after = {place: client.get(path_of(world.file("BUG"), place)).status_code for place in (*PLACES, "view/", "state/")}
    assert before.status_code == 302
    assert int(query_of(before)["X-Amz-Expires"]) <= 60
    assert after == dict.fromkeys(after, 404)


def test_links_stop_with_the_removal(world, client_for):
    remove_file(actor=world.lead, file=world.file("BUG"))

    assert client_for("lead").get(path_of(world.file("BUG"))).status_code == 410
    assert client_for("viewer").get(path_of(world.file("BUG"))).status_code == 404


def test_a_signed_address_dies_in_time(world):
    file = world.file("BUG")
    link = storage.sign_get(file.key, type=file.type, name=file.name, seconds=1)
    fresh = ask("GET", link)

    time.sleep(2.1)

    assert (fresh.status, ask("GET", link).is_refused) == (200, True)


def test_the_bucket_answers_nobody_without_a_signature(world, client_for):
    link = client_for("viewer").get(path_of(world.file("BUG"))).headers["Location"]
    bucket = unsigned(link).partition("/plumbline/")[0] + "/plumbline/"

    answers = [ask("GET", unsigned(link)), ask("GET", bucket), ask("GET", f"{bucket}?list-type=2"), ask("HEAD", bucket)]

    assert [answer.is_refused for answer in answers] == [True] * 4
    assert not any(str(world.file("BUG").uuid).encode() in answer.body for answer in answers[1:])


def test_guests_read_the_files_of_public_projects_alone(world, client):
    answers = {key: client.get(path_of(world.file(key))).status_code for key in ("OPEN", "INNER", "BUG", "QZFAR")}

    assert answers == {"OPEN": 302, "INNER": 404, "BUG": 404, "QZFAR": 404}


def test_no_signature_is_logged(world, client_for, caplog):
    caplog.set_level(logging.INFO)
    client = client_for("lead")

    for place in (*PLACES, "view/"):
        client.get(path_of(world.file("BUG-5"), place))
    client.post(
        "/BUG/files/start/",
        {"name": "a.txt", "size": 5, "client_id": str(uuid4()), "place": "draft"},
        content_type="application/json",
    )

    lines = [record.getMessage() for record in caplog.records]
    assert any("/BUG/files/start/ 201" in line for line in lines)
    assert [line for line in lines if "Amz" in line or "Signature" in line] == []
    assert logging.getLogger("botocore").getEffectiveLevel() >= logging.WARNING


@pytest.mark.parametrize("place", ["view/", "menu/"])
def test_no_page_holds_a_signature(world, client_for, place):
    for file in (world.file("BUG"), world.file("BUG-5")):
        assert "X-Amz" not in client_for("lead").get(path_of(file, place)).content.decode()


def test_access_is_asked_before_anything_is_signed(world, monkeypatch, client_for):
    """Of a file that the person may not read, not even the uuid tells whether it is there."""
    monkeypatch.setattr(storage, "sign_get", lambda *args, **more: pytest.fail("signed"))
    client = client_for("stranger")

    known, unknown = client.get(path_of(world.file("BUG"))), client.get(f"/BUG/files/{uuid4()}/")

    assert (known.status_code, unknown.status_code) == (404, 404)


def test_a_file_is_found_below_its_own_project_alone(world, client_for):
    file = send_to(world.issue("TEAM-1"), "notes.txt")

    assert client_for("viewer").get(f"/BUG/files/{file.uuid}/").status_code == 404
