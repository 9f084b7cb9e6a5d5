"""A person's own page."""

import pytest

from accounts.models import User
from notifications.queries import events_about
from tests.projects.pages import soup, words

PAGE = "/me/"


def form(**changes):
    return {"display_name": "Ana Lima", "time_zone": "Europe/Lisbon", "language": "en"} | changes


@pytest.mark.parametrize("persona", ["lead", "stranger", "administrator"])
def test_profile_shows_the_person_and_their_teams(world, client_for, persona):
    person = world.person(persona)

    said = words(client_for(persona).get(PAGE), "#main")

    assert all(text in said for text in (person.name, f"@{person.username}", person.email, person.teams.get().name))


def test_profile_shows_the_face_of_its_own_person_to_each(world, client_for):
    people = [world.lead, world.viewer, world.stranger]

    faces = [soup(client_for(person).get(PAGE)).select_one("#main .avatar") for person in people]

    assert [(face.get_text(), face["data-h"]) for face in faces] == [(p.initials, str(p.hue)) for p in people]


@pytest.mark.parametrize("persona", ["anonymous", "deactivated"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_profile_asks_to_log_in(client_for, persona, method):
    response = getattr(client_for(persona), method)(PAGE)

    assert (response.status_code, response.headers["Location"]) == (302, f"/accounts/login/?next={PAGE}")


def test_change_saves_and_is_in_the_log(world, client_for):
    response = client_for("viewer").post(PAGE, form())

    person = User.objects.get(pk=world.viewer.pk)
    assert (response.status_code, response.headers["Location"]) == (302, PAGE)
    assert (person.display_name, person.time_zone, person.language) == ("Ana Lima", "Europe/Lisbon", "en")
    event = events_about(f"person:{person.pk}").filter(kind="person.changed").get()
    assert (event.actor, set(event.data["changes"])) == (person, {"display_name", "time_zone"})


def test_change_of_one_person_touches_no_other(world, client_for):
    client_for("viewer").post(PAGE, form(pk=world.lead.pk, username="taken"))

    assert User.objects.get(pk=world.lead.pk).display_name == world.lead.display_name
    assert User.objects.get(pk=world.viewer.pk).username == world.viewer.username


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice. Mars/Olympus is not one of the available choices."),
        ({"language": "xx"}, "Select a valid choice. xx is not one of the available choices."),
        ({"display_name": "x" * 81}, "Ensure this value has at most 80 characters (it has 81)."),
    ],
)
def test_change_refused_shows_the_form(world, client_for, changes, problem):
    response = client_for("viewer").post(PAGE, form(**changes))

    assert (response.status_code, words(response, ".errors")) == (422, problem)
    assert User.objects.get(pk=world.viewer.pk).time_zone == "UTC"


def test_empty_post_is_refused(client_for):
    assert client_for("viewer").post(PAGE).status_code == 422


def test_times_are_in_the_persons_zone(world, client_for):
    browser = client_for("viewer")
    browser.post(PAGE, form(time_zone="Pacific/Auckland"))

    page = soup(browser.get("/BUG/activity/"))

    assert page.select_one(".feed time")["title"].endswith(" Pacific/Auckland")


def test_a_name_is_one_line(world, client_for):
    client_for("lead").post("/me/", form(display_name="Ana\r\nLima \t x"))

    assert User.objects.get(pk=world.lead.pk).display_name == "Ana Lima x"
