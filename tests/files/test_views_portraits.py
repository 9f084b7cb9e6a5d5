"""Choosing a picture on one's own page and an icon in a project's settings, step by step as the page's script does."""

import json
import uuid

import pytest

from accounts.models import User
from files.models import File
from files.services.checking import check_now
from projects.models import Project
from tests.files.portraying import avatar, icon, on_its_way
from tests.files.sending import picture, put
from tests.projects.pages import soup, words

pytestmark = pytest.mark.django_db
ME, SETTINGS = "/me/avatar/", "/BUG/settings/icon/"


def post(browser, path, **fields):
    return browser.post(path, json.dumps(fields), content_type="application/json")


def start(browser, path, **changes):
    given = {"name": "face.png", "size": 100, "client_id": str(uuid.uuid4())} | changes
    return post(browser, f"{path}start/", **given)


class Signed:
    """What `put` needs of an answer to a start."""

    def __init__(self, answer):
        self.put = type("Put", (), answer["put"])


@pytest.mark.parametrize(("base", "page"), [(ME, "/me/"), (SETTINGS, "/BUG/settings/")])
def test_a_picture_is_sent_checked_and_shown(world, client_for, base, page):
    browser, content = client_for("lead"), picture(300, 200)

    begun = start(browser, base, size=len(content))
    answer = begun.json()
    put(Signed(answer), content)
    finished = post(browser, answer["finish"])
    waiting = soup(browser.get(page)).select_one("[data-portrait]")
    file = check_now(File.objects.get(uuid=answer["file"]["uuid"]))
    state = browser.get(answer["state"]).json()["file"]
    shown = soup(browser.get(page)).select_one("[data-portrait]")

    assert (begun.status_code, finished.status_code) == (201, 202)
    states = [told["state"] for told in (answer["file"], finished.json()["file"], state)]
    assert states == ["pending", "checking", "ready"]
    assert waiting["data-coming"] == str(file.uuid)
    assert "face.png is being checked." in waiting.get_text()
    assert waiting.select_one("img") is None
    image = shown.select_one("img")
    assert str(file.uuid) in image["src"]
    assert (image["alt"], image["loading"], image["width"], image["height"]) == ("", "lazy", "56", "56")
    assert not shown.has_attr("data-coming")
    assert browser.get(image["src"]).headers["Content-Type"] == "image/webp"


@pytest.mark.parametrize("base", [ME, SETTINGS])
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "notes.txt"}, "Choose a picture: PNG, JPEG, GIF or WebP."),
        ({"size": 6 * 1024 * 1024}, "The picture has 6\xa0MB; at most 5\xa0MB are accepted."),
        ({"size": "much"}, "size: Enter a whole number."),
    ],
)
def test_what_cannot_be_one_is_refused_in_words(client_for, base, changes, sentence):
    response = start(client_for("lead"), base, **changes)

    assert response.status_code == 422
    assert response.json()["error"] == sentence
    assert not File.objects.filter(place__in=["avatar", "icon"]).exists()


@pytest.mark.parametrize(("base", "page"), [(ME, "/me/"), (SETTINGS, "/BUG/settings/")])
def test_a_refusal_stands_on_the_page_until_it_is_dismissed(world, client_for, base, page):
    browser = client_for("lead")
    file = check_now(on_its_way(world.lead, None if base == ME else world.bug, b"none"))

    said = words(browser.get(page), "[data-portrait] .errors")
    dismissed = browser.post(f"{base}{file.uuid}/cancel/")

    assert said == "face.png: Its name says that it is a picture, but it is none. Rename it to what it is."
    assert (dismissed.status_code, dismissed.headers["Location"]) == (302, page)
    assert soup(browser.get(page)).select_one("[data-portrait] .errors") is None


def test_a_script_gives_up_what_it_sends(world, client_for):
    browser = client_for("viewer")
    answer = start(browser, ME).json()

    response = browser.post(answer["cancel"], headers={"Accept": "application/json"})

    assert (response.status_code, File.objects.filter(uploader=world.viewer).exists()) == (204, False)


@pytest.mark.parametrize(("base", "page"), [(ME, "/me/"), (SETTINGS, "/BUG/settings/")])
def test_remove_takes_the_picture_from_every_page(world, client_for, base, page):
    browser = client_for("lead")
    address = Project if base == SETTINGS else User
    file = icon(world.lead, world.bug) if base == SETTINGS else avatar(world.lead)
    assert str(file.uuid) in browser.get("/BUG/").content.decode()

    response = browser.post(f"{base}remove/")

    assert (response.status_code, response.headers["Location"]) == (302, page)
    assert str(file.uuid) not in browser.get("/BUG/").content.decode()
    assert not address.objects.filter(**{"icon" if base == SETTINGS else "avatar": file.uuid}).exists()


@pytest.mark.parametrize("step", ["finish", "cancel", "state"])
@pytest.mark.parametrize("persona", ["viewer", "lead", "administrator", "stranger"])
def test_nobody_else_reaches_a_picture_on_its_way(world, client_for, step, persona):
    coming = on_its_way(world.developer)
    browser, path = client_for(persona), f"{ME}{coming.uuid}/{step}/"

    response = browser.get(path) if step == "state" else post(browser, path)

    assert response.status_code == 404
    assert File.objects.get(pk=coming.pk).state == "checking"


@pytest.mark.parametrize(
    ("persona", "status"),
    [("lead", 201), ("administrator", 201), ("developer", 403), ("viewer", 403), ("stranger", 404), ("removed", 404),
     ("anonymous", 302), ("deactivated", 302)],
)  # fmt: skip
def test_icons_are_for_those_who_manage_the_project(world, client_for, persona, status):
    coming = on_its_way(world.lead, world.bug)
    browser = client_for(persona)
    done = {201: {"finish": 202, "cancel": 302, "remove": 302}}.get(status, {})

    assert start(browser, SETTINGS).status_code == status
    assert browser.get(f"{SETTINGS}{coming.uuid}/state/").status_code == {201: 200}.get(status, status)
    assert post(browser, f"{SETTINGS}{coming.uuid}/finish/").status_code == done.get("finish", status)
    assert browser.post(f"{SETTINGS}remove/").status_code == done.get("remove", status)
    assert File.objects.filter(pk=coming.pk).exists()
    assert browser.post(f"{SETTINGS}{coming.uuid}/cancel/").status_code == done.get("cancel", status)


@pytest.mark.parametrize("step", ["finish", "cancel", "state"])
def test_an_icon_is_not_found_below_another_project(world, client_for, step):
    coming = on_its_way(world.lead, world.team)
    browser, path = client_for("lead"), f"{SETTINGS}{coming.uuid}/{step}/"

    response = browser.get(path) if step == "state" else post(browser, path)

    assert response.status_code == 404


@pytest.mark.parametrize("persona", ["lead", "viewer"])
def test_an_icon_is_no_file_of_the_project(world, client_for, persona):
    file = icon(world.lead, world.bug)

    assert client_for(persona).get(f"/BUG/files/{file.uuid}/").status_code == 404
    assert client_for("lead").post(f"/BUG/files/{file.uuid}/remove/").status_code == 404


@pytest.mark.parametrize("persona", ["developer", "viewer"])
def test_settings_of_those_who_only_read_offer_no_icon(world, client_for, persona):
    on_its_way(world.lead, world.bug)

    assert soup(client_for(persona).get("/BUG/settings/")).select_one("[data-portrait]") is None
