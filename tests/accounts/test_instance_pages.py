"""The administrators' pages: what they show, what they do, and how many statements they take."""

import csv
import io
import re
import secrets
import time
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.core import signing

from accounts import instance
from accounts.models import InstanceSettings, User
from accounts.services.people import set_administrator
from accounts.services.teams import create_team, delete_team
from accounts.views.instance.settings import KEPT
from config import clock
from notifications.enums import DeliveryState
from notifications.models import Delivery, Event, Outbox
from tests.accounts.factoring import AGAIN, step_up
from tests.factories import PersonFactory, ProjectFactory, canary
from tests.projects.pages import soup

pytestmark = pytest.mark.django_db
ROWS = re.compile(r"<tr>\s*<t[dh]")


@pytest.fixture
def browser(world, client_for):
    """The browser of an administrator who has just said who they are."""
    found = client_for("administrator")
    session = found.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()
    return found


def names(page):
    return re.findall(r'href="/instance/people/([\w.]+)/"', page.content.decode())


def said(response):
    """Return the page to which a write leads, and its toasts."""
    return response.client.get(response.headers["Location"]).content.decode()


class TestOverview:
    def test_it_counts_what_there_is(self, world, browser):
        User.objects.filter(pk=world.lead.pk).update(last_seen_at=clock.now())

        page = browser.get("/instance/").content.decode()

        active = User.objects.filter(is_active=True).count()
        assert f'<b class="num">{active}</b> active people' in page
        assert '<b class="num">1</b> administrator<' in page
        assert '<b class="num">1</b> deactivated person' in page
        assert '<b class="num">6</b> projects' in page

    def test_settings_are_saved_for_everyone(self, browser):
        body = {"registration": "domains", "allowed_domains": "Example.org\n@mail.example", "session_days": "30"}

        response = browser.post("/instance/settings/", body | {"require_login": "on"})

        assert "They hold everywhere within a second." in said(response)
        assert instance.current().allowed_domains == ("example.org", "mail.example")
        assert instance.current().require_login is True
        page = browser.get("/instance/").content.decode()
        assert "example.org\nmail.example" in page

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"allowed_domains": "not a domain"}, "Not a domain: not, a, domain."),
            ({"registration": "domains"}, "Name at least one domain"),
            ({"require_two_factors": "on"}, "You have no second factor yourself"),
            ({"session_days": "91"}, "less than or equal to 90"),
        ],
    )
    def test_a_refusal_keeps_the_form_and_says_why(self, browser, changes, words):
        response = browser.post("/instance/settings/", {"registration": "open", "session_days": "14"} | changes)

        assert response.status_code == 422
        assert words in response.content.decode()
        assert InstanceSettings.objects.filter(registration="domains").count() == 0

    def test_what_was_typed_is_there_after_saying_who_one_is(self, client_for):
        client = client_for("administrator")
        body = {"registration": "domains", "allowed_domains": "example.org\nmail.example", "session_days": "30"}

        asked = client.post("/instance/settings/", body | {"require_login": "on"})

        back = parse_qs(urlsplit(asked.headers["Location"]).query)["next"][0]
        assert (asked.status_code, asked.headers["Location"].startswith(f"{AGAIN}?")) == (302, True)
        assert not InstanceSettings.objects.exists()
        page = soup(step_up(client, to=quote(back)).client.get(back))
        assert "Nothing is changed yet." in page.text
        assert page.select_one("input[name=registration][checked]")["value"] == "domains"
        assert page.select_one("textarea[name=allowed_domains]").text.split() == ["example.org", "mail.example"]
        assert (
            page.select_one("input[name=session_days]")["value"],
            bool(page.select("#id_require_login[checked]")),
        ) == (
            "30",
            True,
        )
        assert "They hold everywhere within a second." in said(client.post("/instance/settings/", body))

    def test_nobody_else_can_fill_in_the_form(self, world, browser):
        person = world.administrator.pk
        values = {"registration": "open", "allowed_domains": ["evil.example"], "session_days": 90}
        forged = signing.dumps([person, values], salt="another")
        of_another = signing.dumps([world.lead.pk, values], salt=KEPT)

        pages = [browser.get("/instance/", {"typed": text}).content.decode() for text in (forged, of_another, "x")]

        assert ["evil.example" in page for page in pages] == [False] * 3

    def test_more_than_an_address_holds_is_asked_for_again(self, client_for):
        domains = "\n".join(f"{secrets.token_hex(30)}.example" for _each in range(100))
        body = {"registration": "domains", "allowed_domains": domains, "session_days": "30"}

        asked = client_for("administrator").post("/instance/settings/", body)

        assert asked.headers["Location"] == f"{AGAIN}?{urlencode({'next': '/instance/'})}"

    def test_the_rail_shows_it_to_administrators_only(self, client_for):
        assert 'href="/instance/"' in client_for("administrator").get("/projects/").content.decode()
        assert 'href="/instance/"' not in client_for("lead").get("/projects/").content.decode()


class TestPeople:
    def test_everyone_is_listed_also_who_may_not_come_in(self, world, browser):
        page = browser.get("/instance/people/")

        assert set(names(page)) == set(User.objects.values_list("username", flat=True))
        assert world.deactivated.username in names(page)

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("q=qzfar-nobody", []),
            ("role=administrator", ["administrator"]),
            ("state=deactivated", ["deactivated"]),
            ("factor=any", ["viewer"]),
            ("state=left", []),
        ],
    )
    def test_filters_narrow(self, world, browser, query, expected):
        Authenticator.objects.create(user=world.viewer, type=Authenticator.Type.TOTP, data={"secret": "x"})

        found = names(browser.get(f"/instance/people/?{query}"))

        assert sorted(found) == sorted(getattr(world, name).username for name in expected)

    def test_words_are_looked_for_in_name_username_and_address(self, world, browser):
        for words in (world.lead.display_name, world.lead.username.upper(), world.lead.email):
            assert names(browser.get("/instance/people/", {"q": words})) == [world.lead.username]

    def test_never_logged_in_and_last_seen(self, world, browser):
        User.objects.update(last_login=None, last_seen_at=None)
        User.objects.filter(pk=world.lead.pk).update(last_login=clock.now())

        assert world.lead.username not in names(browser.get("/instance/people/?login=never"))
        assert names(browser.get("/instance/people/?sort=seen"))[0] == world.lead.username

    def test_it_takes_as_many_statements_for_more_people(self, browser, assert_equal_queries):
        assert_equal_queries(lambda: browser.get("/instance/people/"), lambda: ProjectFactory(actor=PersonFactory()))

    def test_the_page_of_a_person_takes_as_many_for_more_projects(self, world, browser, assert_equal_queries):
        path = f"/instance/people/{world.stranger.username}/"

        def add():
            ProjectFactory(actor=world.stranger)
            create_team(actor=world.stranger, name=canary("Team"))

        assert_equal_queries(lambda: browser.get(path), add)

    def test_the_page_of_a_person_tells_where_they_belong(self, world, browser):
        page = browser.get(f"/instance/people/{world.developer.username}/").content.decode()

        assert world.developer.email in page
        assert world.bug.name in page
        assert f"permissions/?project={world.bug.key}" in page
        assert "was registered" in page or "registered" in page

    def test_roles_are_given_and_taken(self, world, browser):
        base = f"/instance/people/{world.viewer.username}/"

        given = said(browser.post(base + "role/", {"on": "1"}))

        assert f"{world.viewer.name} is a site administrator now." in given
        taken = said(browser.post(base + "role/", {"on": "0"}))
        assert "is no administrator any more." in taken

    def test_deactivating_is_told_and_undone(self, world, browser, client_for):
        other = client_for("viewer")
        base = f"/instance/people/{world.viewer.username}/"

        page = said(browser.post(base + "active/", {"on": "0"}))

        assert "All their sessions and tokens ended." in page
        assert other.get("/me/").status_code == 302
        assert "can log in again." in said(browser.post(base + "active/", {"on": "1"}))

    @pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "HX-Current-URL": "http://testserver{path}"}])
    def test_deactivating_asks_who_is_there_first(self, world, client_for, headers):
        client, path = client_for("administrator"), f"/instance/people/{world.viewer.username}/"
        told = {name: value.format(path=path) for name, value in headers.items()} or {
            "Referer": f"http://testserver{path}"
        }

        response = client.post(path + "active/", {"on": "0"}, headers=told)

        place = response.headers["HX-Redirect"] if headers else response.headers["Location"]
        assert (place, response.status_code) == (f"{AGAIN}?{urlencode({'next': path})}", 200 if headers else 302)
        assert User.objects.get(pk=world.viewer.pk).is_active

    @pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
    @pytest.mark.parametrize("act", ["activate", "deactivate"])
    def test_who_was_ticked_is_ticked_after_saying_who_one_is(self, world, client_for, headers, act):
        client, ids = client_for("administrator"), [world.viewer.pk, world.lead.pk]
        body = {"people": ids, "act": act, "next": "/instance/people/?q=cnry&people=1&page=1"}

        asked = client.post("/instance/people-act/", body, headers=headers)

        back = parse_qs(urlsplit(asked.headers["HX-Redirect" if headers else "Location"]).query)["next"][0]
        assert back == f"/instance/people/?q=cnry&people={ids[0]}&people={ids[1]}&page=1"
        assert User.objects.filter(pk__in=ids, is_active=True).count() == 2
        page = soup(step_up(client, to=quote(back)).client.get(back))
        ticked = {int(box["value"]) for box in page.select("#found input[name=people][checked]")}
        assert (ticked, "Nothing is changed yet." in page.text) == (set(ids), True)
        assert client.post("/instance/people-act/", body).headers["Location"] == body["next"]

    def test_oneself_is_refused_with_the_rule(self, world, browser):
        base = f"/instance/people/{world.administrator.username}/"
        PersonFactory()

        page = said(browser.post(base + "active/", {"on": "0"}))

        assert "You cannot deactivate your own account. Another administrator can." in page
        assert User.objects.get(pk=world.administrator.pk).is_active

    def test_several_at_once_all_or_none(self, world, browser):
        ids = [world.viewer.pk, world.developer.pk]
        body = {"people": ids, "act": "deactivate"}

        assert "2 accounts are deactivated." in said(browser.post("/instance/people-act/", body))
        assert not User.objects.filter(pk__in=ids, is_active=True).exists()

        refused = {"people": [world.lead.pk, world.administrator.pk], "act": "deactivate"}
        assert "Nothing was changed." in said(browser.post("/instance/people-act/", refused))
        assert User.objects.get(pk=world.lead.pk).is_active

    def test_nobody_ticked_is_said(self, browser):
        assert "Tick at least one person" in said(browser.post("/instance/people-act/", {"act": "deactivate"}))

    def test_sessions_are_ended(self, world, browser, client_for):
        other = client_for("viewer")

        page = said(browser.post(f"/instance/people/{world.viewer.username}/sessions/"))

        assert f"{world.viewer.name} is logged out everywhere." in page
        assert other.get("/me/").status_code == 302

    def test_factors_are_removed_for_who_lost_theirs(self, world, browser):
        for kind in (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES):
            Authenticator.objects.create(user=world.viewer, type=kind, data={})
        path = f"/instance/people/{world.viewer.username}/factors/"

        page = said(browser.post(path))

        assert f"The second factors of {world.viewer.name} are removed" in page
        assert not Authenticator.objects.filter(user=world.viewer).exists()
        event = Event.objects.get(kind="person.factors_reset")
        assert (event.actor, event.subject, event.data) == (
            world.administrator,
            f"person:{world.viewer.pk}",
            {"count": 1},
        )
        assert "has no second factor to remove." in said(browser.post(path))


class TestAdminUnderTheSameVerdict:
    """Django's admin is entered through our own log-in, and asks for a second factor where everything does."""

    @pytest.fixture(autouse=True)
    def _asks_everyone(self, world):
        InstanceSettings.objects.update_or_create(pk=1, defaults={"require_two_factors": True})
        instance.forget()

    def test_without_a_factor_it_leads_to_setting_one_up(self, client_for):
        for persona in ("administrator", "lead"):
            response = client_for(persona).get("/admin/")
            assert (response.status_code, response.headers["Location"]) == (302, "/me/security/")

    def test_with_one_it_opens(self, world, client_for):
        Authenticator.objects.create(user=world.administrator, type=Authenticator.Type.TOTP, data={"secret": "x"})

        assert client_for("administrator").get("/admin/").status_code == 200

    def test_who_is_deactivated_does_not_enter(self, client_for):
        way = client_for("deactivated").get("/admin/", follow=True).redirect_chain

        assert way[-1][0].startswith("/accounts/login/")


class TestTeams:
    def test_shared_teams_stand_there_and_own_ones_if_asked(self, world, browser):
        team = create_team(actor=world.lead, name=canary("Harbour"))

        page = browser.get("/instance/teams/").content.decode()

        assert team.name in page
        assert len(ROWS.findall(page)) == 2
        everyone = browser.get("/instance/teams/?personal=1").content.decode()
        assert len(ROWS.findall(everyone)) > len(User.objects.all())

    def test_a_deleted_team_comes_back(self, world, browser):
        team = create_team(actor=world.lead, name=canary("Harbour"))
        delete_team(actor=world.lead, team=team, typed_name=team.name)

        assert team.name not in browser.get("/instance/teams/").content.decode()
        assert team.name in browser.get("/instance/teams/?state=deleted").content.decode()
        response = browser.post(f"/instance/teams/{team.pk}/restore/")

        assert f"{team.name} is back" in said(response)

    def test_it_takes_as_many_statements_for_more_teams(self, browser, assert_equal_queries):
        assert_equal_queries(
            lambda: browser.get("/instance/teams/?personal=1"), lambda: ProjectFactory(actor=PersonFactory())
        )


class TestLog:
    def test_it_tells_who_did_what_to_whom(self, world, browser):
        set_administrator(actor=world.administrator, person=world.viewer, administrator=True)

        page = browser.get("/instance/log/?group=people").content.decode()

        text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
        assert f"{world.administrator.name} changed the administrator's rights of {world.viewer.name}" in text.replace(
            "&#39;", "'"
        )
        assert "administrator: no → yes" in text

    def test_it_is_narrowed_by_kind_person_and_day(self, world, browser):
        set_administrator(actor=world.administrator, person=world.viewer, administrator=True)

        def seqs(query):
            return re.findall(r'data-event="(\d+)"', browser.get(f"/instance/log/?{query}").content.decode())

        newest = str(Event.objects.filter(stream__name="instance").latest("seq").seq)
        assert seqs("group=people")[0] == newest
        assert newest not in seqs("group=tokens")
        assert seqs(f"person={world.viewer.username}")[0] == newest
        assert newest not in seqs(f"person={world.stranger.username}")
        assert seqs("since=2099-01-01") == []
        assert newest not in seqs("until=2025-12-31")
        assert seqs(f"before={newest}")[0] != newest

    def test_an_unknown_person_is_said(self, browser):
        response = browser.get("/instance/log/?person=nobody.here")

        assert response.status_code == 422
        assert "Nobody has this username or address." in response.content.decode()

    def test_it_pages_by_numbers(self, world, browser):
        for _number in range(30):
            set_administrator(actor=world.administrator, person=world.viewer, administrator=True)
            set_administrator(actor=world.administrator, person=world.viewer, administrator=False)

        first = browser.get("/instance/log/").content.decode()

        older = re.search(r'href="(\?[^"]*before=\d+)"', first)[1].replace("&amp;", "&")
        shown = set(re.findall(r'data-event="(\d+)"', first))
        second = set(re.findall(r'data-event="(\d+)"', browser.get(f"/instance/log/{older}").content.decode()))
        assert len(shown) == 50
        assert second
        assert not shown & second

    def test_the_chain_is_read_anew(self, browser):
        fragment = browser.get("/instance/log/chain/", htmx=True).content.decode()

        assert "The chain holds:" in fragment
        assert "<html" not in fragment

    def test_it_takes_as_many_statements_for_more_lines(self, world, browser, assert_equal_queries):
        assert_equal_queries(lambda: browser.get("/instance/log/"), PersonFactory)

    def test_an_export_is_a_table_without_formulas_and_is_recorded(self, world, browser):
        User.objects.filter(pk=world.viewer.pk).update(display_name="=1+1")
        set_administrator(actor=world.administrator, person=world.viewer, administrator=True)

        response = browser.post("/instance/log/export/", {"group": "people"})

        assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert response.headers["Content-Disposition"].startswith('attachment; filename="plumbline-log-')
        rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
        assert rows[0] == ["Number", "Time", "Kind", "By", "What happened", "Address"]
        assert rows[1][2] == "person.administrator_set"
        assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
        event = Event.objects.filter(stream__name="instance").latest("seq")
        assert (event.kind, event.data) == ("instance.log_exported", {"count": len(rows) - 1, "group": "people"})


class TestLetters:
    @pytest.fixture
    def dead(self, world):
        """A mail that was refused, and an event whose rule failed."""
        values = {"channel": "email", "topic": "issue:1", "next_at": clock.now(), "message_id": "<x@y>"}
        mail = Delivery.objects.create(
            person=world.lead, state=DeliveryState.DEAD, last_error="550 no such mailbox", **values
        )
        event = Event.objects.filter(kind="issue.created").first()
        outbox, _made = Outbox.objects.update_or_create(
            event=event, defaults={"died_at": clock.now(), "last_error": "It broke"}
        )
        return mail, outbox

    def test_each_is_shown_with_its_error(self, browser, dead):
        assert "550 no such mailbox" in browser.get("/instance/letters/?kind=mails").content.decode()
        assert "It broke" in browser.get("/instance/letters/").content.decode()
        assert browser.get("/instance/letters/?kind=nothing").status_code == 404

    def test_they_are_tried_again(self, browser, dead):
        mail, outbox = dead

        assert "1 is tried again now." in said(browser.post("/instance/letters/mails/retry/", {"ids": [mail.pk]}))
        assert "1 is tried again now." in said(browser.post("/instance/letters/events/retry/", {"ids": [outbox.pk]}))

        mail.refresh_from_db()
        outbox.refresh_from_db()
        assert (mail.state, outbox.died_at) == (DeliveryState.WAITING, None)
        kinds = list(
            Event.objects.filter(kind="instance.letters_retried").order_by("seq").values_list("data", flat=True)
        )
        assert kinds == [{"letters": "mails", "count": 1}, {"letters": "events", "count": 1}]

    def test_they_go_after_a_second_look_only(self, browser, dead):
        mail, outbox = dead

        asked = browser.post("/instance/letters/mails/drop/", {"ids": [mail.pk]})

        assert "Let 1 letter go?" in asked.content.decode()
        mail.refresh_from_db()
        assert mail.state == DeliveryState.DEAD
        for kind, row in (("mails", mail), ("events", outbox)):
            response = browser.post(f"/instance/letters/{kind}/drop/", {"ids": [row.pk], "sure": "1"})
            assert "1 was let go." in said(response)
        mail.refresh_from_db()
        assert mail.state == DeliveryState.DROPPED
        assert not Outbox.objects.filter(pk=outbox.pk).exists()
        assert Event.objects.filter(pk=outbox.event_id).exists()

    def test_living_ones_are_left_alone(self, world, browser):
        values = {"channel": "email", "topic": "issue:1", "next_at": clock.now(), "message_id": "<x@y>"}
        mail = Delivery.objects.create(person=world.lead, **values)

        browser.post("/instance/letters/mails/drop/", {"ids": [mail.pk], "sure": "1"})

        mail.refresh_from_db()
        assert mail.state == DeliveryState.WAITING
        assert not Event.objects.filter(kind="instance.letters_dropped").exists()

    def test_nothing_ticked_is_said(self, browser):
        assert "Tick at least one line" in said(browser.post("/instance/letters/mails/retry/"))
