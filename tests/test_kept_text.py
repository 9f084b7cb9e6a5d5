"""Whoever does something too often is told so in the form that they sent, with all that they typed in it."""

from uuid import uuid4

import pytest

from accounts import limits
from accounts.models import TeamInvitation, User
from chat.models import Message
from issues.models import Issue
from tests.accounts.teams import crew
from tests.factories import canary
from tests.projects.pages import soup

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def use_up(limit, person):
    for _each in range(limit.most):
        limits.spend(limit, f"person:{person.pk}")


def value_of(page, name):
    """Return what a form's field holds, whatever it is."""
    field = page.select_one(f"main [name={name}]")
    if field.name == "select":
        return field.select_one("option[selected]")["value"]
    return field.get_text().removeprefix("\n") if field.name == "textarea" else field["value"]


def assert_waits(response):
    """See that it is a refusal for a time, with the sentence, and return the page."""
    page = soup(response)
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= limits.DAY
    assert "You did this too often. Try again in" in page.select_one("main").text
    return page


def assert_toast(response):
    """See that HTMX is told over the page that still holds the form."""
    assert (response.status_code, response.headers["HX-Retarget"]) == (429, "#toasts")
    assert int(response.headers["Retry-After"]) > 0
    assert "You did this too often." in response.content.decode()


@pytest.mark.parametrize("place", ["room", "issue"])
def test_message_stays_in_its_form(world, client_for, place):
    client, text = client_for("developer"), f"{canary()} said <b>twice</b>\nand more"
    body = {"body": text, "client_id": str(uuid4())} | ({"issue": "1"} if place == "issue" else {})
    use_up(limits.CHAT if place == "room" else limits.COMMENT, world.developer)

    response, htmx = client.post("/BUG/messages/", body), client.post("/BUG/messages/", body, headers=HTMX)

    assert value_of(assert_waits(response), "body") == text
    assert_toast(htmx)
    assert not Message.objects.filter(body__contains=text).exists()


def test_issue_stays_in_its_form(world, client_for):
    client, title = client_for("developer"), canary("Crash")
    body = {"title": title, "description": "Steps:\n\n1. open", "priority": "3", "kind": "bug", "state": "open"}
    use_up(limits.ISSUE, world.developer)

    response, htmx = client.post("/BUG/issues/new/", body), client.post("/BUG/issues/new/", body, headers=HTMX)

    page = assert_waits(response)
    assert {name: value_of(page, name) for name in ("title", "description", "priority")} == {
        name: body[name] for name in ("title", "description", "priority")
    }
    assert_toast(htmx)
    assert not Issue.objects.filter(title=title).exists()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_issue_of_a_message_stays_in_its_form(world, client_for, headers):
    client, title, said = client_for("developer"), canary("Crash"), world.message("BUG")
    use_up(limits.ISSUE, world.developer)

    body = {"title": title, "description": "See the talk", "kind": "bug"}
    response = client.post(f"/BUG/messages/{said.pk}/issue/", body, headers=headers)

    assert (response.status_code, int(response.headers["Retry-After"]) > 0) == (429, True)
    page = soup(response)
    assert page.select_one("form [name=title]")["value"] == title
    assert "You did this too often." in page.text
    assert not Issue.objects.filter(title=title).exists()


def test_invitations_stay_in_their_form(client_for, settings):
    settings.CAN_MAIL = True
    people = crew()
    client, path = client_for(people.admin), f"{people.team.url}invitations/"
    body = {"emails": "Ana Lima <ana@x.org>\nben@x.org", "role": "guest", "step": "send"}
    use_up(limits.INVITE, people.admin)

    response, htmx = client.post(path, body), client.post(path, body, headers=HTMX)

    page = assert_waits(response)
    assert (value_of(page, "emails"), value_of(page, "role")) == (body["emails"], "guest")
    assert_toast(htmx)
    assert not TeamInvitation.objects.exists()


def test_profile_stays_in_its_form(world, client_for):
    client = client_for("developer")
    body = {"display_name": "Ana Pires", "time_zone": "Europe/Lisbon", "language": "en", "theme": "dark"}
    use_up(limits.PROFILE, world.developer)

    response = client.post("/me/", body)

    page = assert_waits(response)
    assert (value_of(page, "display_name"), value_of(page, "time_zone")) == ("Ana Pires", "Europe/Lisbon")
    assert User.objects.get(pk=world.developer.pk).display_name == world.developer.display_name


def test_what_is_refused_for_another_reason_counts_for_nothing(world, client_for):
    client = client_for("developer")
    for _each in range(limits.ISSUE.most):
        client.post("/BUG/issues/new/", {"title": ""})

    assert client.post("/BUG/issues/new/", {"title": canary("Crash")}).status_code == 302
