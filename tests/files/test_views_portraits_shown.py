"""Where pictures and icons are shown, to whom, and for how long."""

import time
import uuid

import pytest

from chat.queries import room_of
from chat.services.messages import delete_message, post_message
from files import portraits, storage
from files.portraits import squares
from files.services.portraits import remove_avatar, remove_icon
from issues.services.editing import edit_issue
from issues.services.trash import delete_issue
from projects.enums import Role, Visibility
from projects.services.members import remove_member
from projects.services.projects import change_project, delete_project
from tests.factories import IssueFactory, PersonFactory, ProjectFactory, member
from tests.files.portraying import avatar, icon
from tests.files.sending import picture
from tests.projects.pages import soup

pytestmark = pytest.mark.django_db
FOR_GOOD = "private, max-age=31536000, immutable"


@pytest.fixture(autouse=True)
def forgotten():
    squares.clear()
    yield
    squares.clear()


def address(file):
    return f"/avatars/{file.uuid}/"


def test_the_bytes_are_the_workers_with_headers_for_good(world, client_for):
    file = avatar(world.lead, content=picture(300, 200))

    response = client_for("stranger").get(address(file))

    assert response.content == storage.read(file.form_key("square"), at_most=100_000)
    told = {
        name: response.headers[name] for name in ("Content-Type", "Cache-Control", "ETag", "X-Content-Type-Options")
    }
    assert told == {
        "Content-Type": "image/webp",
        "Cache-Control": FOR_GOOD,
        "ETag": f'"{file.uuid}"',
        "X-Content-Type-Options": "nosniff",
    }


def test_who_has_them_gets_304(world, client_for):
    file = avatar(world.lead)

    response = client_for("lead").get(address(file), headers={"If-None-Match": f'"{file.uuid}"'})

    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["Cache-Control"] == FOR_GOOD


@pytest.mark.parametrize(
    ("persona", "status"),
    [("far_owner", 200), ("administrator", 200), ("lead", 404), ("developer", 404), ("viewer", 404), ("stranger", 404),
     ("removed", 404), ("anonymous", 404)],
)  # fmt: skip
def test_who_is_in_private_projects_alone_is_seen_by_themselves_and_administrators(world, client_for, persona, status):
    file = avatar(world.far_owner)

    assert client_for(persona).get(address(file)).status_code == status


@pytest.mark.parametrize(
    ("visibility", "statuses"),
    [
        (Visibility.PRIVATE, (200, 404, 404)),
        (Visibility.INTERNAL, (200, 200, 404)),
        (Visibility.PUBLIC, (200, 200, 200)),
    ],
)
def test_members_of_a_project_are_seen_by_its_readers(world, client_for, visibility, statuses):
    project = ProjectFactory(visibility=visibility, actor=world.far_owner)
    person = member(project, Role.VIEWER)
    file = avatar(person)

    answers = [client_for(persona).get(address(file)).status_code for persona in ("far_owner", "stranger", "anonymous")]

    assert tuple(answers) == statuses


def test_members_are_seen_no_more_once_the_project_is_in_the_trash(world, client_for):
    project = ProjectFactory(actor=world.far_owner)
    file = avatar(member(project, Role.VIEWER))
    browser = client_for("far_owner")
    before = browser.get(address(file)).status_code

    delete_project(actor=world.far_owner, project=project, typed_key=project.key)

    assert (before, browser.get(address(file)).status_code) == (200, 404)


def test_who_has_left_is_seen_where_they_reported_or_wrote(world, client_for):
    project = ProjectFactory(actor=world.far_owner)
    reporter, writer, silent = [member(project, Role.DEVELOPER) for _each in range(3)]
    IssueFactory(project=project, actor=reporter)
    post_message(actor=writer, thread=room_of(project), body="Hello", client_id=uuid.uuid4())
    for person in (reporter, writer, silent):
        remove_member(actor=world.far_owner, project=project, person=person)
    files = [avatar(person) for person in (reporter, writer, silent)]

    seen = {
        persona: [client_for(persona).get(address(file)).status_code for file in files]
        for persona in ("far_owner", "stranger")
    }

    assert seen == {"far_owner": [200, 200, 404], "stranger": [404, 404, 404]}


@pytest.mark.parametrize("persona", ["anonymous", "deactivated"])
def test_guests_see_members_of_public_projects_and_nobody_else(world, client_for, persona):
    member_of_open, elsewhere = avatar(world.viewer), avatar(world.stranger)
    browser = client_for(persona)

    assert browser.get(address(member_of_open)).status_code == 200
    assert browser.get(address(elsewhere)).status_code == 404


def test_guests_see_members_no_more_when_the_project_is_no_longer_public(world, client_for):
    file, browser = avatar(world.viewer), client_for("anonymous")
    change_project(actor=world.lead, project=world.open, changes={"visibility": Visibility.INTERNAL})

    assert browser.get(address(file)).status_code == 404


def test_guests_see_members_no_more_when_the_project_is_in_the_trash(world, client_for):
    file, browser = avatar(world.viewer), client_for("anonymous")
    delete_project(actor=world.lead, project=world.open, typed_key="OPEN")

    assert browser.get(address(file)).status_code == 404


@pytest.mark.parametrize(("visibility", "status"), [(Visibility.PUBLIC, 200), (Visibility.PRIVATE, 404)])
def test_guests_see_who_reported_in_a_public_project_and_has_left(client_for, visibility, status):
    project = ProjectFactory(visibility=visibility)
    person = member(project, Role.DEVELOPER)
    issue = IssueFactory(project=project, actor=person)
    remove_member(actor=project.owner, project=project, person=person)
    file, browser = avatar(person), client_for("anonymous")
    shown = browser.get(address(file)).status_code
    delete_issue(actor=project.owner, issue=issue)

    assert shown == status
    assert browser.get(address(file)).status_code == 404


def test_guests_see_who_wrote_in_a_public_project_and_has_left(client_for):
    project = ProjectFactory(visibility=Visibility.PUBLIC)
    person = member(project, Role.DEVELOPER)
    said = post_message(actor=person, thread=room_of(project), body="Hello", client_id=uuid.uuid4())
    remove_member(actor=project.owner, project=project, person=person)
    file, browser = avatar(person), client_for("anonymous")
    shown = browser.get(address(file)).status_code
    delete_message(actor=project.owner, message=said)

    assert shown == 200
    assert browser.get(address(file)).status_code == 404


def test_a_picture_that_was_replaced_or_removed_is_gone(world, client_for):
    browser = client_for("viewer")
    first = avatar(world.lead)
    seen = browser.get(address(first)).status_code
    second = avatar(world.lead, content=picture(colour="red"))
    replaced = browser.get(address(first)).status_code, browser.get(address(second)).status_code
    remove_avatar(actor=world.lead)

    assert (seen, replaced) == (200, (404, 200))
    assert browser.get(address(second)).status_code == 404


def test_what_is_no_present_picture_is_not_found(world, client_for):
    file = icon(world.lead, world.bug)

    assert client_for("lead").get(address(file)).status_code == 404
    assert client_for("lead").get(f"/avatars/{uuid.uuid4()}/").status_code == 404


@pytest.mark.parametrize(
    ("key", "persona", "status"),
    [("BUG", "lead", 200), ("BUG", "viewer", 200), ("BUG", "stranger", 404), ("BUG", "removed", 404),
     ("BUG", "administrator", 200), ("INNER", "stranger", 200), ("OPEN", "anonymous", 200)],
)  # fmt: skip
def test_icons_are_for_the_projects_readers(world, client_for, key, persona, status):
    file = icon(world.lead, world.projects[key])

    assert client_for(persona).get(f"/{key}/icon/{file.uuid}/").status_code == status


def test_an_icon_is_at_its_own_project_only_and_gone_when_removed(world, client_for):
    file, browser = icon(world.lead, world.bug), client_for("lead")

    assert browser.get(f"/TEAM/icon/{file.uuid}/").status_code == 404
    remove_icon(actor=world.lead, project=world.bug)
    assert browser.get(f"/BUG/icon/{file.uuid}/").status_code == 404


def test_an_icon_of_a_project_in_the_trash_is_gone(world, client_for):
    file = icon(world.lead, world.bug)
    delete_project(actor=world.lead, project=world.bug, typed_key="BUG")

    assert client_for("lead").get(f"/BUG/icon/{file.uuid}/").status_code == 404


def test_an_address_with_an_old_key_leads_on(world, client_for):
    file = icon(world.lead, world.bug)
    change_project(actor=world.lead, project=world.bug, changes={"key": "DESK"})

    response = client_for("viewer").get(f"/BUG/icon/{file.uuid}/")

    assert (response.status_code, response.headers["Location"]) == (301, f"/DESK/icon/{file.uuid}/")


def test_a_storage_that_is_away_costs_one_short_wait(world, client_for, settings):
    first, second = avatar(world.lead), avatar(world.viewer)
    browser = client_for("lead")
    settings.S3_ENDPOINT_URL = "http://127.0.0.1:9"
    began = time.monotonic()

    answers = [browser.get(address(file)) for file in (first, second, first)]

    assert [(answer.status_code, answer.headers["Cache-Control"]) for answer in answers] == [(404, "no-store")] * 3
    assert time.monotonic() - began < 5
    assert browser.get("/me/").status_code == 200


def test_an_object_that_is_gone_does_not_hide_the_others(world, client_for):
    first, second = avatar(world.lead), avatar(world.viewer)
    storage.delete([first.form_key("square")])
    browser = client_for("lead")

    assert [browser.get(address(file)).status_code for file in (first, second)] == [404, 200]


def test_what_was_asked_for_last_is_kept_within_the_bound(monkeypatch):
    files = [avatar(PersonFactory(), content=picture(colour=colour)) for colour in ("red", "green", "blue")]
    sizes = [len(squares.get(file.uuid)) for file in files]
    monkeypatch.setattr(portraits, "KEPT_BYTES", sum(sizes) - 1)
    squares.clear()
    for file in (files[0], files[1], files[0], files[2]):
        squares.get(file.uuid)
    storage.delete([file.form_key("square") for file in files])

    assert [squares.get(file.uuid) is not None for file in files] == [True, False, True]


def test_a_card_that_a_process_keeps_shows_a_new_picture(world, client_for):
    browser = client_for("lead")
    browser.get("/BUG/")

    file = avatar(world.developer)

    card = soup(browser.get("/BUG/")).select_one("[data-issue='BUG-5'] .avatar")
    assert card.select_one("img")["src"] == address(file)
    assert card.get_text(strip=True) == world.developer.initials
    assert card["aria-label"] == world.developer.name


@pytest.mark.parametrize(
    ("path", "selector"),
    [
        ("/BUG/", "[data-issue] .avatar"),
        ("/BUG/issues/", "td .avatar"),
        ("/BUG-5/", "#issue-assignee .avatar"),
        ("/BUG/chat/", ".message .avatar"),
        ("/BUG/activity/", ".avatar"),
        ("/BUG/settings/members/", "#members .avatar"),
        ("/people/", ".list .avatar"),
        ("/me/", ".btn-face .avatar"),
        ("/my/", ".btn-face .avatar"),
    ],
)
def test_pages_show_the_picture_over_the_initials(world, client_for, path, selector):
    files = {address(avatar(world.lead)), address(avatar(world.developer))}

    faces = soup(client_for("lead").get(path)).select(selector)

    assert files & {image["src"] for face in faces for image in face.select("img")}


def test_scripts_are_told_the_picture(world, client_for):
    file = avatar(world.developer)

    people = client_for("lead").get("/BUG/threads/0/people/?q=dev").json()["people"]

    assert {person["username"]: person["picture"] for person in people}[world.developer.username] == address(file)


@pytest.mark.parametrize(
    ("path", "selector"),
    [("/BUG/", ".rail .tile img"), ("/TEAM/", ".rail .tile img"), ("/projects/", "#found .tile img"),
     ("/people/", "#found .tile img"), ("/BUG/settings/", "[data-portrait] .tile img")],
)  # fmt: skip
def test_pages_show_the_icon_over_the_letters(world, client_for, path, selector):
    file = icon(world.lead, world.bug)

    images = {image["src"] for image in soup(client_for("lead").get(path)).select(selector)}

    assert images == {f"/BUG/icon/{file.uuid}/"}


@pytest.mark.parametrize("path", ["/BUG/", "/BUG/issues/", "/BUG-5/", "/BUG/chat/", "/people/", "/projects/"])
def test_pages_ask_no_more_for_pictures(world, client_for, assert_equal_queries, path):
    browser = client_for("lead")
    people = iter([world.developer, world.lead])
    projects = iter([world.bug, world.team])

    def add():
        avatar(next(people))
        icon(world.lead, next(projects))
        browser.get(path)

    assert_equal_queries(lambda: browser.get(path), add)


def test_serving_one_costs_the_session_the_person_and_one_statement(world, client_for, django_assert_num_queries):
    file, browser = avatar(world.lead), client_for("viewer")
    browser.get(address(file))

    with django_assert_num_queries(3):
        browser.get(address(file))


def test_an_issue_of_before_shows_people_as_they_are(world, client_for):
    edit_issue(actor=world.lead, issue=world.issue("BUG-5"), changes={"title": "Now"})
    file = avatar(world.developer)

    assert address(file) in client_for("lead").get("/BUG-5/").content.decode()
