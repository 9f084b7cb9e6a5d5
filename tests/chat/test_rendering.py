"""Messages as HTML: people and issues in them, what each reader may see, what is kept, and that no text runs."""

import random
import time
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat import rendering
from chat.mentions import issue_keys_in, usernames_in
from chat.queries import message_again
from chat.refs import Ref, Who
from chat.rendering import Names, excerpt, inline, message_html, names_in, shown_messages, text_html
from chat.services.messages import edit_message
from chat.services.reactions import react
from config import clock
from config.markdown import pieces, render
from issues.services.editing import edit_issue
from issues.services.moving import move_issue
from issues.services.trash import delete_issue
from tests.chat.talking import say
from tests.issues.test_markdown_xss import AT_ONCE, PAYLOADS, assert_harmless

pytestmark = pytest.mark.django_db

ANA = Who("ana", "Ana <b>", "AN", 1)
BUG = Ref("BUG-12", 'Title "quoted" <i>', "In <s>", "progress", None, ANA)
NAMES = Names({"ana": ANA}, {"BUG-12": BUG})


def html_of(message):
    [shown] = shown_messages(message.thread, [message_again(message)])
    return str(message_html(shown))


def part(html, selector):
    return BeautifulSoup(html, "html.parser").select(selector)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("@ana", {"ana"}),
        ("Hello @Ana.", {"ana"}),
        ("(@ana, @ben-b)", {"ana", "ben-b"}),
        ("**@ana**", {"ana"}),
        ("ana@example.com, x@ana, @@ana, a/@ana", set()),
        ("`@ana` and\n\n```\n@ana\n```\n\n    @ana\n\n~~~\n@ana\n~~~", set()),
        ("[@ana](http://x.example/) http://x.example/@ana", set()),
        ("&lt;@ana&gt; \\@ana", {"ana"}),
    ],
)
def test_people_are_found_in_words_only(text, people):
    assert usernames_in(text) == people


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("BUG-12", [("BUG", 12)]),
        ("BUG-12, APP-3 and BUG-12 again", [("BUG", 12), ("APP", 3)]),
        ("bug-12 BUG-0 BUG-012 XBUG- BUG-12a /BUG-12/ #BUG-12 A-1", []),
        ("`BUG-12` [BUG-12](http://x.example/) http://x.example/BUG-12", []),
        ("- BUG-12\n- *BUG-13*.", [("BUG", 12), ("BUG", 13)]),
    ],
)
def test_issues_are_found_in_words_only(text, keys):
    assert issue_keys_in(text) == keys


def test_pieces_are_the_whole_in_order():
    html = str(render('One <b> & [two](http://x.example/ "a > b") `x < y` **three**'))

    found = list(pieces(html))

    assert [text for is_words, text in found if is_words] == ["One <b> & ", " ", " ", "three", "\n"]
    assert [text for is_words, text in found if not is_words][:2] == [
        "<p>",
        html[html.index("<a ") : html.index(">two")] + ">",
    ]


def test_names_become_marks_and_chips():
    html = text_html("@Ana see BUG-12, `BUG-12` @ben BUG-13 & <x> UTF-8", NAMES, "BUG")

    [mention] = part(html, "a.mention")
    [chip] = part(html, "a.ref")
    assert (mention.text, mention.attrs.get("href"), mention["data-person"]) == ("@Ana <b>", None, "ana")
    assert (chip["href"], chip["data-ref"], chip["title"]) == ("/BUG-12/", "BUG-12", 'Title "quoted" <i>')
    assert chip.text == "BUG-12· In <s> · Ana <b>"
    assert [(each.text, each.attrs) for each in part(html, "a:not([class])")] == [("UTF-8", {"data-ref": "UTF-8"})]
    assert "@ben BUG-13 & <x>" in BeautifulSoup(html, "html.parser").text


def test_words_stay_as_they_were_typed():
    text = 'Tom & Jerry <3 BUG-99 "quoted" it\'s &amp; &copy;'

    assert (
        BeautifulSoup(text_html(text, Names(), "BUG"), "html.parser").text
        == BeautifulSoup(render(text), "html.parser").text
    )


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_gets_through_beside_names(payload):
    for text in (f"@ana {payload} BUG-12", f"{payload}@ana", f"BUG-12{payload}APP-3", f"[BUG-12 {payload}](@ana)"):
        tree = BeautifulSoup(text_html(text, NAMES, "BUG"), "html.parser")
        for own in tree.select("a.mention, a.ref, a[data-ref]"):
            own.decompose()
        assert_harmless(tree)


def test_random_pieces_stay_harmless_beside_names():
    dice = random.Random(21)
    parts = [
        *PAYLOADS,
        "@ana",
        "BUG-12",
        "APP-3",
        "\n",
        "\n\n",
        " ",
        "*",
        "`",
        "[",
        "](",
        ")",
        "<",
        ">",
        '"',
        "'",
        "&",
        "|",
        "\\",
    ]

    for _round in range(300):
        text = "".join(dice.choice(parts) for _ in range(dice.randrange(2, 9)))
        tree = BeautifulSoup(text_html(text, NAMES, "BUG"), "html.parser")
        for own in tree.select("a.mention, a.ref, a[data-ref]"):
            own.decompose()
        assert_harmless(tree)


@pytest.mark.parametrize("first", range(0, len(PAYLOADS), AT_ONCE * 2))
def test_pages_show_messages_as_text(world, client_for, first):
    browser = client_for("lead")
    for payload in PAYLOADS[first : first + AT_ONCE * 2]:
        message = say(world.lead, world.bug, payload)
        edit_message(actor=world.lead, message=message, body=f"{payload} BUG-5")

    page = browser.get("/BUG/chat/")
    versions = browser.get(f"/BUG/messages/{message.pk}/versions/")

    assert (page.status_code, versions.status_code) == (200, 200)
    for text in part(page.content, ".md"):
        for own in text.select("a.ref, a[data-ref]"):
            own.decompose()
        assert_harmless(text.decode_contents())


@pytest.mark.parametrize("text", ["@ana " * 6000, "BUG-12 " * 4600, "@a" * 16000, "A1-" * 10000, "&lt;@ana" * 4000])
def test_no_text_takes_long(text):
    started = time.perf_counter()

    text_html(text[: 32 * 1024], NAMES, "BUG")

    assert time.perf_counter() - started < 1


def test_only_readers_are_marked(world):
    people = [world.viewer, world.stranger, world.removed, world.deactivated, world.far_owner]
    message = say(world.lead, world.bug, " ".join(f"@{person.username}" for person in people))

    html = html_of(message)

    assert [each["data-person"] for each in part(html, ".mention")] == [world.viewer.username]
    assert part(html, "li")[0]["data-mentions"] == world.viewer.username


def test_issues_of_other_projects_are_for_their_readers(world):
    message = say(world.lead, world.open, "OPEN-1 BUG-5 INNER-1 QZFAR-1 BUG-7 UTF-8")
    html = html_of(message)

    chips = {name: [each["data-ref"] for each in part(inline(html, person), "a.ref")] for name, person in (
        ("guest", AnonymousUser()), ("stranger", world.stranger), ("lead", world.lead), ("far", world.far_owner)
    )}  # fmt: skip

    assert chips == {
        "guest": ["OPEN-1"],
        "stranger": ["OPEN-1", "INNER-1"],
        "lead": ["OPEN-1", "BUG-5", "INNER-1"],
        "far": ["OPEN-1", "INNER-1", "QZFAR-1"],
    }
    assert world.issue("BUG-5").title not in html


def test_a_chip_shows_the_state_of_now(world):
    message = say(world.lead, world.bug, "See BUG-5")
    assert "· Open ·" in html_of(message)

    move_issue(actor=world.lead, issue=world.issue("BUG-5"), to=world.state("BUG", "in-progress"))
    assert "· In progress ·" in html_of(message)

    delete_issue(actor=world.lead, issue=world.issue("BUG-5"))
    assert part(html_of(message), "a.ref") == []


def test_what_changes_is_rendered_anew_and_nothing_else(world, monkeypatch):
    message = say(world.developer, world.bug, f"Hello @{world.lead.username} BUG-5")
    first = html_of(message)
    monkeypatch.setattr(rendering, "text_html", None)
    assert html_of(message) == first
    monkeypatch.undo()

    seen = {first}
    for change in (
        lambda: edit_message(actor=world.developer, message=message, body=f"Bye @{world.lead.username} BUG-5"),
        lambda: react(actor=world.lead, message=message, emoji="👍"),
        lambda: edit_issue(actor=world.lead, issue=world.issue("BUG-5"), changes={"title": "Renamed"}),
        lambda: type(world.lead).objects.filter(pk=world.lead.pk).update(display_name="Renamed"),
        lambda: type(world.developer).objects.filter(pk=world.developer.pk).update(display_name="Renamed too"),
    ):
        change()
        seen.add(html_of(message))

    assert len(seen) == 6


def test_a_message_is_written_for_its_readers_zone(world):
    message = say(world.lead, world.bug)
    with timezone.override("Pacific/Auckland"):
        there = html_of(message)

    assert part(there, "time")[0].text != part(html_of(message), "time")[0].text


def test_groups_begin_with_another_author_or_after_a_pause(world):
    now = clock.now()
    said = []
    for minutes, person in ((0, world.lead), (1, world.lead), (2, world.developer), (3, world.lead), (30, world.lead)):
        with clock.at(now + timedelta(minutes=minutes)):
            said.append(say(person, world.bug))

    firsts = ["is-first" in part(html_of(message), "li")[0]["class"] for message in said]

    assert firsts == [True, False, True, True, True]


def test_names_cost_two_statements_whatever_their_number(world):
    def statements(texts):
        with CaptureQueriesContext(connection) as seen:
            names_in(world.bug, texts)
        return len(seen)

    assert statements(["nothing"]) == 0
    assert statements(["@a BUG-1"]) == statements([f"@p{n} BUG-{n}" for n in range(1, 40)]) == 2


def test_an_excerpt_is_one_plain_line():
    assert excerpt("# One\n\n**two** `three` <b>\n\n- four") == "One two three <b> four"
    assert len(excerpt("word " * 200)) <= 141


def test_a_text_full_of_names_makes_a_hundred_chips_and_words():
    text = "BUG-12 " * 4000

    html = str(text_html(text, NAMES, "BUG"))

    assert len(part(html, "[data-ref]")) == rendering.MARKED
    assert len(html) < 200_000
    assert BeautifulSoup(html, "html.parser").get_text().count("BUG-12") == 4000


def test_a_text_names_fifty_people_and_issues_at_most():
    people = " ".join(f"@person{number:03}" for number in range(80))
    issues = " ".join(f"BUG-{number}" for number in range(1, 80))

    assert usernames_in(people) == {f"person{number:03}" for number in range(50)}
    assert issue_keys_in(issues) == [("BUG", number) for number in range(1, 51)]


def test_what_is_kept_is_bounded_by_its_length(world, monkeypatch):
    monkeypatch.setattr(rendering, "KEPT_CHARACTERS", 5000)
    rendering._kept.clear()
    monkeypatch.setattr(rendering, "_size", 0)

    for number in range(20):
        html_of(say(world.lead, world.bug, f"{number} " + "word " * 100))

    assert sum(len(html) for html in rendering._kept.values()) < 10_000
