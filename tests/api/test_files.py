"""Files over the API: sent, listed, read, changed and taken away, under the rules of the pages."""

import uuid
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest

from accounts.enums import Scope
from files.models import File
from files.services.checking import check_now
from projects.models import Project
from tests.api.calling import Script, data, error, everyone, script_of
from tests.api.judging import done, field_names, page_verdicts, rows_of, verdicts
from tests.factories import canary
from tests.files.sending import TEXT, announce, picture, send

pytestmark = pytest.mark.django_db
ALL = "/projects/BUG/files"
MEMBERS = {"viewer": 200, "developer": 200, "lead": 200, "administrator": 200}
LEADS = {"lead": 200, "administrator": 200}


def given(**changes):
    return {"name": "notes.txt", "size": len(TEXT), "client_id": str(uuid.uuid4())} | changes


def names(response):
    return [file["name"] for file in data(response)["items"]]


def transfer(started, content=TEXT):
    """Put the bytes as the answer says."""
    told = started["put"]
    with urlopen(Request(told["url"], data=content, headers=told["headers"], method=told["method"]), timeout=10):
        pass


def fetched(link):
    with urlopen(link["url"], timeout=10) as answer:
        return answer.read()


@pytest.mark.parametrize("key", ["BUG", "INNER", "OPEN", "QZFAR"])
@pytest.mark.parametrize("what", ["list", "one", "state", "download"])
def test_reading_has_the_verdicts_of_the_page(world, client_for, key, what):
    name = world.file(key).uuid
    said_at = {"list": "", "one": f"/{name}", "state": f"/{name}", "download": f"/{name}/download"}[what]
    shown_at = {"list": "", "one": f"{name}/view/", "state": f"{name}/state/", "download": f"{name}/"}[what]

    said = verdicts(world, lambda script: script.get(f"/projects/{key}/files{said_at}"))
    shown = page_verdicts(client_for, lambda browser: browser.get(f"/{key}/files/{shown_at}"))

    assert said | {"deactivated": 0} == shown | {"deactivated": 0}
    known = {"BUG": everyone(404, **MEMBERS), "INNER": everyone(200, anonymous=404), "OPEN": everyone(200)}
    assert said == known.get(key, everyone(404, administrator=200))


@pytest.mark.parametrize("place", ["project", "draft"])
def test_starting_has_the_verdicts_of_the_page(world, client_for, place):
    def at_page(browser):
        return browser.post("/BUG/files/start/", given(place=place), content_type="application/json")

    said = verdicts(world, lambda script: script.post(ALL, given(place=place)))
    shown = page_verdicts(client_for, at_page)

    expected = everyone(404, **LEADS, developer=200, viewer=403, anonymous=401)
    assert done(said) == shown | {"anonymous": 401, "deactivated": 401} == expected


def test_file_is_sent_all_the_way(world):
    script = script_of(world, "developer")

    started = data(script.post(ALL, given(place="issue", issue=5)), 201)
    transfer(started)
    path = f"{ALL}/{started['file']['uuid']}"
    finished = data(script.post(f"{path}/finish"), 202)
    early = error(script.get(f"{path}/download"), 409)
    check_now(File.objects.get(uuid=started["file"]["uuid"]))
    ready = data(script.get(path))
    link = data(script.get(f"{path}/download"))

    assert (started["file"]["state"], finished["state"], ready["state"]) == ("pending", "checking", "ready")
    assert (ready["issue"], ready["size"], ready["markdown"]) == (
        "BUG-5",
        len(TEXT),
        f"[notes.txt](/BUG/files/{ready['uuid']}/)",
    )
    assert early["code"] == "not_ready"
    assert fetched(link) == TEXT
    assert link["expires_in"] <= 60
    assert parse_qs(urlsplit(link["url"]).query)["X-Amz-Expires"] == ["60"]
    assert names(script_of(world, "viewer").get("/projects/BUG/issues/5/files")) == [
        "notes.txt",
        world.file("BUG-5").name,
    ]


def test_draft_hangs_on_the_message_that_brings_it(world):
    script = script_of(world, "developer")
    started = data(script.post(ALL, given(place="draft")), 201)
    transfer(started)
    data(script.post(f"{ALL}/{started['file']['uuid']}/finish"), 202)

    message = data(script.post("/projects/BUG/messages", {"body": "See", "files": [started["file"]["uuid"]]}), 201)

    assert data(script.get(f"{ALL}/{started['file']['uuid']}"))["message"] == message["id"]


def test_draft_hangs_on_the_issue_whose_text_names_it(world):
    script = script_of(world, "developer")
    started = data(script.post(ALL, given(place="draft")), 201)
    transfer(started)
    file = data(script.post(f"{ALL}/{started['file']['uuid']}/finish"), 202)

    issue = data(script.post("/projects/BUG/issues", {"title": "New", "description": file["markdown"]}), 201)

    assert data(script.get(f"{ALL}/{file['uuid']}"))["issue"] == issue["key"]


def test_second_try_finds_the_first(world):
    script, body = script_of(world, "developer"), given()

    first, again = data(script.post(ALL, body), 201), data(script.post(ALL, body), 201)

    assert first["file"] == again["file"]
    assert error(script.post(ALL, body | {"name": "other.txt"}), 422)["code"] == "key_reused"


@pytest.mark.parametrize(
    "changes",
    [
        {"size": 0},
        {"size": -1},
        {"size": 2**60},
        {"size": 26 * 2**20},
        {"name": ""},
        {"name": "n" * 5000},
        {"name": "evil.exe"},
        {"client_id": "x"},
        {"place": "message"},
        {"place": "avatar"},
        {"place": "icon"},
        {"place": "issue"},
        {"issue": 5},
        {"state": "ready"},
        {"uploader": 1},
        {"key": "incoming/x"},
    ],
)
def test_file_is_refused_as_by_the_page(world, changes):
    before = File.objects.count()

    error(script_of(world, "developer").post(ALL, given(**changes)), 422)

    assert File.objects.count() == before


@pytest.mark.parametrize("number", [7, 999])
def test_file_for_an_issue_that_is_not_there_is_refused(world, number):
    error(script_of(world, "developer").post(ALL, given(place="issue", issue=number)), 404)


def test_no_field_that_is_not_offered_can_be_written(world):
    before, offered = rows_of(File), {"name", "size", "client_id", "place", "issue"}

    body = dict.fromkeys(field_names() - offered, 1) | given()
    told = error(script_of(world, "developer").post(ALL, body), 422)

    assert rows_of(File) == before
    assert {"project", "uploader", "sha256", "type"} <= {name.rpartition(".")[2] for name in told["fields"]}


@pytest.mark.parametrize("act", ["finish", "cancel"])
def test_only_who_sends_a_file_says_what_becomes_of_it(world, act):
    file = announce(world.developer, world.bug, "mine.txt").file

    said = done(verdicts(world, lambda script: script.post(f"{ALL}/{file.uuid}/{act}")))

    # A file that is on its way is told to nobody else.
    assert said == everyone(404, developer=200, anonymous=401)


@pytest.mark.parametrize(
    ("method", "api", "page", "form"),
    [
        ("PATCH", "", "rename/", {"name": "else.txt"}),
        ("DELETE", "", "remove/", {}),
        ("POST", "/restore", "restore/", {}),
        ("POST", "/purge", "purge/", {}),
    ],
)
def test_changing_has_the_verdicts_of_the_page(world, client_for, method, api, page, form):
    name = world.file("BUG").uuid
    body = form or None if method != "POST" else {}

    said = verdicts(world, lambda script: script.send(method, f"{ALL}/{name}{api}", body))
    shown = page_verdicts(client_for, lambda browser: browser.post(f"/BUG/files/{name}/{page}", form))

    assert said == shown == everyone(404, **LEADS, developer=403, viewer=403, anonymous=401)


def test_uploader_changes_their_own(world):
    file, script = send(world.developer, world.bug, "mine.txt"), script_of(world, "developer")
    path = f"{ALL}/{file.uuid}"

    renamed = data(script.patch(path, {"name": "ours.txt"}))
    removed = data(script.delete(path))
    gone = error(script.get(f"{path}/download"), 410)
    restored = data(script.post(f"{path}/restore"))

    assert (renamed["name"], removed["removed_by"]["username"]) == ("ours.txt", world.developer.username)
    assert (gone["code"], restored["removed_at"]) == ("gone", None)
    error(script.post(f"{path}/purge"), 403)


def test_removed_files_are_told_to_who_may_restore_them(world):
    found = {
        persona: names(script_of(world, persona).get(f"{ALL}?removed=true"))
        for persona in ("viewer", "developer", "lead", "administrator")
    }

    name = world.file("BUG/removed").name
    assert found == {"viewer": [], "developer": [], "lead": [name], "administrator": [name]}
    path = f"{ALL}/{world.file('BUG/removed').uuid}"
    assert verdicts(world, lambda script: script.get(path)) == everyone(404, **LEADS)
    assert names(script_of(world, "anonymous").get("/projects/OPEN/files?removed=true")) == [world.file("OPEN").name]


def test_purged_file_is_gone(world):
    script, path = script_of(world, "lead"), f"{ALL}/{world.file('BUG').uuid}"

    data(script.post(f"{path}/purge"))

    error(script.get(path), 404)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("GET", "/download", None),
        ("PATCH", "", {"name": "else.txt"}),
        ("DELETE", "", None),
        ("POST", "/finish", {}),
        ("POST", "/cancel", {}),
        ("POST", "/restore", {}),
        ("POST", "/purge", {}),
    ],
)
def test_file_of_another_project_is_not_there(world, method, path, body):
    before = rows_of(File)

    for persona in ("lead", "administrator"):
        script = script_of(world, persona)
        foreign = error(script.send(method, f"{ALL}/{world.file('TEAM').uuid}{path}", body), 404)
        unknown = error(script.send(method, f"{ALL}/{uuid.uuid4()}{path}", body), 404)
        assert foreign == unknown
    assert rows_of(File) == before


def test_nobody_gets_an_address_to_what_they_may_not_read(world):
    outsiders = ("anonymous", "stranger", "removed", "deactivated", "far_owner")

    for place in ("BUG", "BUG-5", "TEAM", "BUG/removed"):
        file = world.file(place)
        for persona in outsiders:
            answer = script_of(world, persona).get(f"/projects/{place[:4].strip('-/5')}/files/{file.uuid}/download")
            assert answer.status_code in {401, 404}
            assert b"X-Amz" not in answer.content


def test_pictures_are_shown_in_forms(world):
    script, path = script_of(world, "viewer"), f"{ALL}/{world.file('BUG-5').uuid}/download"

    assert fetched(data(script.get(f"{path}?form=thumb")))[:4] == b"RIFF"
    error(script.get(f"{path}?form=original"), 422)
    error(script.get(f"{ALL}/{world.file('BUG').uuid}/download?form=thumb"), 404)


def test_files_are_found_by_name_kind_and_person(world):
    script = script_of(world, "viewer")

    assert names(script.get(f"{ALL}?kind=picture")) == [world.file("BUG-5").name]
    assert names(script.get(f"{ALL}?q={world.file('BUG').name[:10]}")) == [world.file("BUG").name]
    assert len(names(script.get(f"{ALL}?who={world.lead.username}"))) == 2
    assert names(script.get(f"{ALL}?who={world.far_owner.username}")) == []
    error(script.get(f"{ALL}?kind=virus"), 422)


def test_list_costs_as_much_for_many(world, assert_equal_queries):
    script = script_of(world, "lead")

    assert_equal_queries(lambda: data(script.get(ALL)), lambda: send(world.lead, world.bug, f"{canary('n')}.txt"))


def test_space_is_told(world):
    found = data(script_of(world, "viewer").get("/projects/BUG/space"))

    assert found["used"] == sum(File.objects.filter(project=world.bug).values_list("size", flat=True))


def test_icon_has_the_verdicts_of_the_page(world, client_for):
    body = {"name": "icon.png", "size": 100, "client_id": str(uuid.uuid4())}

    said = verdicts(world, lambda script: script.post("/projects/BUG/icon", body))
    removed = verdicts(world, lambda script: script.delete("/projects/BUG/icon"))
    shown = page_verdicts(client_for, lambda browser: browser.post("/BUG/settings/icon/remove/"))

    expected = everyone(404, **LEADS, developer=403, viewer=403, anonymous=401)
    assert done(said) == removed == shown == expected


@pytest.mark.parametrize(("base", "persona"), [("/projects/BUG/icon", "lead"), ("/me/avatar", "stranger")])
def test_picture_is_sent_put_in_place_and_taken_away(world, base, persona):
    script, content = script_of(world, persona), picture(300, 300)

    started = data(script.post(base, {"name": "p.png", "size": len(content), "client_id": str(uuid.uuid4())}), 201)
    transfer(started, content)
    path = f"{base}/{started['file']['uuid']}"
    data(script.post(f"{path}/finish"), 202)
    check_now(File.objects.get(uuid=started["file"]["uuid"]))
    told = script.get("/projects/BUG" if persona == "lead" else "/me")
    shown = data(told)["icon" if persona == "lead" else "picture"]
    data(script.delete(base))

    assert data(script_of(world, "lead").get("/projects/BUG"))["icon"] == ""
    assert str(started["file"]["uuid"]) in shown
    error(script_of(world, "viewer").get(path), 403 if persona == "lead" else 404)


def test_picture_is_no_program(world):
    body = {"name": "p.svg", "size": 100, "client_id": str(uuid.uuid4())}

    assert error(script_of(world, "lead").post("/projects/BUG/icon", body), 422)["code"] == "file_type"
    assert Project.objects.get(key="BUG").icon_id is None


def test_reading_scope_sends_nothing(world):
    script = Script(world.developer, Scope.FILES_READ)

    assert error(script.post(ALL, given()), 403)["code"] == "scope"
    assert len(names(script.get(ALL))) == 2
