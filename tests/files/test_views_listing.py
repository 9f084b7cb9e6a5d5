"""The files page of a project, a file's own page, and its menu."""

from uuid import uuid4

import pytest
from bs4 import BeautifulSoup

from chat.queries import room_of
from chat.services.messages import post_message
from files.models import File
from files.services.keeping import remove_file
from files.views import listing
from issues.services.creation import create_issue
from issues.services.trash import delete_issue
from projects.services.projects import archive_project
from tests.files.sending import announce, picture, send, send_to

pytestmark = pytest.mark.django_db

PAGE = "/BUG/files/"


def read(client, query="", **more):
    answer = client.get(PAGE + query, **more)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser")


def names(page):
    return [row.select_one(".name").text for row in page.select("ul.files > li.file[id]")]


@pytest.fixture
def several(world):
    """Some more files of BUG, so that there is something to choose from; the newest last."""
    return {
        "plan": send(world.developer, world.bug, "Plan of the harbour.pdf", b"%PDF-1.7 plan"),
        "log": send_to(world.issue("BUG-1"), "server.log", actor=world.developer),
        "photo": send(world.lead, world.bug, "harbour.png", picture()),
    }


def own(world):
    """What the world has put there, the newest first."""
    return [world.file("BUG-5").name, world.file("BUG").name]


def test_files_of_all_places_stand_there_the_newest_first(world, several, client_for):
    page = read(client_for("viewer"))

    assert names(page) == ["harbour.png", "server.log", "Plan of the harbour.pdf", *own(world)]
    assert page.select_one("nav.rail [aria-current=page]")["title"] == "Files"


def test_a_row_says_size_sender_and_where_it_stands(world, several, client_for):
    page = read(client_for("viewer"))

    row = page.select_one(f"#file-{several['log'].uuid}")
    assert row["data-uploader"] == world.developer.username
    assert (row["data-state"], row["data-kind"]) == ("ready", "text")
    assert world.developer.name in row.text
    assert row.select_one("[data-stands]")["href"] == "/BUG-1/"
    assert row.select_one(".name")["href"] == f"/BUG/files/{several['log'].uuid}/view/"
    thumb = page.select_one(f"#file-{several['photo'].uuid} img")
    assert (thumb["src"], thumb["loading"]) == (f"/BUG/files/{several['photo'].uuid}/thumb/", "lazy")


def test_a_file_of_a_message_leads_to_it(world, client_for):
    file = send(world.developer, world.bug, "notes.txt", place="draft")
    message = post_message(
        actor=world.developer, thread=room_of(world.bug), body="", client_id=uuid4(), files=[file.uuid]
    )

    row = read(client_for("viewer")).select_one(f"#file-{file.uuid}")

    assert row.select_one("[data-stands]")["href"] == f"/BUG/messages/{message.pk}/"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=harbour", ["harbour.png", "Plan of the harbour.pdf"]),
        ("?q=HARBOUR.P", ["harbour.png", "Plan of the harbour.pdf"]),
        ("?q=%25", []),
        ("?q=_", []),
        ("?kind=document", ["Plan of the harbour.pdf"]),
        ("?kind=archive", []),
        ("?q=harbour&kind=picture", ["harbour.png"]),
        ("?who=nobody", []),
        ("?q=%00", None),
        ("?kind=nonsense", None),
    ],
)
def test_files_are_found_by_name_and_kind(world, several, client_for, query, found):
    page = read(client_for("viewer"), query)

    assert names(page) == (
        ["harbour.png", "server.log", "Plan of the harbour.pdf", *own(world)] if found is None else found
    )


def test_files_are_found_by_who_sent_them(world, several, client_for):
    page = read(client_for("viewer"), f"?who={world.developer.username}")

    assert names(page) == ["server.log", "Plan of the harbour.pdf"]
    people = {option["value"] for option in page.select("select[name=who] option")}
    assert people == {"", world.lead.username, world.developer.username}


def test_a_filter_that_nothing_passes_offers_everything(world, several, client_for):
    page = read(client_for("viewer"), "?q=nothing+like+it")

    assert page.select_one(".empty h2").text.strip() == "Nothing matches"
    assert page.select_one(".empty a")["href"] == PAGE


def test_pages_hold_fifty(world, several, client_for, monkeypatch):
    monkeypatch.setattr(listing, "PAGE", 2)

    pages = [read(client_for("viewer"), f"?q=&page={number}") for number in (1, 2, 3, "x", 99)]

    assert [len(names(page)) for page in pages] == [2, 2, 1, 2, 1]
    assert pages[0].select_one("nav.pages a[rel=next]")["href"] == "?page=2"


def test_the_list_costs_the_same_however_long_it_is(world, client_for, assert_equal_queries):
    client = client_for("lead")

    def add():
        send(world.developer, world.bug, f"{uuid4()}.txt")
        send_to(world.issue("BUG-1"), f"{uuid4()}.png", picture(), world.developer)

    assert_equal_queries(lambda: client.get(PAGE), add)


def test_the_removed_list_costs_the_same_however_long_it_is(world, client_for, assert_equal_queries):
    client = client_for("lead")

    def add():
        remove_file(actor=world.lead, file=send(world.developer, world.bug, f"{uuid4()}.txt"))
        issue = create_issue(actor=world.lead, project=world.bug, title="Gone")
        send_to(issue, f"{uuid4()}.txt")
        delete_issue(actor=world.lead, issue=issue)

    assert_equal_queries(lambda: client.get(f"{PAGE}?removed=1"), add)


def test_a_script_gets_the_list_alone(world, several, client_for):
    answer = client_for("viewer").get(PAGE, htmx=True)

    assert b"<html" not in answer.content
    assert b'id="found"' in answer.content
    assert answer.headers["Vary"].startswith("HX-Request")


@pytest.mark.parametrize("query", ["?q=harbour", "?q=harbour&kind=picture&removed=1", ""])
def test_a_search_leaves_the_page_as_a_fresh_one(world, several, client_for, query):
    client = client_for("developer")

    swapped, fresh = read(client, query, htmx=True), read(client, query)

    def links(page):
        return [(link["href"], link.get("aria-current")) for link in page.select("#files-which a")]

    assert links(swapped) == links(fresh)
    assert ["q=harbour" in href for href, _current in links(swapped)] == ["harbour" in query] * 2
    assert swapped.select_one("#files-which")["hx-swap-oob"] == "true"
    assert fresh.select("[hx-swap-oob]") == []


def test_what_is_not_ready_is_told_to_who_sends_it_alone(world, client_for):
    announce(world.developer, world.bug, "coming.txt")
    send(world.developer, world.bug, "bad.png", b"no picture")

    seen = {who: names(read(client_for(who))) for who in ("developer", "lead", "viewer")}

    assert seen == {"developer": ["bad.png", "coming.txt", *own(world)], "lead": own(world), "viewer": own(world)}


def test_what_was_lost_is_told_to_everyone(world, client_for):
    File.objects.filter(pk=world.file("BUG").pk).update(state="lost")

    row = read(client_for("viewer")).select_one(f"#file-{world.file('BUG').uuid}")

    assert row["data-state"] == "lost"
    assert row.select_one("a.name") is None


def test_drafts_and_what_is_gone_stand_nowhere(world, client_for):
    send(world.lead, world.bug, "draft.txt", place="draft")
    delete_issue(actor=world.lead, issue=world.issue("BUG-5"))

    assert names(read(client_for("lead"))) == [world.file("BUG").name]


@pytest.mark.parametrize(("persona", "sees"), [("lead", True), ("developer", False), ("viewer", False)])
def test_removed_files_are_for_leads_and_who_sent_them(world, client_for, persona, sees):
    own_one = send(world.developer, world.bug, "mine.txt")
    remove_file(actor=world.developer, file=own_one)

    page = read(client_for(persona), "?removed=1")

    seen = {"lead": ["mine.txt", world.file("BUG/removed").name], "developer": ["mine.txt"], "viewer": []}
    assert names(page) == seen[persona]
    assert bool(page.select("a[href$='/purge/']")) == sees
    assert len(page.select("form[action$='/restore/']")) == len(seen[persona])


@pytest.mark.parametrize("persona", ["lead", "developer", "viewer"])
def test_leads_see_what_issues_took_into_the_trash(world, client_for, persona):
    for name in ("standing.txt", "removed.txt"):
        file = send_to(world.issue("BUG-6"), name, actor=world.developer)
    remove_file(actor=world.developer, file=file)
    announce(world.developer, world.bug, "coming.txt", issue=world.issue("BUG-6"))
    delete_issue(actor=world.lead, issue=world.issue("BUG-6"))
    client = client_for(persona)

    page = read(client, "?removed=1")

    rows = {row.select_one(".name").text: row for row in page.select("ul.files > li.file[id]")}
    trashed = {name: row for name, row in rows.items() if "on BUG-6, which is in the trash" in row.get_text()}
    assert set(trashed) == ({"removed.txt", "standing.txt"} if persona == "lead" else set())
    assert set(rows) - set(trashed) <= {world.file("BUG/removed").name}
    assert [row.select("form") for row in trashed.values()] == [[]] * len(trashed)
    assert all(row.select_one("a[href$='/purge/']") for row in trashed.values())
    assert names(read(client)) == own(world)


def test_guests_see_public_files_and_no_removed_ones(world, client):
    page = client.get("/OPEN/files/?removed=1").content.decode()

    assert world.file("OPEN").name in page
    assert world.file("OPEN/removed").name not in page
    assert "?removed=1" not in page


@pytest.mark.parametrize(("persona", "may"), [("lead", True), ("developer", True), ("viewer", False)])
def test_who_may_add_files_gets_the_box_and_others_are_told_why(world, client_for, persona, may):
    page = read(client_for(persona))

    zone = page.select_one("section.drop")
    assert zone.has_attr("data-drop") == may
    if may:
        assert (zone["data-place"], zone["data-start"]) == ("project", "/BUG/files/start/")
        assert zone["data-limit"] == str(25 * 1024 * 1024)
        assert "your browser must run JavaScript" in zone.select_one("noscript").decode()
    else:
        assert "Adding files to issues and projects in BUG needs the role developer or lead" in zone.text


def test_an_archived_project_takes_none(world, client_for):
    archive_project(actor=world.lead, project=world.bug)

    zone = read(client_for("lead")).select_one("section.drop")

    assert not zone.has_attr("data-drop")
    assert "BUG is archived" in zone.text


def test_limits_are_told_before_anyone_meets_them(world, client_for, settings):
    settings.FILE_PROJECT_BYTES, settings.FILE_DAY_BYTES = 3 * 1024 * 1024, 2 * 1024 * 1024
    send(world.developer, world.bug, "half.bin", b"x" * 1024 * 1024)

    room = read(client_for("developer")).select_one("#found > .help")

    words = " ".join(room.text.split()).replace("\xa0", " ")
    assert "1 MB of 3 MB are used" in words
    assert "A file may have 25 MB; a message takes 10 of them. You can send another 1 MB today." in words
    assert room.select_one("svg.bar")["aria-label"].endswith("2 of 3")


def test_an_empty_project_says_what_to_do(world, client_for):
    remove_file(actor=world.lead, file=world.file("TEAM"))
    words = {}
    for persona in ("lead", "viewer"):
        page = BeautifulSoup(client_for(persona).get("/TEAM/files/").content, "html.parser")
        words[persona] = page.select_one(".empty p").text

    assert words["lead"].startswith("Drop files anywhere on this page")
    assert words["viewer"].startswith("What people add here")


def test_a_picture_has_a_page_with_its_neighbours_of_the_same_place(world, client_for):
    first, last = (send_to(world.issue("BUG-5"), f"{name}.png", picture()) for name in ("second", "third"))
    send_to(world.issue("BUG-5"), "between.txt")
    send(world.lead, world.bug, "elsewhere.png", picture())
    client = client_for("viewer")

    pages = [
        BeautifulSoup(client.get(f"/BUG/files/{file.uuid}/view/").content, "html.parser")
        for file in (world.file("BUG-5"), first, last)
    ]

    beside = [[link["href"] for link in page.select("a[rel=prev], a[rel=next]")] for page in pages]
    paths = [f"/BUG/files/{file.uuid}/view/" for file in (world.file("BUG-5"), first, last)]
    assert beside == [[paths[1]], [paths[0], paths[2]], [paths[1]]]
    assert pages[1].select_one(".picture img")["src"] == f"/BUG/files/{first.uuid}/screen/"
    assert "40 × 30" in pages[1].text


def test_a_text_is_shown_in_a_sandbox_that_allows_nothing(world, client_for):
    page = BeautifulSoup(client_for("viewer").get(f"/BUG/files/{world.file('BUG').uuid}/view/").content, "html.parser")

    frame = page.select_one("iframe")
    assert (frame["sandbox"], frame["src"]) == ([], f"/BUG/files/{world.file('BUG').uuid}/raw/")


def test_what_no_page_shows_is_offered_for_download(world, several, client_for):
    page = BeautifulSoup(client_for("viewer").get(f"/BUG/files/{several['plan'].uuid}/view/").content, "html.parser")

    assert page.select("iframe, .picture") == []
    assert page.select_one("a[download]")["href"] == f"/BUG/files/{several['plan'].uuid}/"


@pytest.mark.parametrize(
    ("persona", "links", "forms"),
    [
        ("viewer", {"view", ""}, set()),
        ("developer", {"view", ""}, set()),
        ("lead", {"view", "", "rename", "purge"}, {"remove"}),
    ],
)
def test_the_menu_offers_what_the_reader_may(world, client_for, persona, links, forms):
    path = f"/BUG/files/{world.file('BUG').uuid}/"
    answer = client_for(persona).get(f"{path}menu/", htmx=True)
    page = BeautifulSoup(answer.content, "html.parser")

    assert {link["href"].removeprefix(path).strip("/") for link in page.select("a")} == links
    assert {form["action"].removeprefix(path).strip("/") for form in page.select("form")} == forms


def test_the_menu_of_a_removed_file_brings_it_back(world, client_for):
    path = f"/BUG/files/{world.file('BUG/removed').uuid}/"
    page = BeautifulSoup(client_for("lead").get(f"{path}menu/").content, "html.parser")

    assert [form["action"] for form in page.select("main form")] == [f"{path}restore/"]
    assert [link["href"] for link in page.select("main li a")] == [f"{path}purge/"]
