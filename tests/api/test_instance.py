"""What administrators see and do beyond single accounts: teams, figures, the log, dead letters, several people."""

import pytest
from allauth.mfa.models import Authenticator
from django.middleware.csrf import get_token
from django.test import RequestFactory

from accounts.enums import Scope
from accounts.models import Team, User
from accounts.services.people import change_profile
from accounts.services.teams import create_team, delete_team
from config import clock
from notifications.enums import DeliveryState
from notifications.models import Delivery, Event, Outbox
from tests.accounts.door import mails, sure
from tests.accounts.factoring import is_in, with_app, with_codes
from tests.api.calling import Script, data, error, script_of
from tests.factories import PersonFactory, canary

pytestmark = pytest.mark.django_db


@pytest.fixture
def script(world):
    return script_of(world, "administrator", Scope.ADMIN_WRITE)


@pytest.fixture
def from_documentation(world, client_for):
    """The script of an administrator's session, who has not said again who they are."""
    found = Script(None)
    found.client, found.headers = client_for("administrator"), {"X-CSRFToken": get_token(RequestFactory().get("/"))}
    return found


ALL = [
    ("GET", "/instance/figures", None),
    ("GET", "/instance/teams", None),
    ("GET", "/instance/log", None),
    ("GET", "/instance/log/chain", None),
    ("GET", "/instance/letters", None),
    ("POST", "/instance/letters/retry", {"kind": "mails", "ids": [1]}),
    ("POST", "/instance/letters/drop", {"kind": "mails", "ids": [1]}),
    ("PATCH", "/instance/people", {"usernames": ["{them}"], "is_active": False}),
    ("GET", "/instance/people/{them}/holdings", None),
    ("GET", "/instance/people/{them}/projects", None),
    ("DELETE", "/instance/people/{them}/factors", None),
]


def sent(script, world, method, path, body):
    if body and "usernames" in body:
        body = body | {"usernames": [world.viewer.username]}
    return script.send(method, path.format(them=world.viewer.username), body)


@pytest.mark.parametrize(("method", "path", "body"), ALL)
@pytest.mark.parametrize("persona", ["anonymous", "stranger", "viewer", "developer", "lead"])
def test_there_is_nothing_here_for_others(world, persona, method, path, body):
    with_app(world.viewer)

    answer = sent(script_of(world, persona), world, method, path, body)

    assert answer.status_code == (401 if persona == "anonymous" else 404)
    assert User.objects.get(pk=world.viewer.pk).is_active
    assert Authenticator.objects.filter(user=world.viewer).exists()


@pytest.mark.parametrize(("method", "path", "body"), ALL)
def test_tokens_of_less_do_nothing(world, method, path, body):
    other = [scope for scope in Scope if not scope.startswith("admin:")]
    narrow = script_of(world, "administrator", projects=[world.bug.pk])

    assert error(sent(script_of(world, "administrator", *other), world, method, path, body), 403)["code"] == "scope"
    assert error(sent(narrow, world, method, path, body), 403)["code"] == "token_projects"


class TestTeams:
    def test_they_are_listed_with_owner_and_counts(self, world, script):
        team = create_team(actor=world.stranger, name="Harbour")

        told = data(script.get("/instance/teams?q=HARB"))["items"]

        owner = {"username": world.stranger.username, "name": world.stranger.name, "picture": ""}
        assert [row | {"created_at": None} for row in told] == [
            {
                "id": team.pk,
                "name": "Harbour",
                "is_personal": False,
                "owner": owner,
                "people": 1,
                "projects": 0,
                "created_at": None,
                "deleted_at": None,
            }
        ]

    def test_deleted_and_personal_ones_only_where_asked_for(self, world, script):
        team = create_team(actor=world.stranger, name="Harbour")
        delete_team(actor=world.stranger, team=team, typed_name="Harbour")
        own = {team.pk for team in Team.objects.filter(is_personal=True, deleted_at=None)}

        live, deleted, all_ = (
            {row["id"] for row in data(script.get(f"/instance/teams?limit=100{more}"))["items"]}
            for more in ("", "&state=deleted", "&personal=true")
        )

        assert team.pk not in live | all_
        assert (deleted, own & live, own <= all_) == ({team.pk}, set(), True)

    def test_pages_follow_without_a_gap(self, world, script):
        made = {create_team(actor=world.stranger, name=f"Harbour {number}").pk for number in range(5)}
        seen, path = [], "/instance/teams?q=harbour&limit=2"
        cursor = ""

        while cursor is not None:
            told = data(script.get(f"{path}&cursor={cursor}" if cursor else path))
            seen += [row["id"] for row in told["items"]]
            cursor = told["next"]

        assert (len(seen), set(seen)) == (5, made)

    def test_they_cost_the_same_for_more(self, world, script, assert_equal_queries):
        create_team(actor=world.stranger, name=canary())

        assert_equal_queries(
            lambda: script.get("/instance/teams"), lambda: create_team(actor=PersonFactory(), name=canary("Team"))
        )


def test_figures_are_those_of_the_page(world, script):
    told = data(script.get("/instance/figures"))

    assert told["people"] == User.objects.filter(is_active=True).count()
    assert (told["administrators"], told["deactivated"], told["mails_dead"]) == (1, 1, 0)


def test_holdings_tell_kinds_and_counts_and_no_secret(world, script, client_for):
    secret = with_app(world.viewer)
    codes = with_codes(world.viewer)
    client_for("viewer")
    create_team(actor=world.viewer, name="Harbour")

    answer = script.get(f"/instance/people/{world.viewer.username}/holdings")

    told = data(answer)
    assert ("Harbour", "owner") in [(place["name"], place["role"]) for place in told["teams"]]
    assert (len(told["factors"]), told["sessions"], told["tokens"]) == (1, 1, 0)
    assert not [each for each in (secret, *codes) if each in answer.content.decode()]


def test_projects_of_anyone_are_listed_with_the_role(world, script):
    told = data(script.get(f"/instance/people/{world.viewer.username}/projects"))["items"]

    assert {row["key"]: row["role"] for row in told}["BUG"] == "viewer"
    assert "GONE" not in {row["key"] for row in told}


class TestLog:
    def test_lines_say_what_the_page_says(self, world, script):
        change_profile(actor=world.lead, changes={"display_name": "Ana Pires"})

        told = data(script.get(f"/instance/log?person={world.lead.username}&group=people&limit=1"))["items"]

        assert [(line["kind"], line["actor"]["username"], line["person"]["username"]) for line in told] == [
            ("person.changed", world.lead.username, world.lead.username)
        ]
        assert told[0]["changes"] == [{"name": "name", "old": world.lead.display_name, "new": "Ana Pires"}]
        assert told[0]["text"].startswith(f"Ana Pires ({world.lead.username}) changed their profile: name: ")

    def test_cursor_goes_through_all_of_it_newest_first(self, world, script):
        for number in range(5):
            change_profile(actor=world.lead, changes={"display_name": f"Ana {number}"})
        first = data(script.get("/instance/log?limit=3"))

        second = data(script.get(f"/instance/log?limit=100&cursor={first['next']}"))

        numbers = [line["seq"] for line in first["items"] + second["items"]]
        assert numbers == list(range(numbers[0], 0, -1))
        assert second["next"] is None

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("group=nothing", "group"),
            ("person=no.such.person", "person"),
            ("since=yesterday", "since"),
            ("until=2026-02-31", "until"),
            ("until=9999-12-31", "until"),
            ("since=0001-01-01", "since"),
        ],
    )
    def test_what_cannot_be_read_is_refused(self, script, query, field):
        assert list(error(script.get(f"/instance/log?{query}"), 422)["fields"]) == [field]

    def test_days_narrow_it(self, world, script):
        change_profile(actor=world.lead, changes={"display_name": "Ana Pires"})
        today = clock.now().date().isoformat()

        assert data(script.get(f"/instance/log?since={today}&until={today}"))["items"]
        assert data(script.get("/instance/log?until=2020-01-01"))["items"] == []

    def test_it_costs_the_same_for_more(self, world, script, assert_equal_queries):
        names = iter(range(9))

        assert_equal_queries(
            lambda: script.get("/instance/log"),
            lambda: change_profile(actor=PersonFactory(), changes={"display_name": f"Ana {next(names)}"}),
        )

    def test_chain_is_read_through(self, world, script):
        told = data(script.get("/instance/log/chain"))

        assert told == {"lines": told["lines"], "holds": True, "broken_at": None}
        assert told["lines"] > 0


@pytest.fixture
def dead(world):
    """A mail and an event that were given up."""
    event = Event.objects.filter(stream__name=f"project:{world.bug.pk}").first()
    outbox, _made = Outbox.objects.update_or_create(
        event=event, defaults={"died_at": clock.now(), "last_error": "It broke", "attempts": 9}
    )
    mail = Delivery.objects.create(
        person=world.lead,
        topic="issue",
        channel="mail",
        state=DeliveryState.DEAD,
        next_at=clock.now(),
        ended_at=clock.now(),
        last_error="550 no such mailbox",
        attempts=5,
    )
    return {"mails": mail, "events": outbox}


class TestLetters:
    def test_each_kind_is_listed_with_its_error(self, world, script, dead):
        mails_, events = (data(script.get(f"/instance/letters?kind={kind}"))["items"] for kind in ("mails", "events"))

        assert [(row["id"], row["to"], row["error"]) for row in mails_] == [
            (dead["mails"].pk, world.lead.email, "550 no such mailbox")
        ]
        assert [(row["id"], row["attempts"]) for row in events] == [(dead["events"].pk, 9)]
        assert error(script.get("/instance/letters?kind=nothing"), 422)["fields"].keys() == {"kind"}

    @pytest.mark.parametrize("kind", ["mails", "events"])
    def test_they_are_tried_again_and_the_log_says_so(self, world, script, dead, kind):
        told = data(script.post("/instance/letters/retry", {"kind": kind, "ids": [dead[kind].pk, 10**9]}))

        assert told == {"count": 1}
        assert data(script.get(f"/instance/letters?kind={kind}"))["items"] == []
        event = Event.objects.get(kind="instance.letters_retried")
        assert (event.actor, event.data) == (world.administrator, {"letters": kind, "count": 1})

    @pytest.mark.parametrize("kind", ["mails", "events"])
    def test_they_are_let_go_and_the_log_says_so(self, script, dead, kind):
        told = data(script.post("/instance/letters/drop", {"kind": kind, "ids": [dead[kind].pk]}))

        assert told == {"count": 1}
        assert data(script.get(f"/instance/letters?kind={kind}"))["items"] == []
        assert Event.objects.get(kind="instance.letters_dropped").data == {"letters": kind, "count": 1}

    @pytest.mark.parametrize("ids", [[], [0], list(range(1, 102)), ["x"], [2**63]])
    def test_ids_are_of_a_hundred_at_most(self, script, dead, ids):
        assert error(script.post("/instance/letters/drop", {"kind": "mails", "ids": ids}), 422)["code"] == "invalid"
        assert Delivery.objects.filter(state=DeliveryState.DEAD).count() == 1


class TestSeveralPeople:
    PATH = "/instance/people"

    def test_they_are_deactivated_and_activated_together(self, world, script, client_for):
        client, names = client_for("viewer"), sorted([world.viewer.username, world.developer.username])

        told = data(script.patch(self.PATH, {"usernames": names, "is_active": False}))

        assert [(row["person"]["username"], row["is_active"]) for row in told] == [(name, False) for name in names]
        assert not is_in(client)
        again = data(script.patch(self.PATH, {"usernames": names, "is_active": True}))
        assert [row["is_active"] for row in again] == [True, True]

    @pytest.mark.parametrize("other", ["administrator", "nobody"])
    def test_all_or_none(self, world, script, other):
        name = world.administrator.username if other == "administrator" else "no.such.person"

        refused = script.patch(self.PATH, {"usernames": [world.lead.username, name], "is_active": False})

        assert error(refused, 422)["code"] == ("self" if other == "administrator" else "unknown_people")
        assert User.objects.get(pk=world.lead.pk).is_active

    def test_session_must_have_stepped_up(self, world, from_documentation):
        body = {"usernames": [world.viewer.username], "is_active": False}

        assert error(from_documentation.patch(self.PATH, body), 403)["code"] == "step_up"
        assert User.objects.get(pk=world.viewer.pk).is_active
        sure(from_documentation.client)
        assert len(data(from_documentation.patch(self.PATH, body))) == 1


class TestFactors:
    def test_they_are_removed_told_by_mail_and_logged(self, world, script, client_for, settings):
        settings.CAN_MAIL = True
        client = client_for("viewer")
        with_app(world.viewer)
        with_codes(world.viewer)
        path = f"/instance/people/{world.viewer.username}/factors"

        told = data(script.delete(path))

        assert told == {"removed": 1}
        assert not Authenticator.objects.filter(user=world.viewer).exists()
        assert not is_in(client)
        event = Event.objects.get(kind="person.factors_reset")
        assert (event.actor, event.subject) == (world.administrator, f"person:{world.viewer.pk}")
        assert world.viewer.email in {address for mail in mails() for address in mail.to}
        assert error(script.delete(path), 422)["code"] == "no_factor"

    def test_never_ones_own(self, world, script):
        with_app(world.administrator)

        refused = script.delete(f"/instance/people/{world.administrator.username}/factors")

        assert error(refused, 422)["code"] == "self"
        assert Authenticator.objects.filter(user=world.administrator).exists()

    def test_session_must_have_stepped_up(self, world, from_documentation):
        with_app(world.viewer)
        path = f"/instance/people/{world.viewer.username}/factors"

        assert error(from_documentation.delete(path), 403)["code"] == "step_up"
        assert Authenticator.objects.filter(user=world.viewer).exists()
        sure(from_documentation.client)
        assert data(from_documentation.delete(path)) == {"removed": 1}
