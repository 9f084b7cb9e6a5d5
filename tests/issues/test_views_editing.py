"""Changing fields: in place, by the full form, by the board's pickers; who may; what two people at once see."""

import json

import pytest

from issues.models import Issue
from issues.services.editing import edit_issue
from notifications.queries import head_of
from projects.events import project_stream
from projects.services.labels import create_label
from tests.issues.issuepages import in_place, properties, swap_equals_fresh, trigger
from tests.issues.records import again, events_after, fingerprint, history_of
from tests.projects.pages import soup, words

EDIT = "/BUG-2/edit/"


def values(issue, *names):
    row = again(issue)
    return tuple(getattr(row, name) for name in names)


CHANGES = [
    ({"title": "  A better title  "}, "title", "A better title"),
    ({"description": "One\r\ntwo\rthree"}, "description", "One\ntwo\nthree"),
    ({"kind": "bug"}, "kind", "bug"),
    ({"priority": "4"}, "priority", 4),
    ({"estimate": "13"}, "estimate", 13),
    ({"resolution": "It was the proxy."}, "resolution", "It was the proxy."),
]


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
@pytest.mark.parametrize(("sent", "field", "value"), CHANGES, ids=[row[1] for row in CHANGES])
def test_edit_changes_one_field(world, client_for, sent, field, value, htmx):
    browser, issue = client_for("developer"), world.issue("BUG-2")
    sent = {**sent, "version": issue.version}

    response = in_place(browser, EDIT, sent) if htmx else browser.post(EDIT, sent)

    assert values(issue, field, "version") == (value, issue.version + 1)
    assert history_of(issue)[-1] == (issue.version + 1, world.developer, "~")
    if htmx:
        assert swap_equals_fresh(browser, response, "/BUG-2/")
    else:
        assert (response.status_code, response.headers["Location"]) == (302, "/BUG-2/")


def test_edit_in_the_panel_brings_the_panels_bar(world, client_for):
    browser = client_for("developer")

    response = in_place(browser, EDIT, {"priority": "4", "version": 2}, panel="1")

    panel = browser.get("/BUG-2/", htmx=True, headers={"HX-Target": "panel"})
    assert swap_equals_fresh(browser, response, "/BUG-2/", page=panel)


def test_edit_tells_the_page_what_changed(world, client_for):
    browser = client_for("developer")

    here = in_place(browser, EDIT, {"priority": "4"})
    elsewhere = browser.post(EDIT, {"priority": "1"}, htmx=True)

    assert json.loads(trigger(here)) == {"issue-changed": {"key": "BUG-2", "shown": True}}
    assert json.loads(trigger(elsewhere)) == {"issue-changed": {"key": "BUG-2", "shown": False}}
    assert (elsewhere.status_code, elsewhere.content) == (204, b"")


def test_edit_assigns_and_takes_away(world, client_for):
    browser, issue = client_for("developer"), world.issue("BUG-5")

    browser.post("/BUG-5/edit/", {"assignee": world.lead.username.upper()})
    first = again(issue).assignee
    browser.post("/BUG-5/edit/", {"assignee": "me"})
    second = again(issue).assignee
    browser.post("/BUG-5/edit/", {"assignee": ""})

    assert (first, second, again(issue).assignee) == (world.lead, world.developer, None)


def test_edit_sets_and_clears_the_due_date(world, client_for):
    browser, issue = client_for("developer"), world.issue("BUG-2")

    browser.post(EDIT, {"due_on": "2030-02-28"})
    first = again(issue).due_on
    browser.post(EDIT, {"due_on": "", "estimate": ""})

    assert (first.isoformat(), again(issue).due_on, again(issue).estimate) == ("2030-02-28", None, None)


def test_edit_labels_keeps_what_others_added_meanwhile(world, client_for):
    issue, old = world.issue("BUG-2"), world.label("BUG")
    mine = create_label(actor=world.lead, project=world.bug, name="mine", hue=1)
    theirs = create_label(actor=world.lead, project=world.bug, name="theirs", hue=1)
    edit_issue(actor=world.lead, issue=issue, changes={}, add_labels=[theirs.pk])

    sent = {"had_label": [old.pk], "labels": [mine.pk], "version": issue.version}
    client_for("developer").post(EDIT, sent)

    assert set(again(issue).label_ids) == {mine.pk, theirs.pk}


def test_edit_labels_unticking_all_takes_them_off(world, client_for):
    client_for("developer").post(EDIT, {"had_label": [world.label("BUG").pk]})

    assert again(world.issue("BUG-2")).label_ids == []


def test_edit_what_is_as_it_was_writes_nothing(world, client_for):
    browser, issue = client_for("developer"), world.issue("BUG-2")
    before = fingerprint()

    response = browser.post(EDIT, {"title": issue.title, "version": issue.version})

    assert (response.status_code, fingerprint()) == (302, before)


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"title": "   "}, "Title: This field is required."),
        ({"title": "x" * 201}, "Title: Ensure this value has at most 200 characters (it has 201)."),
        ({"description": "x" * 65_537}, "Description: Ensure this value has at most 65536 characters (it has 65537)."),
        ({"kind": "epic"}, "Type: Select a valid choice. epic is not one of the available choices."),
        ({"priority": "9"}, "Priority: Select a valid choice. 9 is not one of the available choices."),
        ({"due_on": "tomorrow"}, "Due date: Enter a valid date."),
        ({"estimate": "-1"}, "Estimate: Ensure this value is greater than or equal to 0."),
        ({"estimate": "1000"}, "Estimate: Ensure this value is less than or equal to 999."),
        ({"title": "a\x00b"}, "Title: Null characters are not allowed."),
        (
            {"assignee": "nobody.here"},
            "Assignee: Select a valid choice. nobody.here is not one of the available choices.",
        ),
        ({"add_label": "999999"}, "A label was removed meanwhile. Reload the page and choose again."),
        ({"assignee": ""}, "BUG-2 is in In progress, which needs an assignee. Choose someone else, or move it first."),
    ],
)
def test_edit_refused_says_why_and_writes_nothing(world, client_for, sent, problem):
    browser, before = client_for("developer"), fingerprint()

    scripted, plain = in_place(browser, EDIT, sent), browser.post(EDIT, sent)

    assert (scripted.status_code, scripted.headers["HX-Retarget"]) == (422, "#toasts")
    assert words(scripted, "[data-toast-text]") == problem
    assert plain.status_code == 422
    assert problem.split(": ")[-1] in words(plain, ".errors")
    assert fingerprint() == before


def test_edit_refused_plainly_keeps_what_was_typed(world, client_for):
    long = "These are my words. " * 12

    response = client_for("developer").post(EDIT, {"title": long, "description": "And *these*."})

    page = soup(response)
    assert page.select_one("[name=title]")["value"] == long
    assert page.select_one("[name=description]").get_text().strip() == "And *these*."


@pytest.mark.parametrize("persona", ["lead", "developer", "administrator"])
def test_edit_is_for_those_who_may(world, client_for, persona):
    client_for(persona).post(EDIT, {"priority": "1"})

    assert again(world.issue("BUG-2")).priority == 1


@pytest.mark.parametrize(
    ("persona", "status"),
    [("viewer", 403), ("stranger", 404), ("removed", 404), ("anonymous", 302), ("deactivated", 302)],
)
@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_edit_is_refused_to_all_others(world, client_for, persona, status, htmx):
    browser, before = client_for(persona), fingerprint()

    response = browser.post(EDIT, {"priority": "1"}, htmx=htmx)

    assert (response.status_code, fingerprint()) == (status, before)
    if persona == "viewer":
        assert (
            f"needs the role developer or lead; you are viewer. {world.lead.name} can change that."
            in soup(response).get_text()
        )


def test_edit_of_an_archived_project_is_refused(world, client_for):
    response = client_for("lead").post("/SHELF-1/edit/", {"priority": "1"})

    assert response.status_code == 403
    assert "SHELF is archived" in words(response)


def test_form_page_holds_every_field(world, client_for):
    page = soup(client_for("developer").get(EDIT))

    names = [field["name"] for field in page.select("main form [name]") if field.get("type") != "checkbox"]
    assert names == [
        "csrfmiddlewaretoken", "had_label", "version", "title", "description", "kind", "priority", "assignee", "due_on",
        "estimate", "resolution",
    ]  # fmt: skip
    assert page.select_one("[name=title]")["value"] == world.issue("BUG-2").title
    assert page.select_one("[name=labels][checked]")["value"] == str(world.label("BUG").pk)


def test_form_page_sent_unchanged_writes_nothing(world, client_for):
    browser, before = client_for("developer"), fingerprint()
    page = soup(browser.get(EDIT))
    sent = {field["name"]: field.get("value", "") for field in page.select("main form input:not([type=checkbox])")}
    sent |= {field["name"]: field.get_text().removeprefix("\n") for field in page.select("main form textarea")}
    sent |= {field["name"]: field.select_one("[selected]")["value"] for field in page.select("main form select")}
    sent["labels"] = [box["value"] for box in page.select("[name=labels][checked]")]

    response = browser.post(EDIT, sent)

    assert (response.status_code, fingerprint()) == (302, before)


@pytest.mark.parametrize("persona", ["viewer", "anonymous"])
def test_form_page_is_for_those_who_may(world, client_for, persona):
    assert client_for(persona).get("/OPEN-1/edit/").status_code == (403 if persona == "viewer" else 302)


class TestClash:
    """Two people changed the same."""

    def clash(self, world, client_for, sent=None, *, htmx=True):
        self.issue = world.issue("BUG-2")
        self.based_on = self.issue.version
        self.theirs = edit_issue(actor=world.lead, issue=self.issue, changes={"title": "Theirs", "priority": 1})
        browser = client_for("developer")
        sent = {"title": "Mine", "version": self.based_on} | (sent or {})
        return browser, in_place(browser, EDIT, sent) if htmx else browser.post(EDIT, sent)

    @pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
    def test_shows_base_theirs_and_yours(self, world, client_for, htmx):
        _browser, response = self.clash(world, client_for, htmx=htmx)

        shown = [cell.get_text() for cell in soup(response).select(".clash-text")]
        assert (response.status_code, shown) == (409, [self.issue.title, "Theirs", "Mine"])
        assert soup(response).select_one("[name=version]")["value"] == str(self.theirs.version)
        assert values(self.issue, "title") == ("Theirs",)

    @pytest.mark.parametrize(("choice", "title"), [("theirs", "Theirs"), ("mine", "Mine"), ("edited", "Both of us")])
    def test_choice_decides(self, world, client_for, choice, title):
        browser, response = self.clash(world, client_for)
        sent = sent_by(soup(response).select_one("form.clash"))

        browser.post(EDIT, sent | {"choice_title": choice, "edited_title": "Both of us"})

        assert values(self.issue, "title", "priority") == (title, 1)

    def test_what_did_not_clash_goes_along(self, world, client_for):
        label = create_label(actor=world.lead, project=world.bug, name="later", hue=1)
        others = {"description": "Only I changed this.\n", "estimate": "8", "assignee": world.lead.username}
        browser, response = self.clash(world, client_for, others | {"add_label": label.pk})
        sent = sent_by(soup(response).select_one("form.clash"))

        browser.post(EDIT, sent | {"choice_title": "mine"})

        row = again(self.issue)
        assert (row.title, row.description, row.estimate, row.assignee) == (
            "Mine", "Only I changed this.\n", 8, world.lead,
        )  # fmt: skip
        assert label.pk in row.label_ids

    def test_third_person_in_between_clashes_again(self, world, client_for):
        browser, response = self.clash(world, client_for)
        edit_issue(actor=world.lead, issue=self.theirs, changes={"title": "Third"})

        second = browser.post(EDIT, sent_by(soup(response).select_one("form.clash")) | {"choice_title": "mine"})

        shown = [cell.get_text() for cell in soup(second).select(".clash-text")]
        assert (second.status_code, shown) == (409, ["Theirs", "Third", "Mine"])

    def test_other_fields_merge_without_asking(self, world, client_for):
        issue = world.issue("BUG-2")
        edit_issue(actor=world.lead, issue=issue, changes={"priority": 1})

        response = in_place(client_for("developer"), EDIT, {"title": "Mine", "version": issue.version})

        assert (response.status_code, *values(issue, "title", "priority")) == (200, "Mine", 1)

    def test_words_typed_are_shown_as_text(self, world, client_for):
        nasty = "<script>alert(1)</script></textarea><img src=x>"
        _browser, response = self.clash(world, client_for, {"title": nasty})

        assert soup(response).select_one("textarea").get_text().strip() == nasty
        assert soup(response).select("script:not([src]), img") == []


def sent_by(form):
    """Return what a browser sends for a form as it is."""
    sent = {}
    for field in form.select("input[type=hidden], input[checked], textarea"):
        value = field.get_text().removeprefix("\n") if field.name == "textarea" else field.get("value", "")
        sent[field["name"]] = [*sent[field["name"]], value] if field["name"] in sent else [value]
    return {name: values if len(values) > 1 else values[0] for name, values in sent.items()}


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("state", {"to", "seen", "next", "resolution"}),
        ("assignee", {"assignee", "version"}),
        ("priority", {"priority", "version"}),
        ("labels", {"labels", "had_label", "version"}),
        ("due", {"due_on", "version"}),
        ("kind", {"kind", "version"}),
        ("estimate", {"estimate", "version"}),
    ],
)
def test_pick_is_one_picker(world, client_for, field, names):
    part = soup(client_for("developer").get(f"/BUG-2/pick/{field}/", htmx=True))

    assert {entry["name"] for entry in part.select("form [name]")} == names | {"csrfmiddlewaretoken"}
    assert len(part.select("[popover]")) == 1


@pytest.mark.parametrize(("persona", "status"), [("viewer", 403), ("stranger", 404), ("anonymous", 302)])
def test_pick_is_for_those_who_may(world, client_for, persona, status):
    assert client_for(persona).get("/BUG-2/pick/state/", htmx=True).status_code == status


def test_pick_of_something_else_is_not_found(world, client_for):
    assert client_for("lead").get("/BUG-2/pick/title/").status_code == 404


def test_edit_records_one_event(world, client_for):
    seq = head_of(project_stream(world.bug.pk))

    client_for("developer").post(EDIT, {"priority": "0", "kind": "chore"})

    issue = Issue.objects.get(pk=world.issue("BUG-2").pk)
    diff = {"priority": {"from": "high", "to": "none"}, "kind": {"from": "task", "to": "chore"}}
    data = {"key": "BUG-2", "title": issue.title, "changes": diff}
    assert events_after(world.bug, seq) == [("issue.changed", world.developer, f"issue:{issue.pk}", data)]


def test_answer_shows_the_new_values(world, client_for):
    response = in_place(client_for("developer"), EDIT, {"priority": "4", "estimate": "1"})

    assert (properties(response)["Priority"], properties(response)["Estimate"]) == ("Urgent", "1 point")


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_edit_takes_no_other_method(world, client_for, method):
    assert getattr(client_for("lead"), method)(EDIT).status_code == 405
