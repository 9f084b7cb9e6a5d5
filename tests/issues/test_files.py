"""Files of issues: what a description hangs on one, and what the page shows of them, now and then."""

import pytest

from chat.services.messages import delete_message
from config import clock
from config.errors import DomainError
from files.services.checking import check_now
from files.services.keeping import purge_file, remove_file, rename_file, restore_file
from issues.files import SHOWN, files_of
from issues.services.creation import create_issue
from issues.services.editing import edit_issue
from issues.services.frommessage import create_issue_from_message
from projects.access import access_to
from projects.services.projects import archive_project
from tests.chat.talking import head, say
from tests.files.hung import again, draft, hung, linked, path_of, pending, shown, unchecked
from tests.files.sending import announce, picture, send, send_to
from tests.issues.records import events_after
from tests.projects.pages import soup, words

pytestmark = pytest.mark.django_db
SECTION = "#issue-files"


def kinds_after(world, seq):
    return [(kind, data.get("name", "")) for kind, _actor, _subject, data in events_after(world.bug, seq)]


def listed(page):
    """Return the names in the list of files, in its order."""
    return [name.get_text() for name in page.select(f"{SECTION} > details > ul > .file .name")]


# --- What descriptions hang ---


def test_a_new_issue_takes_the_drafts_that_its_description_names(world):
    ready, late = draft(world.developer, world.bug, "a.png"), unchecked(world.developer, world.bug, "b.txt")
    before = head(world.bug)

    issue = create_issue(
        actor=world.developer, project=world.bug, title="New", description=f"{shown(ready)} {linked(late)}"
    )

    place = ("issue", issue.key, None)
    assert (hung(ready), hung(late)) == (place, place)
    assert kinds_after(world, before) == [("issue.created", ""), ("file.added", "a.png")]
    check_now(again(late))
    assert kinds_after(world, before)[2:] == [("file.added", "b.txt")]


def test_an_event_of_a_file_says_what_names_it_and_leads_to_it(world):
    file, issue, before = draft(world.developer, world.bug), world.issue("BUG-6"), head(world.bug)

    edit_issue(actor=world.developer, issue=issue, changes={"description": linked(file)})

    data = {"file": file.pk, "uuid": str(file.uuid), "name": file.name, "size": file.size, "kind": "text"}
    data |= {"issue": issue.pk, "message": None, "project": "BUG", "key": "BUG-6", "title": issue.title}
    assert events_after(world.bug, before)[1:] == [("file.added", world.developer, f"issue:{issue.pk}", data)]


def test_an_edit_takes_the_drafts_that_the_description_names(world):
    file, other, theirs = (draft(person, world.bug) for person in (world.developer, world.developer, world.lead))
    edit_issue(
        actor=world.developer, issue=world.issue("BUG-6"), changes={"description": f"{shown(file)}{shown(theirs)}"}
    )

    assert [hung(each)[0] for each in (file, other, theirs)] == ["issue", "draft", "draft"]


def test_an_edit_of_something_else_takes_nothing(world):
    file, issue = draft(world.developer, world.bug), world.issue("BUG-6")
    edit_issue(actor=world.lead, issue=issue, changes={"description": linked(file)})

    edit_issue(actor=world.developer, issue=issue, changes={"title": "Other"})

    assert hung(file)[0] == "draft"


def test_a_file_that_hangs_elsewhere_stays_there(world):
    file, before = send_to(world.issue("BUG-2"), "a.txt"), head(world.bug)

    edit_issue(actor=world.lead, issue=world.issue("BUG-6"), changes={"description": linked(file)})

    assert (hung(file)[1], kinds_after(world, before)) == ("BUG-2", [("issue.changed", "")])


def test_a_description_with_a_file_on_its_way_is_refused_whole(world, client_for):
    file = pending(world.developer, world.bug, "slow.png")
    before = head(world.bug)

    with pytest.raises(DomainError, match=r"slow\.png is still being sent"):
        create_issue(actor=world.developer, project=world.bug, title="New", description=shown(file))
    answer = client_for("developer").post("/BUG-6/edit/", {"description": f"My words {shown(file)}", "version": "2"})

    assert (answer.status_code, head(world.bug)) == (422, before)
    assert "My words" in soup(answer).select_one("textarea[name=description]").get_text()


# --- The page ---


def test_the_page_lists_files_newest_first(world, client_for):
    issue = world.issue("BUG-6")
    for name in ("a.txt", "b.png"):
        send_to(issue, name, *([picture()] if name.endswith("png") else []))
    message = say(world.lead, issue, "Look", files=[draft(world.lead, world.bug, "c.txt").uuid])

    page = soup(client_for("viewer").get("/BUG-6/"))

    assert listed(page) == ["c.txt", "b.png", "a.txt"]
    assert page.select_one(f"{SECTION} .count").get_text() == "3"
    assert len(page.select(f"#message-{message.pk} .file")) == 1
    assert "BUG-6" not in page.select_one(f"{SECTION} ul").get_text()


@pytest.mark.parametrize("headers", [{}, {"HX-Target": "panel"}, {"HX-Target": "issue-body"}])
def test_page_panel_and_swap_show_the_same_files(world, client_for, headers):
    send_to(world.issue("BUG-6"), "a.txt")

    page = soup(client_for("developer").get("/BUG-6/", htmx=bool(headers), headers=headers))

    assert (listed(page), page.select_one(SECTION)["data-issue"]) == (["a.txt"], "6")


def test_who_may_add_files_is_offered_to(world, client_for):
    section = soup(client_for("developer").get("/BUG-6/")).select_one(SECTION)

    offered = {name: section[name] for name in ("data-drop", "data-place", "data-issue", "data-start")}
    assert offered == {"data-drop": "", "data-place": "issue", "data-issue": "6", "data-start": "/BUG/files/start/"}
    assert section.select_one("input[type=file][data-pick]")


def test_who_may_not_is_told_why(world, client_for):
    page = client_for("viewer").get("/BUG-6/")

    assert not soup(page).select(f"{SECTION}[data-drop], {SECTION} input")
    assert "No files. Adding files to issues and projects in BUG needs the role developer or lead;" in words(
        page, SECTION
    )


def test_an_archived_project_takes_no_files(world, client_for):
    send_to(world.issue("BUG-6"), "a.txt")
    archive_project(actor=world.lead, project=world.bug)

    page = client_for("lead").get("/BUG-6/")

    assert (listed(soup(page)), soup(page).select(f"{SECTION}[data-drop]")) == (["a.txt"], [])
    assert "archived" in words(page, SECTION)


@pytest.mark.parametrize(("persona", "names"), [("lead", ["no.png"]), ("developer", []), ("viewer", [])])
def test_what_was_refused_shows_to_its_uploader(world, client_for, persona, names):
    send_to(world.issue("BUG-6"), "no.png", b"no picture at all")
    announce(world.lead, world.bug, "slow.txt", issue=world.issue("BUG-6"))

    page = client_for(persona).get("/BUG-6/")

    assert listed(soup(page)) == names
    assert ("it is none" in words(page, SECTION)) == bool(names)


@pytest.mark.parametrize(
    ("persona", "names"),
    [("lead", {"by lead.txt", "by developer.txt"}), ("developer", {"by developer.txt"}), ("viewer", set())],
)
def test_removed_files_show_to_who_may_restore_them(world, client_for, persona, names):
    for who in ("lead", "developer"):
        file = send_to(world.issue("BUG-6"), f"by {who}.txt", actor=world.person(who))
        remove_file(actor=world.lead, file=file)
    purge_file(actor=world.lead, file=send_to(world.issue("BUG-6"), "purged.txt"))

    page = soup(client_for(persona).get("/BUG-6/"))

    removed = page.select("#issue-removed .file")
    assert {line.select_one(".name").get_text() for line in removed} == names
    assert listed(page) == []


def test_a_removed_file_is_restored_from_the_issue(world, client_for):
    file = remove_file(actor=world.lead, file=send_to(world.issue("BUG-6"), "a.txt"))
    browser = client_for("lead")
    form = soup(browser.get("/BUG-6/")).select_one("#issue-removed form")

    answer = browser.post(form["action"], {"next": form.select_one("[name=next]")["value"]})

    assert (answer.url, again(file).removed_at) == ("/BUG-6/", None)


def test_files_of_a_deleted_message_are_not_listed(world, client_for):
    message = say(world.lead, world.issue("BUG-6"), "Look", files=[draft(world.lead, world.bug, "a.txt").uuid])
    delete_message(actor=world.lead, message=message)

    assert "a.txt" not in client_for("lead").get("/BUG-6/").content.decode()


def test_files_of_other_issues_are_not_listed(world, client_for):
    send_to(world.issue("BUG-2"), "a.txt")
    send(world.lead, world.bug, "b.txt")

    assert listed(soup(client_for("lead").get("/BUG-6/"))) == []


def test_files_cost_no_statement_each(world, client_for, assert_equal_queries):
    browser, issue = client_for("lead"), world.issue("BUG-6")

    def add():
        send_to(issue, "a.txt")
        remove_file(actor=world.lead, file=send_to(issue, "b.txt"))

    add()
    assert_equal_queries(lambda: browser.get("/BUG-6/"), add)


def test_files_cost_two_statements_and_none_cost_one(world, django_assert_num_queries):
    issue = world.issue("BUG-6")
    access_to(issue.project, world.lead)
    with django_assert_num_queries(1):
        none = files_of(issue, world.lead)
    by_developer = send_to(issue, "a.txt", actor=world.developer)
    remove_file(actor=world.lead, file=send_to(issue, "b.txt"))

    with django_assert_num_queries(2):
        found = files_of(issue, world.lead)

    assert (none.cards, none.removed) == ([], [])
    assert [(card.name, card.uploader, card.state) for card in found.cards] == [
        (by_developer.name, world.developer.username, "ready")
    ]
    assert [(each.card.name, each.by) for each in found.removed] == [("b.txt", world.lead)]


def test_a_long_list_ends_with_a_way_to_all(world, client_for, monkeypatch):
    monkeypatch.setattr("issues.files.SHOWN", 2)
    for place in range(3):
        send_to(world.issue("BUG-6"), f"{place}.txt")

    page = soup(client_for("viewer").get("/BUG-6/"))

    assert (SHOWN, listed(page), page.select_one(f"{SECTION} .count").get_text()) == (200, ["2.txt", "1.txt"], "2+")
    assert page.select_one(f"{SECTION} p > a.link")["href"] == "/BUG/files/"


def test_what_was_removed_takes_no_place_of_what_stands(world, client_for, monkeypatch):
    monkeypatch.setattr("issues.files.SHOWN", 2)
    for place in range(5):
        file = send_to(world.issue("BUG-6"), f"{place}.txt", actor=world.developer if place == 1 else None)
        if place:
            remove_file(actor=world.lead, file=file)

    pages = {who: soup(client_for(who).get("/BUG-6/")) for who in ("viewer", "developer", "lead")}

    removed = {who: [name.get_text() for name in page.select("#issue-removed .name")] for who, page in pages.items()}
    assert {who: listed(page) for who, page in pages.items()} == {who: ["0.txt"] for who in pages}
    assert removed == {"viewer": [], "developer": ["1.txt"], "lead": ["4.txt", "3.txt"]}
    assert pages["viewer"].select_one(f"{SECTION} .count").get_text() == "1"


def test_the_page_of_a_moment_shows_the_files_of_then(world, client_for):
    issue = world.issue("BUG-6")
    kept, removed, purged = (send_to(issue, f"{name}.txt") for name in ("kept", "removed", "purged"))
    moment = clock.now()
    purge_file(actor=world.lead, file=purged)
    rename_file(actor=world.lead, file=kept, name="later.txt")
    remove_file(actor=world.lead, file=removed)
    send_to(issue, "new.txt")

    page = client_for("lead").get("/BUG-6/", {"at": moment.isoformat()})
    earlier = client_for("lead").get("/BUG-6/", {"at": issue.created_at.isoformat()})

    assert listed(soup(page)) == ["purged.txt", "removed.txt", "kept.txt"]
    said = {card.select_one(".name").get_text(): card for card in soup(page).select(f"{SECTION} .file")}
    assert {name: "Removed since then" in card.get_text() for name, card in said.items()} == {
        "purged.txt": True,
        "removed.txt": True,
        "kept.txt": False,
    }
    assert said["kept.txt"].select(f"a[href^='{path_of(kept)}']")
    assert [card.select("a") for name, card in said.items() if name != "kept.txt"] == [[], []]
    assert not soup(page).select(f"{SECTION}[data-drop], {SECTION} form, {SECTION} input")
    assert "It had no files then." in words(earlier, SECTION)


# --- Its story ---


def stream_of(page):
    return [" ".join(line.div.get_text(" ").split()).split(" ·")[0] for line in page.select("#issue-stream .change")]


def test_the_story_tells_of_files_with_links(world, client_for):
    issue = world.issue("BUG-1")
    file = rename_file(actor=world.lead, file=send_to(issue, "a.txt"), name="b.txt")
    file = restore_file(actor=world.lead, file=remove_file(actor=world.lead, file=file))
    purge_file(actor=world.lead, file=file)

    page = soup(client_for("viewer").get("/BUG-1/"))

    who = world.lead.name
    told = [f"{who} {deed}" for deed in ("added a.txt", "renamed a.txt to b.txt", "removed b.txt", "restored b.txt")]
    assert stream_of(page)[-5:] == [*told, f"{who} removed b.txt for good"]
    address = f"{path_of(file)}view/"
    assert [link["href"] for link in page.select("#issue-stream .change a[href*='/files/']")] == [address] * 3


def test_files_added_in_a_row_are_told_in_one_line(world, client_for):
    issue = world.issue("BUG-1")
    for name in ("a.txt", "b.txt", "c.txt"):
        send_to(issue, name)
    send_to(issue, "d.txt", actor=world.developer)

    page = soup(client_for("viewer").get("/BUG-1/"))

    lines = stream_of(page)[-2:]
    assert lines == [f"{world.lead.name} added 3 files", f"{world.developer.name} added d.txt"]
    steps = page.select("#issue-stream .change")[-2].select("li")
    assert [step.select_one("a").get_text() for step in steps] == ["a.txt", "b.txt", "c.txt"]


def test_what_a_worker_found_about_a_messages_file_is_no_story(world, client_for):
    file = unchecked(world.lead, world.bug)
    say(world.lead, world.issue("BUG-1"), "Look", files=[file.uuid])
    before = stream_of(soup(client_for("viewer").get("/BUG-1/")))

    check_now(again(file))

    assert stream_of(soup(client_for("viewer").get("/BUG-1/"))) == before


# --- Where else they are named ---


def test_a_picture_stands_in_the_description(world, client_for):
    file = draft(world.lead, world.bug, "a.png")
    edit_issue(actor=world.lead, issue=world.issue("BUG-6"), changes={"description": f"Look {shown(file)}"})

    [image] = soup(client_for("viewer").get("/BUG-6/")).select(".md a.picture > img")

    assert (image["src"], image["alt"], image["loading"]) == (f"{path_of(file)}screen/", "a.png", "lazy")


def test_a_search_shows_the_name_of_a_picture_not_its_address(world, client_for):
    text = f"Zanzibar {shown(draft(world.lead, world.bug, 'cabin plan.png'))}"
    edit_issue(actor=world.lead, issue=world.issue("BUG-6"), changes={"description": text})

    page = words(client_for("viewer").get("/search/", {"q": "zanzibar"}), "main")

    assert ("Zanzibar cabin plan.png" in page, "/files/" in page) == (True, False)


def test_an_issue_made_of_a_message_shows_what_hangs_on_it(world, client_for):
    files = [draft(world.lead, world.bug, name) for name in ("a.png", "b.txt")]
    message = say(world.lead, world.bug, "See this", files=[file.uuid for file in files])

    form = soup(client_for("developer").get(f"/BUG/messages/{message.pk}/issue/"))
    text = form.select_one("textarea[name=description]").get_text()
    issue = create_issue_from_message(actor=world.developer, message=message, title="New", description=text)

    assert text.strip().splitlines()[:4] == ["> See this", ">", f"> {shown(files[0])}", f"> {linked(files[1])}"]
    assert [hung(file)[1:] for file in files] == [(None, message.pk)] * 2
    page = soup(client_for("viewer").get(f"/{issue.key}/"))
    assert page.select_one(".md blockquote img")["src"] == f"{path_of(files[0])}screen/"


def test_an_issue_made_of_files_alone_is_called_like_the_first(world, client_for):
    message = say(world.lead, world.bug, "", files=[draft(world.lead, world.bug, "cabin plan.png").uuid])

    form = soup(client_for("developer").get(f"/BUG/messages/{message.pk}/issue/"))

    assert form.select_one("input[name=title]")["value"] == "cabin plan.png"


@pytest.mark.parametrize("address", ["/BUG/issues/new/", "/BUG-6/edit/", "/BUG-6/"])
def test_descriptions_take_files_wherever_they_are_written(client_for, address):
    page = soup(client_for("developer").get(address))

    assert page.select_one("form[data-files='/BUG/files/start/']")
    assert page.select_one("textarea[name=description]")
    assert len(page.select("template[data-upload-row]")) == len(page.select("[data-upload-words]")) == 1
