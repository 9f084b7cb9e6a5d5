"""The labels page, and taking a label out of use."""

import pytest

from issues.models import Issue
from projects.enums import Visibility
from projects.models import Label
from projects.services.labels import create_label
from projects.services.projects import change_project
from tests.factories import canary
from tests.projects.pages import fresh_equals_swap, soup, words

PAGE = "/BUG/settings/labels/"


def names(world):
    return set(Label.objects.filter(project=world.bug, removed_at__isnull=True).values_list("name", flat=True))


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_create_adds_a_label(world, client_for, htmx):
    browser = client_for("lead")

    response = browser.post(PAGE, {"name": "access", "hue": 6}, htmx=htmx)

    label = Label.objects.get(project=world.bug, name="access")
    assert label.hue == 6
    assert fresh_equals_swap(browser, response, PAGE) if htmx else response.headers["Location"] == PAGE


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"name": "", "hue": 1}, "This field is required."),
        ({"name": "x" * 41, "hue": 1}, "Ensure this value has at most 40 characters (it has 41)."),
        ({"name": "x", "hue": 7}, "Select a valid choice. 7 is not one of the available choices."),
        ({"name": "CRASH", "hue": 1}, "There is a label called CRASH already."),
    ],
)
def test_create_refused_says_why(world, client_for, sent, problem):
    before = names(world)

    response = client_for("lead").post(PAGE, sent)

    assert (response.status_code, words(response, ".errors")) == (422, problem)
    assert names(world) == before


def test_change_page_opens_the_form_in_the_row(world, client_for):
    label = world.label("BUG")

    page = soup(client_for("lead").get(f"{PAGE}{label.pk}/"))

    assert page.select_one("#label_name")["value"] == label.name
    assert page.select_one("#labels input[name=hue][checked]")["value"] == "2"


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_change_renames_and_recolours(world, client_for, htmx):
    browser = client_for("lead")

    response = browser.post(f"{PAGE}{world.label('BUG').pk}/", {"name": "access", "hue": 3}, htmx=htmx)

    label = Label.objects.get(pk=world.label("BUG").pk)
    assert (label.name, label.hue) == ("access", 3)
    assert fresh_equals_swap(browser, response, PAGE) if htmx else response.headers["Location"] == PAGE


@pytest.mark.parametrize(
    ("name", "problem"), [("", "This field is required."), ("crash", "There is a label called crash already.")]
)
def test_change_refused_keeps_the_row_open(world, client_for, name, problem):
    response = client_for("lead").post(f"{PAGE}{world.label('BUG').pk}/", {"name": name, "hue": 3}, htmx=True)

    assert (response.status_code, words(response, "#labels .errors")) == (422, problem)
    assert soup(response).select_one("#label_name")


@pytest.mark.parametrize("page", ["", "remove/"])
def test_label_of_another_project_is_404(world, client_for, page):
    foreign = world.label("TEAM")

    assert client_for("lead").get(f"{PAGE}{foreign.pk}/{page}").status_code == 404


def test_remove_says_how_many_issues_carry_it(world, client_for):
    response = client_for("lead").get(f"{PAGE}{world.label('BUG').pk}/remove/")

    assert "7 issues carry it, and 1 more in the trash. It comes off all of them" in words(response, ".zone")


def test_remove_says_when_no_issue_carries_it(world, client_for):
    label = create_label(actor=world.lead, project=world.bug, name="unused", hue=1)

    response = client_for("lead").get(f"{PAGE}{label.pk}/remove/")

    assert "No issue carries it." in words(response, ".zone")


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_remove_takes_it_off_every_issue(world, client_for, htmx):
    label = world.label("BUG")

    response = client_for("lead").post(f"{PAGE}{label.pk}/remove/", htmx=htmx)

    assert response.headers["HX-Redirect" if htmx else "Location"] == PAGE
    assert label.name not in names(world)
    assert not Issue.objects.filter(label_ids__contains=[label.pk]).exists()


def test_removed_label_is_404(world, client_for):
    browser = client_for("lead")
    browser.post(f"{PAGE}{world.label('BUG').pk}/remove/")

    assert browser.post(f"{PAGE}{world.label('BUG').pk}/remove/").status_code == 404


def test_page_without_labels_teaches(world, client_for):
    browser = client_for("lead")
    for label in Label.objects.filter(project=world.bug):
        browser.post(f"{PAGE}{label.pk}/remove/")

    assert "No labels yet." in words(browser.get(PAGE))


def test_page_of_an_internal_project_is_readable_by_everyone_who_is_logged_in(world, client_for):
    change_project(actor=world.lead, project=world.bug, changes={"visibility": Visibility.INTERNAL})

    assert world.label("BUG").name in words(client_for("stranger").get(PAGE))


def test_list_takes_equal_queries(world, client_for, assert_equal_queries):
    browser = client_for("lead")

    assert_equal_queries(
        lambda: browser.get(PAGE), lambda: create_label(actor=world.lead, project=world.bug, name=canary(), hue=1)
    )
