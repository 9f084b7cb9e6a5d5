"""An issue made of a message: what it says, who may, once only, and the links between the two."""

import pytest

from chat.models import Message
from chat.services.messages import delete_message
from config.errors import DomainError, PermissionRefused
from issues.models import Issue
from issues.quoting import quotation_of, title_of
from issues.services.frommessage import create_issue_from_message
from issues.services.moving import move_issue
from notifications.enums import Reason
from notifications.models import Watch
from projects.enums import Role
from tests.chat.talking import again, head, past_of, say
from tests.factories import ProjectFactory, member
from tests.issues.records import events_after, fingerprint, history_of
from tests.parallel import at_once
from tests.projects.pages import soup, words


def path_of(message):
    return f"/{message.thread.project.key}/messages/{message.pk}/issue/"


@pytest.fixture(params=["room", "discussion"])
def said(request, world):
    """A message of the viewer's colleague, in the room or on an issue."""
    return say(world.developer, world.team if request.param == "room" else world.issue("TEAM-1"), "**Fog** on the pier")


def make(actor, message, **more):
    return create_issue_from_message(actor=actor, message=message, **({"title": "Fog"} | more))


def test_issue_and_message_lead_to_each_other(world, said):
    before = head(world.team)

    issue = make(world.lead, said, description="> Fog", kind="bug", assignee=world.developer)

    message = again(said)
    assert (issue.title, issue.description, issue.kind, issue.assignee) == ("Fog", "> Fog", "bug", world.developer)
    assert (message.made_issue_id, message.version, message.body) == (issue.pk, 2, said.body)
    assert history_of(issue) == [(1, world.lead, "+")]
    assert past_of(message)[-1] == (2, said.body, world.lead, "~")
    number = said.thread.issue.number if said.thread.issue else None
    origin = {"message": said.pk, "seq": said.seq, "issue": number, "author": world.developer.pk}
    created, made = events_after(world.team, before)
    assert (created[0], created[1], created[3]["from"]) == ("issue.created", world.lead, origin)
    assert made[:3] == ("message.made_issue", world.lead, f"message:{said.pk}")
    assert (made[3]["message"], made[3]["thread"], made[3]["made"]) == (said.pk, said.thread_id, issue.key)
    watches = set(Watch.objects.filter(issue=issue).values_list("person_id", "reason"))
    assert watches == {(world.lead.pk, Reason.REPORTED), (world.developer.pk, Reason.ASSIGNED)}


def test_second_issue_is_refused_and_names_the_first(world, said):
    first = make(world.lead, said)
    before = fingerprint()

    with pytest.raises(DomainError, match=f"{first.key} was made of this message already"):
        make(world.developer, said)

    assert fingerprint() == before


def test_tombstone_becomes_no_issue(world, said):
    delete_message(actor=world.developer, message=said)
    before = fingerprint()

    with pytest.raises(DomainError, match="was deleted"):
        make(world.lead, said)

    assert fingerprint() == before


def test_what_does_not_fit_leaves_nothing_behind(world, said):
    before = fingerprint()

    with pytest.raises(DomainError, match="is not a member"):
        make(world.lead, said, assignee=world.stranger)

    assert fingerprint() == before


@pytest.mark.parametrize("persona", ["viewer", "stranger", "removed"])
def test_service_is_for_those_who_create_issues(world, said, persona):
    with pytest.raises(PermissionRefused):
        make(world.person(persona), said)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_makes_the_issue():
    project = ProjectFactory()
    developer, said = member(project, Role.DEVELOPER), say(project.owner, project)

    results = at_once([lambda: make(project.owner, again(said)), lambda: make(developer, again(said))])

    assert sorted(type(result).__name__ for result in results) == ["DomainError", "Issue"]
    assert Issue.objects.filter(project=project).count() == 1


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Fog on the pier", "Fog on the pier"),
        ("\n\n# **Fog** on `the pier`\n\nSince Monday.", "Fog on the pier"),
        ("[Fog](https://example.org/) & <b>mist</b>", "Fog & <b>mist</b>"),
        ("```\nlog\n```\nIt stops", "log"),
        ("> @ana said\n\nFog", "@ana said"),
        ("x" * 300, "x" * 199 + "…"),
        ("word " * 60, "word " * 38 + "word…"),
        ("***", ""),
    ],
)
def test_title_is_the_first_line_in_plain_words(text, title):
    assert title_of(text) == title


def test_quotation_says_who_and_leads_to_where(world):
    message = again(say(world.developer, world.team, "Fog\n\n- thick"))

    words = f"{world.developer.name} in {world.team.name} chat"
    link = f"/TEAM/chat/?at={message.seq}#message-{message.pk}"
    assert quotation_of(message) == f"> Fog\n>\n> - thick\n\n— [{words}]({link})\n"


def test_longest_message_fits_into_a_description(world):
    message = again(say(world.developer, world.issue("TEAM-1"), "a\n" * 16_000 + "b"))

    assert make(world.lead, message, description=quotation_of(message)).description.startswith("> a\n> a\n")


class TestView:
    """The dialog, the page, and what they answer."""

    @pytest.mark.parametrize(
        ("persona", "status"),
        [("anonymous", 302), ("stranger", 404), ("removed", 404), ("viewer", 403), ("developer", 200), ("lead", 200)],
    )
    def test_form_is_for_those_who_create_issues(self, world, client_for, said, persona, status):
        response = client_for(persona).get(path_of(said))

        assert response.status_code == status
        assert ("on the pier" in response.content.decode()) == (status == 200)

    @pytest.mark.parametrize(
        ("persona", "status"),
        [("anonymous", 302), ("stranger", 404), ("removed", 404), ("viewer", 403), ("developer", 302), ("lead", 302)],
    )
    def test_making_is_for_those_who_create_issues(self, world, client_for, said, persona, status):
        count = Issue.objects.count()

        response = client_for(persona).post(path_of(said), {"title": "Fog", "kind": "bug"})

        made = persona in {"developer", "lead"}
        assert (response.status_code, Issue.objects.count()) == (status, count + made)
        if made:
            assert response.headers["Location"] == f"/{Issue.objects.latest('pk').key}/"

    def test_form_is_filled_with_what_was_said(self, world, client_for, said):
        page = soup(client_for("developer").get(path_of(said)))

        assert page.select_one("[name=title]")["value"] == "Fog on the pier"
        assert page.select_one("[name=description]").get_text().strip().startswith("> **Fog** on the pier")
        assert page.select("[hx-post]:not(#issue-watch form)") == []

    def test_dialog_answers_with_the_message_that_shows_its_chip(self, world, client_for, said):
        browser = client_for("developer")

        dialog = soup(browser.get(path_of(said), htmx=True))
        response = browser.post(path_of(said), {"title": "Fog", "kind": "bug"}, htmx=True)

        key = Issue.objects.latest("pk").key
        assert [child.name for child in dialog.find_all(recursive=False)] == ["dialog"]
        assert dialog.select_one("form[hx-post]")["hx-target"] == f"#message-{said.pk}"
        assert [child["id"] for child in soup(response).find_all(recursive=False)] == [f"message-{said.pk}"]
        assert words(response, ".made") == f"Made it {key} · To do"
        assert f"{key} is made of the message." in response.headers["HX-Trigger"]
        fresh = browser.get(f"/TEAM/messages/{said.pk}/", htmx=True)
        assert fresh.content == response.content

    @pytest.mark.parametrize("sent", [{"title": " "}, {"title": "x" * 201}, {"title": "Fog", "assignee": "nobody"}])
    def test_refused_form_comes_back_with_what_was_typed(self, world, client_for, said, sent):
        browser = client_for("developer")

        plain = browser.post(path_of(said), {"kind": "bug", "description": "Mine"} | sent)
        part = browser.post(path_of(said), {"kind": "bug", "description": "Mine"} | sent, htmx=True)

        assert (plain.status_code, part.status_code, part.headers["HX-Retarget"]) == (422, 422, "#dialogs")
        for answer in (plain, part):
            assert soup(answer).select_one("[name=description]").get_text().strip() == "Mine"
            assert soup(answer).select(".errors")
        assert again(said).made_issue_id is None

    def test_form_of_a_message_with_an_issue_names_it(self, world, client_for, said):
        issue = make(world.lead, said)

        response = client_for("developer").get(path_of(said))

        assert soup(response).select_one("dialog p a")["href"] == f"/{issue.key}/"
        assert soup(response).select("form[action$='/issue/']") == []

    def test_issue_says_where_it_came_from(self, world, client_for, said):
        issue = make(world.lead, said)

        line = soup(client_for("viewer").get(f"/{issue.key}/")).select_one(".stream > .change")

        room = said.thread.issue is None
        place, link = (
            (f"{world.team.name} chat", f"/TEAM/chat/?at={said.seq}")
            if room
            else ("TEAM-1", f"/TEAM-1/?message={said.seq}")
        )
        assert " ".join(line.div.get_text().split()).startswith(
            f"{world.lead.name} opened this from a message in {place}"
        )
        assert line.select_one("a")["href"] == f"{link}#message-{said.pk}"

    def test_chip_shows_the_state_that_the_issue_has_now(self, world, client_for, said):
        issue = make(world.lead, said)
        browser = client_for("viewer")
        before = words(browser.get(f"/TEAM/messages/{said.pk}/", htmx=True), ".made")

        move_issue(actor=world.lead, issue=issue, to=world.state("TEAM", "done"))

        after = words(browser.get(f"/TEAM/messages/{said.pk}/", htmx=True), ".made")
        assert (before, after) == (f"Made it {issue.key} · To do", f"Made it {issue.key} · Done")

    def test_another_projects_message_is_not_found(self, world, client_for):
        said = say(world.lead, world.bug)

        assert client_for("lead").get(f"/TEAM/messages/{said.pk}/issue/").status_code == 404

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_address_is_read_and_posted_to_only(self, world, client_for, said, method):
        assert getattr(client_for("lead"), method)(path_of(said)).status_code == 405


def test_query_counts_do_not_grow_with_the_messages(world, client_for, assert_equal_queries):
    browser = client_for("developer")
    said = say(world.developer, world.team, "Fog @nobody TEAM-1")

    def add():
        make(world.lead, say(world.lead, world.team, "More of TEAM-2"))

    assert_equal_queries(lambda: browser.get(path_of(said)), add)
    assert Message.objects.filter(made_issue__isnull=False).count() == 2
