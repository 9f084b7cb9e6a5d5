"""Inviting in two steps, the join link, and what they meet who follow an invitation."""

import re

import pytest
from allauth.account.models import EmailAddress
from bs4 import BeautifulSoup

from accounts.enums import TeamRole
from accounts.inviting import send_invitations
from accounts.models import Team, TeamInvitation
from accounts.services.invitations import invite_people
from accounts.services.teams import set_join_link
from tests.accounts.teams import crew, place, token_in
from tests.factories import PersonFactory
from tests.issues.records import fingerprint

pytestmark = pytest.mark.django_db
OWNER, ADMIN, MEMBER, GUEST = TeamRole


@pytest.fixture
def people(world, settings):
    settings.CAN_MAIL = True
    return crew()


@pytest.fixture
def door(people, mailoutbox):
    """Return somebody who was invited as a guest, and the path of the link in their mail."""
    person = PersonFactory()
    invite_people(actor=people.admin, team=people.team, emails=person.email, role=GUEST)
    send_invitations()
    return person, f"/invitations/{token_in(mailoutbox[-1])}/"


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def words(response):
    return re.sub(r"\s+", " ", soup(response).main.text)


class TestInviting:
    @pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
    def test_shows_first_what_would_come_of_it(self, people, client_for, htmx):
        body = {"emails": f"Ana <ana@x.org>, {people.guest.email} nonsense", "role": "guest", "step": "preview"}

        response = client_for(people.admin).post(f"{people.team.url}invitations/", body, htmx=htmx)

        lines = [" ".join(row.stripped_strings) for row in soup(response).select("#preview li")]
        assert lines == [
            "ana@x.org will be invited",
            f"{people.guest.email} is in the team already",
            "nonsense is no address",
        ]
        assert "Send 1 invitation" in response.content.decode()
        assert not TeamInvitation.objects.exists()

    def test_then_sends_and_lists(self, people, client_for):
        client = client_for(people.admin)

        response = client.post(
            f"{people.team.url}invitations/", {"emails": "ana@x.org ben@x.org", "role": "admin", "step": "send"}
        )

        assert response.headers["Location"] == f"{people.team.url}invitations/"
        page = soup(client.get(f"{people.team.url}invitations/"))
        assert {row.b.text for row in page.select("#waiting > li")} == {"ana@x.org", "ben@x.org"}
        assert "2 invitations are on their way." in page.text
        assert set(TeamInvitation.objects.values_list("role", flat=True)) == {"admin"}

    def test_goes_back_to_the_addresses(self, people, client_for):
        body = {"emails": "ana@x.org", "role": "guest", "step": "edit"}

        page = soup(client_for(people.admin).post(f"{people.team.url}invitations/", body))

        assert page.textarea.text.strip() == "ana@x.org"
        assert page.select_one("option[selected]")["value"] == "guest"

    @pytest.mark.parametrize("change", [{"role": "owner"}, {"role": ""}, {"emails": ""}, {"step": "x"}])
    def test_refuses_what_it_cannot_read(self, people, client_for, change):
        body = {"emails": "ana@x.org", "role": "guest", "step": "send"} | change

        response = client_for(people.owner).post(f"{people.team.url}invitations/", body)

        assert (response.status_code, TeamInvitation.objects.count()) == (422, 0)

    def test_more_than_twenty_an_hour_is_too_many(self, people, client_for):
        client = client_for(people.owner)
        body = {"emails": " ".join(f"p{n}@x.org" for n in range(22)), "role": "member", "step": "send"}
        client.post(f"{people.team.url}invitations/", body)
        page = client.get(f"{people.team.url}invitations/").content.decode()

        refused = client.post(f"{people.team.url}invitations/", body | {"emails": "more@x.org"})

        assert "p20@x.org, p21@x.org" in page
        assert refused.status_code == 429
        assert 0 < int(refused.headers["Retry-After"]) <= 3600

    def test_sends_again_and_takes_back(self, people, client_for, mailoutbox):
        (one,) = invite_people(actor=people.owner, team=people.team, emails="a@x.org", role=MEMBER).invitations
        client = client_for(people.admin)

        client.post(f"{people.team.url}invitations/{one.pk}/resend/")
        send_invitations()
        client.post(f"{people.team.url}invitations/{one.pk}/revoke/")

        assert len(mailoutbox) == 1
        assert client.post(f"{people.team.url}invitations/{one.pk}/resend/").status_code == 404
        assert not soup(client.get(f"{people.team.url}invitations/")).select("#waiting")

    def test_shows_how_the_mail_fares(self, people, client_for):
        rows = invite_people(actor=people.owner, team=people.team, emails="a@x.org b@x.org c@x.org", role=MEMBER)
        sent, waits, refused = (TeamInvitation.objects.filter(pk=row.pk) for row in rows.invitations)
        sent.update(sent_at="2026-01-01T00:00:00Z")
        refused.update(next_at=None, last_error="550 no such person")

        page = soup(client_for(people.owner).get(f"{people.team.url}invitations/"))

        shown = {
            row.b.text: [tag.text.strip() for tag in row.select(".tag")][1] for row in page.select("#waiting > li")
        }
        assert shown == {"a@x.org": "Sent", "b@x.org": "On its way", "c@x.org": "The mail server refused it"}
        assert waits.exists()

    def test_costs_as_many_statements_for_one_as_for_many(self, people, client_for, assert_equal_queries):
        client, number = client_for(people.owner), iter(range(9))

        assert_equal_queries(
            lambda: client.get(f"{people.team.url}invitations/"),
            lambda: invite_people(actor=people.owner, team=people.team, emails=f"p{next(number)}@x.org", role=MEMBER),
        )

    def test_without_mail_there_is_the_link_only(self, people, client_for, settings):
        settings.CAN_MAIL = False
        page = soup(client_for(people.owner).get(f"{people.team.url}invitations/"))

        assert (page.textarea, "sends no mail" in page.text) == (None, True)

    def test_says_that_a_personal_team_becomes_shared(self, people, client_for):
        team = people.outsider.teams.get()
        client = client_for(people.outsider)

        assert "makes it a shared team for good" in client.get(f"{team.url}invitations/").content.decode()
        client.post(f"{team.url}invitations/", {"emails": "a@x.org", "role": "member", "step": "send"})

        assert not Team.objects.get(pk=team.pk).is_personal


class TestFollowingAnInvitation:
    def test_tells_the_holder_what_it_is_for(self, door, people, client):
        _person, path = door

        response = client.get(path)

        said = words(response)
        assert f"Join {people.team.name}" in said
        assert f"{people.admin.name} invites you as guest" in said
        assert response.headers["Cache-Control"] == "no-store, private"

    @pytest.mark.parametrize("button", ["register", "login"])
    def test_leads_who_is_not_logged_in_to_the_door_and_keeps_the_token(self, door, client, button):
        _person, path = door

        response = client.post(path, {button: "1"})

        target = {"register": "/accounts/signup/", "login": "/accounts/login/"}[button]
        assert response.headers["Location"].partition("?")[0] == target
        assert client.session["invitation"] == path.split("/")[2]

    def test_is_accepted_by_a_button(self, door, people, client_for):
        person, path = door
        client = client_for(person)
        assert "Join the team" in words(client.get(path))

        response = client.post(path)

        assert response.headers["Location"] == people.team.url
        assert place(people.team, person) == GUEST
        assert client.get(path).status_code == client.post(path).status_code == 404

    def test_says_to_another_person_which_address_it_was(self, door, people, client_for):
        person, path = door
        client, before = client_for(people.outsider), fingerprint()

        page, refused = client.get(path), client.post(path)

        said = words(page)
        assert f"{person.email[0]}…@mail.example" in said
        assert person.email not in page.content.decode()
        assert soup(page).select_one("form")["action"] == "/accounts/logout/"
        assert (refused.status_code, fingerprint() == before) == (403, True)

    def test_needs_the_address_confirmed(self, door, people, client_for):
        person, path = door
        EmailAddress.objects.filter(user=person).update(verified=False)

        assert client_for(person).post(path).status_code == 403
        assert place(people.team, person) is None

    @pytest.mark.parametrize("token", ["x", "0" * 43, "%00", "%2e%2e"])
    def test_unknown_tokens_are_told_the_same(self, door, people, client, token):
        response = client.get(f"/invitations/{token}/")

        assert response.status_code == 404
        assert people.team.name not in response.content.decode()


class TestJoinLink:
    def test_tells_the_name_only_and_lets_in_who_posts(self, people, client, client_for):
        code = set_join_link(actor=people.owner, team=people.team, is_on=True).join_code
        path, before = f"/join/{code}/", fingerprint()

        page = client.get(path)
        said = page.content.decode()
        assert people.team.name in said
        assert not [person.name for person in (people.owner, people.admin, people.member) if person.name in said]
        assert client.post(path).headers["Location"].startswith("/accounts/login/?next=")
        assert fingerprint() == before
        response = client_for(people.outsider).post(path)

        assert response.headers["Location"] == people.team.url
        assert place(people.team, people.outsider) == MEMBER

    def test_switched_off_or_new_it_is_not_found(self, people, client_for):
        code = set_join_link(actor=people.owner, team=people.team, is_on=True).join_code
        client = client_for(people.owner)

        client.post(f"{people.team.url}link/", {"link": "on"})
        for path in (f"/join/{code}/", "/join/x/"):
            assert client_for(people.outsider).get(path).status_code == 404
            assert client_for(people.outsider).post(path).status_code == 404
        second = Team.objects.get(pk=people.team.pk).join_code
        client.post(f"{people.team.url}link/", {"link": "off"})

        assert client_for(people.outsider).post(f"/join/{second}/").status_code == 404
        assert place(people.team, people.outsider) is None

    def test_is_shown_to_owners_and_admins(self, people, client_for):
        code = set_join_link(actor=people.owner, team=people.team, is_on=True).join_code

        shown = [role for role in TeamRole if code in str(self.pages(client_for(people.person(role)), people))]

        assert shown == [OWNER, ADMIN]

    @staticmethod
    def pages(client, people):
        return [client.get(people.team.url + page).content for page in ("", "invitations/", "settings/", "activity/")]
