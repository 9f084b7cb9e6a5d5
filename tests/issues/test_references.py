"""People and issues that a description names."""

import pytest

from issues.services.editing import edit_issue
from tests.projects.pages import soup

pytestmark = pytest.mark.django_db


def named(page):
    text = soup(page).select_one("[data-opens=issue-description]")
    chips = [each["data-ref"] for each in text.select("a.ref")]
    return chips, [each["data-person"] for each in text.select("a.mention")]


def describe(world, key, text):
    edit_issue(actor=world.lead, issue=world.issue(key), changes={"description": text})


@pytest.mark.parametrize(
    ("persona", "chips"),
    [("anonymous", ["OPEN-1"]), ("stranger", ["OPEN-1", "INNER-1"]), ("viewer", ["OPEN-1", "INNER-1", "BUG-5"])],
)
def test_a_description_shows_what_its_reader_may_see(world, client_for, persona, chips):
    describe(world, "OPEN-1", f"OPEN-1 INNER-1 BUG-5 QZFAR-1 `BUG-2` @{world.viewer.username} @nobody")

    page = client_for(persona).get("/OPEN-1/")

    assert named(page) == (chips, [world.viewer.username])


def test_a_swapped_body_has_the_same_chips(world, client_for):
    describe(world, "BUG-5", "BUG-2 and TEAM-1")
    browser = client_for("developer")

    swapped = browser.get("/BUG-5/", htmx=True, headers={"HX-Target": "issue-body"})

    assert named(swapped) == named(browser.get("/BUG-5/")) == (["BUG-2", "TEAM-1"], [])


def test_a_description_costs_the_same_for_one_and_for_many_names(world, client_for, assert_equal_queries):
    browser, texts = client_for("developer"), iter(("BUG-2 OPEN-1 @nobody", "BUG-1 BUG-2 BUG-3 OPEN-1 INNER-1 @a @b"))
    describe(world, "BUG-5", "BUG-2 OPEN-1 @lead")

    assert_equal_queries(lambda: browser.get("/BUG-5/"), lambda: describe(world, "BUG-5", next(texts)))
