"""The board by keyboard alone."""

import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect


@pytest.fixture
def at_board(visit):
    """A lead on a board of their own: three cards in To do, two in In progress."""
    lead = visit("lead1")
    project = lead.found_project(members={"dev1": "developer"})
    names = ("one", "two", "three", "four", "five")
    cards = {name: lead.create(project, f"Card {name}") for name in names}
    for name in ("five", "four"):
        lead.move(cards[name], "in-progress")
    lead.open(f"/{project}/")
    return SimpleNamespace(lead=lead, project=project, **cards)


def test_the_board_is_one_stop_of_the_tab_key(at_board):
    lead, page = at_board.lead, at_board.lead.page
    page.set_viewport_size({"width": 1280, "height": 300})  # Low, so that the columns scroll.
    page.get_by_role("link", name="List").focus()

    lead.presses("Tab")
    expect(lead.title(at_board.one)).to_be_focused()
    lead.presses("ArrowDown", "Shift+Tab")
    expect(page.get_by_role("link", name="List")).to_be_focused()
    lead.presses("Tab")
    expect(lead.title(at_board.two)).to_be_focused()
    lead.presses("Tab")

    assert page.evaluate("document.activeElement.closest('[data-board]')") is None


def test_arrows_and_letters_go_from_card_to_card(at_board):
    lead = at_board.lead
    lead.presses("j")
    expect(lead.title(at_board.one)).to_be_focused()

    for key, name in (("j", "two"), ("ArrowDown", "three"), ("k", "two"), ("ArrowRight", "five"), ("ArrowUp", "four")):
        lead.presses(key)
        expect(lead.title(getattr(at_board, name))).to_be_focused()

    lead.presses("ArrowLeft")
    expect(lead.title(at_board.one)).to_be_focused()
    lead.presses("ArrowRight", "ArrowRight")
    assert lead.column("done").evaluate("column => column.contains(document.activeElement)")


def test_enter_opens_and_escape_returns_to_the_card(at_board):
    lead = at_board.lead
    lead.presses("j", "j", "Enter")

    expect(lead.panel).to_have_attribute("data-panel", at_board.two)
    expect(lead.page).to_have_url(re.compile(f"/{at_board.two}/$"))
    assert lead.panel.evaluate("panel => panel.contains(document.activeElement)")
    lead.presses("Escape")

    expect(lead.panel).to_have_count(0)
    expect(lead.page).to_have_url(re.compile(f"/{at_board.project}/$"))
    expect(lead.title(at_board.two)).to_be_focused()


def test_space_peeks_and_stays_on_the_board(at_board):
    lead = at_board.lead
    lead.presses("j", "Space")

    expect(lead.panel).to_have_attribute("data-panel", at_board.one)
    expect(lead.title(at_board.one)).to_be_focused()
    lead.presses("j")
    expect(lead.panel).to_have_attribute("data-panel", at_board.two)
    expect(lead.title(at_board.two)).to_be_focused()
    lead.presses("Space")
    expect(lead.panel).to_have_count(0)
    expect(lead.title(at_board.two)).to_be_focused()


def test_escape_closes_one_thing_at_a_time(at_board):
    lead, menu = at_board.lead, at_board.lead.page.locator("#card-menu")
    lead.presses("j", "Space")
    expect(lead.panel).to_be_visible()

    lead.presses("m")
    expect(menu).to_be_visible()
    lead.presses("Escape")
    expect(menu).to_be_hidden()
    expect(lead.panel).to_be_visible()
    expect(lead.title(at_board.one)).to_be_focused()
    lead.presses("Escape")
    expect(lead.panel).to_have_count(0)
    expect(lead.title(at_board.one)).to_be_focused()


def test_angle_brackets_move_a_card_one_column(at_board):
    lead = at_board.lead
    lead.presses("j", "j", ">")

    lead.hears(f"{at_board.two} moved to In progress, 1 of 3")
    lead.sees("in-progress", [at_board.two, at_board.four, at_board.five])
    expect(lead.title(at_board.two)).to_be_focused()
    lead.presses("<")
    lead.hears(f"{at_board.two} moved to To do, 1 of 3")
    lead.page.reload()
    lead.sees("to-do", [at_board.two, at_board.one, at_board.three])


def test_alt_and_arrows_move_a_card_and_say_where_it_is(at_board):
    lead = at_board.lead
    lead.presses("j", "Alt+ArrowDown")
    lead.hears(f"{at_board.one} moved to To do, 2 of 3")
    expect(lead.title(at_board.one)).to_be_focused()

    lead.presses("Alt+Shift+ArrowDown")
    lead.hears(f"{at_board.one} moved to To do, 3 of 3")
    lead.presses("Alt+ArrowRight")
    lead.hears(f"{at_board.one} moved to In progress, 1 of 3")
    lead.presses("Alt+Shift+ArrowDown", "Alt+ArrowUp")

    lead.hears(f"{at_board.one} moved to In progress, 2 of 3")
    expect(lead.title(at_board.one)).to_be_focused()
    lead.page.reload()
    lead.sees("in-progress", [at_board.four, at_board.one, at_board.five])


def test_a_refused_move_by_key_leaves_the_card_and_the_focus(visit):
    lead = visit("lead1")
    project = lead.found_project("bug")
    issue = lead.create(project, "Nobody has it")
    lead.open(f"/{project}/")

    lead.presses("j", ">")

    expect(lead.toast).to_contain_text(f"In progress needs an assignee; {issue} has none.")
    lead.sees("open", [issue])
    expect(lead.title(issue)).to_be_focused()
    lead.presses("i")
    expect(lead.toast).to_have_count(0)
    lead.presses(">")
    lead.hears(f"{issue} moved to In progress, 1 of 1")


def test_pickers_open_beside_the_card_and_give_the_focus_back(at_board):
    lead, page, card = at_board.lead, at_board.lead.page, at_board.lead.card(at_board.one)
    lead.send(f"/{at_board.project}/settings/labels/", name="engine", hue="1")
    lead.presses("j", "a")
    expect(page.get_by_role("searchbox", name="Assign to")).to_be_focused()
    page.keyboard.type("Ben")
    lead.presses("Enter")
    expect(card.get_by_role("img", name="Ben Hartmann")).to_be_visible()
    expect(lead.title(at_board.one)).to_be_focused()

    lead.presses("p")
    page.get_by_role("group", name="Priority").get_by_role("button", name="Urgent").press("Enter")
    expect(card.get_by_role("img", name="Urgent")).to_be_visible()
    expect(lead.title(at_board.one)).to_be_focused()

    lead.presses("l")
    page.get_by_role("group", name="Labels").get_by_label("engine").check()
    page.get_by_role("group", name="Labels").get_by_role("button", name="Apply").press("Enter")
    expect(card.locator(".meta")).to_contain_text("engine")
    expect(lead.title(at_board.one)).to_be_focused()

    lead.presses("d")
    page.get_by_role("group", name="Due date").get_by_role("button", name="Tomorrow").press("Enter")
    expect(card.locator(".meta")).to_contain_text("Tomorrow")
    expect(lead.title(at_board.one)).to_be_focused()


def test_i_assigns_to_me_and_q_shows_only_mine(at_board):
    lead = at_board.lead
    lead.presses("j", "j", "i")
    expect(lead.card(at_board.two).get_by_role("img", name="Ana Lima")).to_be_visible()
    expect(lead.title(at_board.two)).to_be_focused()

    lead.presses("q")
    lead.sees("to-do", [at_board.two])
    expect(lead.page).to_have_url(re.compile(r"\?assignee=me$"))
    expect(lead.page.get_by_role("link", name="Only mine")).to_have_attribute("aria-current", "true")
    lead.presses("q")
    lead.sees("to-do", [at_board.one, at_board.two, at_board.three])


def test_f_filters_and_slash_searches(at_board):
    lead, page = at_board.lead, at_board.lead.page
    hunt = page.get_by_role("searchbox", name="Filter by…")
    lead.presses("j", "f")
    expect(hunt).to_be_focused()
    lead.presses("Escape")
    expect(lead.title(at_board.one)).to_be_focused()
    lead.presses("f")
    expect(hunt).to_be_focused()
    page.keyboard.type("nobody")
    lead.presses("Enter")
    expect(page).to_have_url(re.compile(r"\?assignee=none$"))

    lead.presses("/")
    expect(page.get_by_role("searchbox", name="Search", exact=True)).to_be_focused()


def test_n_adds_in_the_column_of_the_card_and_stays_open(at_board):
    lead, page = at_board.lead, at_board.lead.page
    lead.presses("ArrowDown", "ArrowRight", "n")
    box = page.get_by_role("textbox", name="Title of the new issue in In progress")
    expect(box).to_be_focused()

    page.keyboard.type("First")
    lead.presses("Enter")
    expect(lead.column("in-progress").locator(".card")).to_have_count(3)
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    page.keyboard.type("Second")
    lead.presses("Enter")
    expect(lead.column("in-progress").locator(".card .title")).to_have_text(
        ["Card four", "Card five", "First", "Second"]
    )
    lead.presses("Escape")

    expect(box).to_be_hidden()
    assert lead.column("in-progress").evaluate("column => column.contains(document.activeElement)")


def test_c_opens_the_form_of_a_new_issue(at_board):
    at_board.lead.presses("c")

    expect(at_board.lead.page).to_have_url(re.compile(f"/{at_board.project}/issues/new/"))
    expect(at_board.lead.page.get_by_label("Title")).to_be_focused()


def test_the_key_sheet_names_every_key_of_the_board(at_board):
    lead, sheet = at_board.lead, at_board.lead.page.get_by_role("dialog", name="Keys and help")
    lead.presses("j", "?")

    expect(sheet).to_be_visible()
    for words in (
        "Choose a card",
        "Peek, and stay on the board",
        "Assign to me",
        "Only mine",
        "New issue in this column",
    ):
        expect(sheet.get_by_text(words, exact=True)).to_be_visible()
    lead.presses("j", "Escape")
    expect(sheet).to_be_hidden()
    expect(lead.title(at_board.one)).to_be_focused()
    lead.presses("j")
    expect(lead.title(at_board.two)).to_be_focused()


def test_no_key_works_while_one_types(at_board):
    lead, page = at_board.lead, at_board.lead.page
    lead.presses("j", "n")
    page.keyboard.type("jk?cqf/<>ma [x")

    expect(page.get_by_role("textbox", name="Title of the new issue in To do")).to_have_value("jk?cqf/<>ma [x")
    expect(page.locator("dialog:modal, :popover-open")).to_have_count(0)
    expect(page).to_have_url(re.compile(f"/{at_board.project}/$"))
    lead.sees("to-do", [at_board.one, at_board.two, at_board.three])


def test_keys_that_compose_a_letter_do_nothing(at_board):
    lead = at_board.lead
    lead.presses("j")
    press = "(card) => card.dispatchEvent(new KeyboardEvent('keydown', {key: 'j', isComposing: true, bubbles: true}))"

    lead.title(at_board.one).evaluate(press)

    expect(lead.title(at_board.one)).to_be_focused()
