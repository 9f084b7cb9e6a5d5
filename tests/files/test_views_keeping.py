"""Renaming, removing, restoring and purging, by scripts and plain forms, by everyone in every relation."""

import json

import pytest
from bs4 import BeautifulSoup

from files.models import File, ObjectDeletion
from files.services.keeping import remove_file
from issues.services.trash import delete_issue
from projects.enums import Role
from projects.services.members import change_role
from tests.files.sending import announce, send, send_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(world):
    """A file of the developer."""
    return send(world.developer, world.bug, "report.txt")


def path_of(file, step):
    return f"/BUG/files/{file.uuid}/{step}/"


def now(file):
    return File.objects.get(pk=file.pk)


WHO = [("lead", True), ("developer", True), ("administrator", True), ("viewer", False)]


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
@pytest.mark.parametrize(("persona", "may"), WHO)
def test_uploader_and_leads_rename(world, client_for, file, persona, may, htmx):
    answer = client_for(persona).post(path_of(file, "rename"), {"name": "results.txt"}, htmx=htmx)

    assert now(file).name == ("results.txt" if may else "report.txt")
    assert answer.status_code == (403 if not may else 204 if htmx else 302)
    if may and htmx:
        assert json.loads(answer.headers["HX-Trigger"]) == {"file-changed": {"file": str(file.uuid), "gone": False}}
    if may and not htmx:
        assert answer.headers["Location"] == "/BUG/files/"


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
@pytest.mark.parametrize(("persona", "may"), WHO)
def test_uploader_and_leads_remove(world, client_for, file, persona, may, htmx):
    answer = client_for(persona).post(path_of(file, "remove"), htmx=htmx)

    assert (now(file).removed_at is not None) == may
    assert now(file).removed_by == (world.person(persona) if may else None)
    assert answer.status_code == (403 if not may else 200 if htmx else 302)


def test_a_removal_takes_the_card_off_the_page_and_offers_to_undo_it(world, client_for, file):
    answer = client_for("developer").post(path_of(file, "remove"), htmx=True)

    page = BeautifulSoup(answer.content, "html.parser")
    assert page.select_one(f"#file-{file.uuid}")["hx-swap-oob"] == "delete"
    assert page.select_one("#toasts form")["action"] == path_of(file, "restore")
    assert json.loads(answer.headers["HX-Trigger"]) == {"file-changed": {"file": str(file.uuid), "gone": True}}


def test_a_plain_removal_offers_to_undo_it_on_the_page_that_follows(world, client_for, file):
    page = client_for("developer").post(path_of(file, "remove"), follow=True)

    assert b"report.txt was removed." in page.content
    undo = BeautifulSoup(page.content, "html.parser").select_one("#toasts form")
    assert undo["action"] == path_of(file, "restore")


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
@pytest.mark.parametrize(("persona", "may"), WHO)
def test_uploader_and_leads_restore(world, client_for, file, persona, may, htmx):
    remove_file(actor=world.developer, file=file)

    answer = client_for(persona).post(path_of(file, "restore"), htmx=htmx)

    assert (now(file).removed_at is None) == may
    assert answer.status_code == (404 if not may else 204 if htmx else 302)


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
@pytest.mark.parametrize(
    ("persona", "may"), [("lead", True), ("administrator", True), ("developer", False), ("viewer", False)]
)
def test_leads_remove_for_good(world, client_for, file, persona, may, htmx):
    answer = client_for(persona).post(path_of(file, "purge"), htmx=htmx)

    assert (now(file).purged_at is not None) == may
    assert ObjectDeletion.objects.filter(key=file.key).exists() == may
    assert answer.status_code == (403 if not may else 200 if htmx else 302)


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
@pytest.mark.parametrize(
    ("persona", "may"), [("lead", True), ("administrator", True), ("developer", False), ("viewer", False)]
)
@pytest.mark.parametrize("is_removed", [False, True], ids=["standing", "removed"])
def test_leads_remove_for_good_what_is_on_an_issue_in_the_trash(world, client_for, persona, may, htmx, is_removed):
    file = send_to(world.issue("BUG-6"), "report.txt", actor=world.developer)
    if is_removed:
        remove_file(actor=world.developer, file=file)
    delete_issue(actor=world.lead, issue=world.issue("BUG-6"))
    client = client_for(persona)

    asked, answer = (getattr(client, method)(path_of(file, "purge"), htmx=htmx) for method in ("get", "post"))

    assert (asked.status_code, answer.status_code) == ((200, 200 if htmx else 302) if may else (404, 404))
    assert (now(file).purged_at is not None) == may
    assert ObjectDeletion.objects.filter(key=file.key).exists() == may


@pytest.mark.parametrize("step", ["rename", "remove", "restore"])
def test_what_is_on_an_issue_in_the_trash_is_not_changed_otherwise(world, client_for, step):
    file = send_to(world.issue("BUG-6"), "report.txt")
    delete_issue(actor=world.lead, issue=world.issue("BUG-6"))
    client = client_for("lead")

    answer, read = client.post(path_of(file, step), {"name": "results.txt"}), client.get(f"/BUG/files/{file.uuid}/")

    assert (answer.status_code, read.status_code) == (404, 404)
    assert (now(file).name, now(file).removed_at) == ("report.txt", None)


@pytest.mark.parametrize("step", ["rename", "remove", "restore", "purge"])
@pytest.mark.parametrize(("persona", "status"), [("stranger", 404), ("removed", 404), ("anonymous", 302)])
def test_who_may_not_see_the_project_meets_nothing(world, client_for, file, step, persona, status):
    answer = client_for(persona).post(path_of(file, step), {"name": "results.txt"})

    assert answer.status_code == status
    assert b"report" not in answer.content
    assert (now(file).name, now(file).removed_at) == ("report.txt", None)


@pytest.mark.parametrize("step", ["rename", "remove", "restore"])
def test_an_uploader_who_became_a_viewer_changes_nothing(world, client_for, file, step):
    change_role(actor=world.lead, project=world.bug, person=world.developer, role=Role.VIEWER)

    answer = client_for("developer").post(path_of(file, step), {"name": "results.txt"})

    assert (answer.status_code, now(file).name, now(file).removed_at) == (403, "report.txt", None)


@pytest.mark.parametrize("name", ["", "   ", "run.exe", "x" * 201, "/"])
@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_a_refused_name_stays_in_the_form(world, client_for, file, name, htmx):
    answer = client_for("developer").post(path_of(file, "rename"), {"name": name}, htmx=htmx)

    page = BeautifulSoup(answer.content, "html.parser")
    assert (answer.status_code, now(file).name) == (422, "report.txt")
    assert page.select_one("dialog input[name=name]").get("value", "") == name
    assert page.select_one("dialog .errors")
    if htmx:
        assert answer.headers["HX-Retarget"] == "#dialogs"


@pytest.mark.parametrize("step", ["rename", "purge"])
@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_the_question_is_a_page_and_a_dialog(world, client_for, file, step, htmx):
    answer = client_for("lead").get(path_of(file, step), htmx=htmx)

    page = BeautifulSoup(answer.content, "html.parser")
    assert (answer.status_code, bool(page.select("html"))) == (200, not htmx)
    assert page.select_one("dialog form.form")["action"] == path_of(file, step)
    assert page.select_one("dialog form.form").has_attr("hx-post") == htmx
    assert page.select_one("dialog form.form").get("hx-swap") == ("none" if htmx else None)


def test_who_is_sent_back_stays_on_this_site(world, client_for, file):
    client = client_for("developer")

    inside = client.post(path_of(file, "remove"), {"next": "/BUG/files/?removed=1"})
    outside = client.post(path_of(file, "restore"), {"next": "https://elsewhere.example/"})

    assert inside.headers["Location"] == "/BUG/files/?removed=1"
    assert outside.headers["Location"] == "/BUG/files/"


@pytest.mark.parametrize("step", ["remove", "purge"])
def test_what_is_still_coming_is_let_come(world, client_for, step):
    coming = announce(world.lead, world.bug, "coming.txt").file

    answer = client_for("lead").post(path_of(coming, step))

    assert answer.status_code == 422
    assert "coming.txt is still being checked. Wait a moment." in answer.content.decode()


@pytest.mark.parametrize("step", ["remove", "restore"])
def test_twice_is_as_good_as_once(world, client_for, file, step):
    if step == "restore":
        remove_file(actor=world.developer, file=file)
    client = client_for("developer")

    answers = [client.post(path_of(file, step)).status_code for _time in range(2)]

    assert answers == [302, 302]
    assert (now(file).removed_at is None) == (step == "restore")
