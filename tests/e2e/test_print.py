"""The board and an issue on paper."""

from playwright.sync_api import expect


def test_a_board_prints_its_cards_and_nothing_to_click(visit):
    lead = visit("lead1", "/BUG/", color_scheme="dark")
    total = lead.page.locator("[data-board] .card").count()

    lead.page.emulate_media(media="print")

    expect(lead.page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(lead.page.locator(".sub, .top .find, .quick-box").locator("visible=true")).to_have_count(0)
    expect(lead.page.locator("[data-board] .card .title").locator("visible=true")).to_have_count(total)
    heights = lead.page.locator("[data-board] .col > ol").evaluate_all(
        "lists => lists.map((list) => list.scrollHeight - list.clientHeight)"
    )
    assert heights == [0] * 4
    ink = (
        lead.card("BUG-15")
        .locator(".title")
        .evaluate("title => getComputedStyle(title).color.match(/\\d+/g).map(Number)")
    )
    assert max(ink) < 64


def test_a_board_fits_on_a_page_of_paper(visit):
    lead = visit("lead1", "/BUG/")

    paper = lead.page.pdf(format="A4", landscape=True)

    assert paper.startswith(b"%PDF")
    assert 1 <= paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") + paper.count(b"/Type /Page/") <= 4


def test_an_issue_prints_with_its_history(visit):
    lead = visit("lead1", "/BUG-12/")

    lead.page.emulate_media(media="print")

    for name in ("Resolution note", "Discussion"):
        expect(lead.page.get_by_role("heading", name=name)).to_be_visible()
    expect(lead.page.locator("summary.btn, .issue-bar").locator("visible=true")).to_have_count(0)
