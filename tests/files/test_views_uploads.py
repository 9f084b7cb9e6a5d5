"""What the page's script says and hears while it sends a file: who may, what is refused, and every answer as JSON."""

import json
from uuid import uuid4

import pytest

from config.errors import DomainError
from files.models import File, ObjectDeletion
from files.services.uploads import finish_upload
from projects.enums import Role
from projects.services.members import change_role
from projects.services.projects import change_project
from tests.browsing import CheckedClient
from tests.files.sending import TEXT, announce, put, send

pytestmark = pytest.mark.django_db

START = "/BUG/files/start/"


def given(**changes):
    return {"name": "notes.txt", "size": len(TEXT), "client_id": str(uuid4()), "place": "project"} | changes


def start(client, path=START, **changes):
    return client.post(path, given(**changes), content_type="application/json")


def refused(answer):
    return answer.status_code, answer.json()["code"]


def test_the_answer_says_where_the_file_goes_and_what_to_call_then(world, client_for):
    answer = start(client_for("developer"))

    said = answer.json()
    file = File.objects.get(uuid=said["file"]["uuid"])
    path = f"/BUG/files/{file.uuid}/"
    assert answer.status_code == 201
    assert (file.place, file.uploader, file.project, file.state) == ("project", world.developer, world.bug, "pending")
    assert {step: said[step] for step in ("finish", "cancel", "state")} == {
        "finish": f"{path}finish/",
        "cancel": f"{path}cancel/",
        "state": f"{path}state/",
    }
    assert f"incoming/{file.uuid}?" in said["put"]["url"]
    assert said["put"]["headers"] == {"Content-Type": "text/plain"}
    html = said["file"].pop("html")
    assert f'id="file-{file.uuid}"' in html
    assert said["file"] == {
        "uuid": str(file.uuid),
        "name": "notes.txt",
        "size": len(TEXT),
        "kind": "text",
        "type": "text/plain",
        "state": "pending",
        "refusal": "",
        "url": path,
        "view": "",
        "thumb": "",
        "markdown": f"[notes.txt]({path})",
    }


def test_a_retry_finds_the_row_of_the_first_try(world, client_for):
    client, number = client_for("developer"), str(uuid4())

    first, again = start(client, client_id=number).json(), start(client, client_id=number).json()

    assert first["file"]["uuid"] == again["file"]["uuid"]
    assert again["put"]["url"]


def test_a_file_for_an_issue_hangs_on_it(world, client_for):
    answer = start(client_for("developer"), place="issue", issue=5)

    assert File.objects.get(uuid=answer.json()["file"]["uuid"]).issue == world.issue("BUG-5")


@pytest.mark.parametrize("number", [7, 999])
def test_an_issue_that_is_not_there_is_answered_as_json(world, client_for, number):
    answer = start(client_for("developer"), place="issue", issue=number)

    assert refused(answer) == (404, "not_found")


@pytest.mark.parametrize(
    ("persona", "place", "status"),
    [
        ("lead", "project", 201),
        ("lead", "draft", 201),
        ("developer", "issue", 201),
        ("developer", "draft", 201),
        ("viewer", "project", 403),
        ("viewer", "draft", 403),
        ("viewer", "issue", 403),
        ("stranger", "draft", 404),
        ("removed", "project", 404),
        ("administrator", "project", 201),
    ],
)
def test_who_may_send_what(world, client_for, persona, place, status):
    before = File.objects.count()

    answer = start(client_for(persona), place=place, issue=5 if place == "issue" else None)

    assert answer.status_code == status
    assert File.objects.count() - before == (1 if status == 201 else 0)
    assert answer.headers["Content-Type"] == "application/json"


def test_guests_are_sent_to_the_log_in(world, client):
    answer = start(client, "/OPEN/files/start/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/login/?next=/OPEN/files/start/")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null", b"\xff", b"[" * 100_000])
def test_what_is_no_json_object_is_400(world, client_for, body):
    answer = client_for("developer").generic("POST", START, body, content_type="application/json")

    assert refused(answer) == (400, "unreadable")
    assert answer.json()["error"] == "This page sent something that cannot be read. Reload it and try again."


def test_a_body_of_more_than_a_megabyte_is_413_and_no_error_of_ours(world, client_for, caplog):
    body = json.dumps(given(name="x" * 1_100_000))

    answer = client_for("developer").generic("POST", START, body, content_type="application/json")

    assert refused(answer) == (413, "too_long")
    assert answer.json()["error"] == "This page sent more than the site reads. Reload it and try again."
    assert [record for record in caplog.records if record.exc_info or record.levelname == "ERROR"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"name": None},
        {"name": 5},
        {"name": ["a.txt"]},
        {"name": "x" * 5000},
        {"size": "many"},
        {"size": -1},
        {"size": 2**60},
        {"client_id": "7"},
        {"place": "avatar"},
        {"place": "icon"},
        {"place": "message"},
        {"place": "issue"},
        {"issue": 5},
        {"place": "issue", "issue": -5},
        {"place": "issue", "issue": 2**40},
    ],
    ids=str,
)
def test_fields_that_make_no_sense_are_refused(world, client_for, changes):
    before = File.objects.count()

    answer = start(client_for("developer"), **changes)

    assert refused(answer) == (422, "invalid")
    assert File.objects.count() == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"size": 0}, "file_empty"),
        ({"size": 26 * 1024 * 1024}, "file_size"),
        ({"name": "run.exe"}, "file_type"),
        ({"name": " .. "}, "file_name"),
        ({"name": "\0\u202e"}, "file_name"),
    ],
)
def test_what_the_service_refuses_is_told_with_its_code(world, client_for, changes, code):
    answer = start(client_for("developer"), **changes)

    assert refused(answer) == (422, code)


@pytest.mark.parametrize(("setting", "code"), [("FILE_DAY_BYTES", "file_day"), ("FILE_PROJECT_BYTES", "file_project")])
def test_no_limit_is_passed(world, client_for, settings, setting, code):
    setattr(settings, setting, 10)

    answer = start(client_for("developer"))

    assert refused(answer) == (422, code)


def test_without_a_storage_nothing_is_begun(world, client_for, settings):
    settings.S3_BUCKET = ""

    assert refused(start(client_for("developer"))) == (422, "no_storage")


@pytest.mark.parametrize("path", ["/BUG/files/", "/BUG-1/"])
def test_without_a_storage_pages_say_so_and_offer_nothing(world, client_for, settings, path):
    settings.S3_BUCKET = ""

    page = client_for("developer").get(path).content.decode()

    assert ("There is no file storage here" in page, "data-drop" in page) == (True, False)


def test_a_post_without_its_token_is_answered_as_json(world):
    client = CheckedClient(enforce_csrf_checks=True)
    client.force_login(world.developer, backend="allauth.account.auth_backends.AuthenticationBackend")

    answer = start(client)

    assert refused(answer) == (403, "csrf")


def test_finishing_has_the_file_checked_and_may_be_said_twice(world, client_for):
    client, started = client_for("developer"), announce(world.developer, world.bug, "notes.txt")
    put(started)

    first, again = (client.post(f"/BUG/files/{started.file.uuid}/finish/") for _time in range(2))
    state = client.get(f"/BUG/files/{started.file.uuid}/state/")

    assert (first.status_code, again.status_code, state.status_code) == (202, 202, 200)
    assert [each.json()["file"]["state"] for each in (first, again, state)] == ["checking"] * 3


def test_the_state_is_told_under_a_former_key(world, client_for):
    file = send(world.developer, world.bug, "notes.txt")
    change_project(actor=world.lead, project=world.bug, changes={"key": "NEW"})

    answer = client_for("viewer").get(f"/BUG/files/{file.uuid}/state/")
    hidden = client_for("stranger").get(f"/BUG/files/{file.uuid}/state/")

    assert (answer.status_code, answer.headers["Location"]) == (301, f"/NEW/files/{file.uuid}/state/")
    assert refused(hidden) == (404, "not_found")


def test_the_state_of_a_refused_file_says_why(world, client_for):
    file = send(world.developer, world.bug, "photo.png", b"no picture at all")

    said = client_for("developer").get(f"/BUG/files/{file.uuid}/state/").json()["file"]

    assert (said["state"], said["view"]) == ("refused", "")
    assert said["refusal"] == "Its name says that it is a picture, but it is none. Rename it to what it is."


def test_cancelling_leaves_nothing(world, client_for):
    file = announce(world.developer, world.bug, "notes.txt").file

    answer = client_for("developer").post(f"/BUG/files/{file.uuid}/cancel/")

    assert (answer.status_code, answer.content) == (204, b"")
    assert not File.objects.filter(pk=file.pk).exists()
    assert ObjectDeletion.objects.filter(key=file.incoming_key).exists()


def test_what_has_arrived_is_not_cancelled(world, client_for):
    answer = client_for("lead").post(f"/BUG/files/{world.file('BUG').uuid}/cancel/")

    assert refused(answer) == (422, "arrived")


@pytest.mark.parametrize("step", ["finish", "cancel"])
@pytest.mark.parametrize("persona", ["lead", "viewer", "administrator"])
def test_only_who_sends_a_file_goes_on_with_it(world, client_for, step, persona):
    file = announce(world.developer, world.bug, "notes.txt").file

    answer = client_for(persona).post(f"/BUG/files/{file.uuid}/{step}/")

    assert refused(answer) == (404, "not_found")
    assert File.objects.get(pk=file.pk).state == "pending"


@pytest.mark.parametrize("step", ["finish", "cancel"])
def test_who_may_not_add_files_any_more_does_not_go_on(world, client_for, step):
    file = announce(world.developer, world.bug, "notes.txt").file
    change_role(actor=world.lead, project=world.bug, person=world.developer, role=Role.VIEWER)

    answer = client_for("developer").post(f"/BUG/files/{file.uuid}/{step}/")

    assert refused(answer) == (403, "permission")


@pytest.mark.parametrize("step", ["finish", "cancel", "state"])
def test_a_draft_is_there_for_its_uploader_alone(world, client_for, step):
    file = announce(world.developer, world.bug, "notes.txt", place="draft").file
    method = "get" if step == "state" else "post"

    answers = {who: getattr(client_for(who), method)(f"/BUG/files/{file.uuid}/{step}/") for who in ("lead", "viewer")}

    assert {who: refused(answer) for who, answer in answers.items()} == dict.fromkeys(answers, (404, "not_found"))


def test_a_file_of_another_project_is_not_found(world, client_for):
    answer = client_for("lead").post(f"/BUG/files/{world.file('TEAM').uuid}/finish/")

    assert refused(answer) == (404, "not_found")


def test_a_finish_after_the_removal_of_its_row_is_told(world):
    file = announce(world.developer, world.bug, "notes.txt").file
    File.objects.filter(pk=file.pk).delete()

    with pytest.raises(DomainError, match="not there any more"):
        finish_upload(actor=world.developer, file=file)
