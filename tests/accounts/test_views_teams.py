"""The pages of teams: who may open and use them, what they show, and how many statements they take."""

import re

import pytest
from bs4 import BeautifulSoup
from django.conf import settings as django_settings

from accounts.enums import TeamRole
from accounts.models import Team, TeamMembership, User
from accounts.services.invitations import invite_people
from accounts.services.teams import delete_team, set_join_link
from tests.accounts.teams import ROLES, add, crew, place
from tests.accounts.test_teams import ALLOWED, MATRIX
from tests.factories import PersonFactory, ProjectFactory, canary
from tests.issues.records import fingerprint

pytestmark = pytest.mark.django_db
OWNER, ADMIN, MEMBER, GUEST = TeamRole


@pytest.fixture
def people(world, settings):
    settings.CAN_MAIL = True
    return crew()


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def names(response):
    return [row.b.text for row in soup(response).select("#members > li .name")]


# Every address of a team: who gets an answer. Everyone else in the team gets 403, who is not in it 404.
INSIDE = {OWNER, ADMIN, MEMBER, GUEST}
PAGES = {
    "": INSIDE,
    "settings/": INSIDE,
    "activity/": {OWNER, ADMIN, MEMBER},
    "invitations/": {OWNER, ADMIN},
}
WRITES = {
    "settings/": ({OWNER, ADMIN}, {"name": "Another name"}),
    "invitations/": ({OWNER, ADMIN}, {"emails": "new@x.org", "role": "guest", "step": "send"}),
    "link/": ({OWNER, ADMIN}, {"link": "on"}),
    "delete/": ({OWNER}, {"typed_name": "{team}"}),
    "transfer/": ({OWNER}, {"person": "{member}"}),
    "leave/": ({ADMIN, MEMBER, GUEST}, {}),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("page", PAGES)
def test_pages_answer_those_in_the_team(people, client_for, role, page):
    response = client_for(people.person(role)).get(people.team.url + page)

    assert response.status_code == (200 if role in PAGES[page] else 403 if role else 404)
    if role is None:
        assert people.team.name not in response.content.decode()


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("page", WRITES)
def test_writes_are_for_those_who_may(people, client_for, role, page, htmx):
    allowed, body = WRITES[page]
    filled = {name: value.format(team=people.team.name, member=people.member.pk) for name, value in body.items()}
    client, before = client_for(people.person(role)), fingerprint()

    response = client.post(people.team.url + page, filled, htmx=htmx)

    if role in allowed:
        assert response.status_code in {200, 302}
        assert fingerprint() != before
    else:
        # The last owner may leave, but for the rule that one stays.
        refused = 422 if (role, page) == (OWNER, "leave/") else 403 if role else 404
        assert (response.status_code, fingerprint() == before) == (refused, True)


@pytest.mark.parametrize("page", [*PAGES, *WRITES])
def test_nobody_comes_in_without_logging_in(people, client, page):
    for response in (client.get(people.team.url + page), client.post(people.team.url + page)):
        assert response.status_code in {302, 405}
        if response.status_code == 302:
            assert response.headers["Location"].startswith("/accounts/login/")


def test_foreign_and_unknown_teams_are_answered_alike(people, client_for):
    client = client_for(people.outsider)

    def answer(pk):
        text = client.get(f"/teams/{pk}/").content.decode()
        return re.sub(r'nonce="[^"]*"|\b\d+\b|value="\w{64}"|"X-CSRFToken": ?"[^"]*"', "*", text)

    assert answer(people.team.pk) == answer(999_999)


def test_things_of_another_team_are_not_found(people, client_for):
    other = crew()
    invitation = invite_people(actor=other.owner, team=other.team, emails="a@x.org", role=MEMBER).invitations[0]
    client, before = client_for(people.owner), fingerprint()

    for path in (
        f"members/{other.member.username}/role/",
        f"members/{other.member.username}/remove/",
        f"invitations/{invitation.pk}/resend/",
        f"invitations/{invitation.pk}/revoke/",
    ):
        assert client.post(people.team.url + path, {"role": "guest"}).status_code == 404

    assert fingerprint() == before


@pytest.mark.parametrize(("actor", "target", "new"), MATRIX)
def test_the_page_gives_the_verdict_of_the_service(people, client_for, actor, target, new):
    other = add(people, target) if target else PersonFactory()
    client = client_for(people.person(actor))
    path = f"{people.team.url}members/{other.username}/{'role' if new else 'remove'}/"

    response = client.post(path, {"role": new or ""}, htmx=True)

    if (actor, target, new) in ALLOWED:
        assert (response.status_code, place(people.team, other)) == (200, new)
    else:
        # Guests do not know of members and other guests.
        hidden = actor is None or target is None or (actor == GUEST and target in {MEMBER, GUEST})
        assert (response.status_code, place(people.team, other)) == (404 if hidden else 403, target)


def test_a_refused_role_says_why_on_the_page(people, client_for):
    path = f"{people.team.url}members/{people.owner.username}/role/"

    response = client_for(people.owner).post(path, {"role": "member"}, htmx=True)

    assert response.status_code == 422
    assert "keeps at least one owner" in soup(response).select_one("#settings > .refusal").text


class TestMembers:
    def test_guests_see_owners_admins_and_themselves(self, people, client_for):
        seen = {role: set(names(client_for(people.person(role)).get(people.team.url))) for role in TeamRole}

        everyone = {people.person(role).name for role in TeamRole}
        assert seen == {
            OWNER: everyone,
            ADMIN: everyone,
            MEMBER: everyone,
            GUEST: {people.owner.name, people.admin.name, people.guest.name},
        }

    def test_are_found_by_name_and_username(self, people, client_for):
        client = client_for(people.member)

        for text in (people.admin.name, people.admin.username[:20].upper()):
            assert names(client.get(people.team.url, {"q": text})) == [people.admin.name]
        assert "Nobody here goes by" in client.get(people.team.url, {"q": "nobody at all"}, htmx=True).content.decode()

    def test_are_sorted(self, people, client_for):
        for moment, person in enumerate((people.admin, people.guest)):
            User.objects.filter(pk=person.pk).update(last_seen_at=f"2026-01-0{moment + 1}T00:00:00Z")
        order = {person: person.name for person in (people.owner, people.admin, people.member, people.guest)}
        client = client_for(people.owner)

        found = {
            sort: names(client.get(people.team.url, {"sort": sort})) for sort in ("role", "seen", "joined", "x'--")
        }

        by_role = list(order.values())
        assert found["role"] == found["x'--"] == by_role
        # The owner was here a moment ago: with this very request.
        assert found["seen"][:3] == [people.owner.name, people.guest.name, people.admin.name]
        assert found["joined"] == by_role[::-1]
        assert names(client.get(people.team.url, {"sort": "name"})) == sorted(by_role, key=str.lower)

    def test_come_in_pages_of_fifty(self, people, client_for):
        rows = User.objects.bulk_create(
            User(username=f"p{number}", email=f"p{number}@mail.example", display_name=canary("P"))
            for number in range(60)
        )
        TeamMembership.objects.bulk_create(
            TeamMembership(team=people.team, person=person, role=MEMBER) for person in rows
        )
        client = client_for(people.owner)

        first, second = client.get(people.team.url), client.get(people.team.url, {"page": "2"})

        assert (len(names(first)), len(names(second))) == (50, 14)
        assert not set(names(first)) & set(names(second))

    def test_cost_as_many_statements_however_many_there_are(self, people, client_for, assert_equal_queries):
        client = client_for(people.owner)

        assert_equal_queries(lambda: client.get(people.team.url), lambda: add(people, MEMBER))

    def test_show_no_address(self, people, client_for):
        text = client_for(people.owner).get(people.team.url).content.decode()

        assert not [person for person in (people.admin, people.member) if person.email in text]


class TestTeams:
    def test_lists_mine_and_creates(self, people, client_for):
        client = client_for(people.member)

        response = client.post("/teams/", {"name": "  Harbour\n crew "})

        team = Team.objects.get(name="Harbour crew")
        assert response.headers["Location"] == f"{team.url}invitations/"
        listed = [link["href"] for link in soup(client.get("/teams/")).select("main .list a")]
        assert set(listed) == {people.team.url, team.url, people.member.teams.get(is_personal=True).url}
        assert client.post("/teams/", {"name": " "}).status_code == 422

    def test_costs_as_many_statements_for_one_as_for_many(self, people, client_for, assert_equal_queries):
        from accounts.services.teams import create_team

        client = client_for(people.owner)

        assert_equal_queries(
            lambda: client.get("/teams/"), lambda: create_team(actor=people.owner, name=canary("Team"))
        )

    def test_a_deleted_team_is_restored_by_its_owners_only(self, people, client_for):
        delete_team(actor=people.owner, team=people.team, typed_name=people.team.name)

        for role in (ADMIN, MEMBER, GUEST, None):
            assert people.team.name not in client_for(people.person(role)).get("/teams/").content.decode()
            assert client_for(people.person(role)).post(f"{people.team.url}restore/").status_code == 404
        assert client_for(people.owner).get(people.team.url).status_code == 404
        assert people.team.name in client_for(people.owner).get("/teams/").content.decode()
        response = client_for(people.owner).post(f"{people.team.url}restore/")

        assert response.headers["Location"] == people.team.url
        assert client_for(people.member).get(people.team.url).status_code == 200

    def test_the_projects_page_narrows_to_a_team_of_mine(self, people, client_for):
        project, other = ProjectFactory(actor=people.owner, team=people.team), ProjectFactory(actor=people.owner)
        client = client_for(people.owner)

        def shown(team):
            found = soup(client.get("/projects/", {"scope": "mine", "team": team})).select("[data-project]")
            return {row["data-project"] for row in found}

        assert shown(people.team.pk) == {project.key}
        assert shown(people.outsider.teams.get().pk) == shown("9" * 40) == shown("x") == {project.key, other.key}

    def test_guests_of_every_team_create_no_project(self, people, client_for):
        Team.objects.filter(is_personal=True, memberships__person=people.guest).update(
            deleted_at="2026-01-01T00:00:00Z"
        )
        client = client_for(people.guest)

        responses = [client.get("/projects/new/"), client.post("/projects/new/", {"name": "Mine", "key": "MINE"})]

        assert [response.status_code for response in responses] == [403, 403]
        assert "guests create no projects" in responses[0].content.decode()

    def test_the_rail_leads_to_the_team(self, people, client_for):
        rail = soup(client_for(people.member).get("/projects/")).select_one("#rail .team")

        assert (rail["href"], rail.text.strip()[1:]) == (people.team.url, people.team.name)


class TestActivity:
    def test_tells_what_happened_in_words(self, people, client_for):
        client = client_for(people.owner)
        client.post(f"{people.team.url}members/{people.guest.username}/role/", {"role": "member"})
        client.post(f"{people.team.url}settings/", {"name": "Harbour"})
        client.post(f"{people.team.url}invitations/", {"emails": "ana@x.org", "role": "guest", "step": "send"})
        client.post(f"{people.team.url}link/", {"link": "on"})

        feed = soup(client.get(f"{people.team.url}activity/")).select(".feed > li")
        lines = [re.sub(r"\s+", " ", line.div.text).strip() for line in feed]

        who = people.owner.name
        assert lines[:4] == [
            f"{who} switched on the join link",
            f"{who} invited a…@x.org as Guest",
            f"{who} renamed the team: {people.team.name} → Harbour",
            f"{who} changed the role of {people.guest.name}: Guest → Member",
        ]
        assert lines[-1] == f"{who} created the team {people.team.name}"

    def test_is_paged_by_numbers(self, people, client_for):
        client = client_for(people.owner)
        for _time in range(30):
            set_join_link(actor=people.owner, team=people.team, is_on=True)
            set_join_link(actor=people.owner, team=people.team, is_on=False)

        first = soup(client.get(f"{people.team.url}activity/"))
        older = first.select_one(".pages a")["href"]
        second = soup(client.get(f"{people.team.url}activity/{older}"))

        seen = [[int(line["data-event"]) for line in page.select("[data-event]")] for page in (first, second)]
        assert seen[0] + seen[1] == list(range(64, 0, -1))
        for before in ("x", "-1", "9" * 40):
            assert client.get(f"{people.team.url}activity/", {"before": before}).status_code == 200


def test_the_settings_page_offers_what_one_may_do(people, client_for):
    def offered(role):
        page = soup(client_for(people.person(role)).get(f"{people.team.url}settings/"))
        return {form["action"].rsplit("/", 2)[1] for form in page.select("main form[action]")}

    assert {role: offered(role) for role in TeamRole} == {
        OWNER: {"settings", "transfer", "leave", "delete"},
        ADMIN: {"settings", "leave"},
        MEMBER: {"leave"},
        GUEST: {"leave"},
    }
    days = f"for {django_settings.TEAM_GRACE_DAYS} days"
    assert days in client_for(people.owner).get(f"{people.team.url}settings/").content.decode()
