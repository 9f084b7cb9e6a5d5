"""The page on which people choose what reaches them: what it shows, saves, refuses, and says of the last days."""

from datetime import time, timedelta

import pytest
from bs4 import BeautifulSoup

from config import clock
from notifications.enums import DigestRhythm, FollowLevel, NoticeKind, Reason
from notifications.models import Follow, MailSettings, Preference
from notifications.preferences import DEFAULTS, Ways, set_preferences
from notifications.watching import set_following
from tests.factories import IssueFactory
from tests.notifications.entries import tell

pytestmark = pytest.mark.django_db
PAGE = "/me/notifications/"
TIMES = {"working_days": ["0", "1", "2"], "digest": "daily", "digest_at": "08:00", "digest_day": "0"}
SILENT = Ways(inbox=True, email=False, digest=False)


def standard():
    """Return the boxes as the page has them at first."""
    return {
        kind.value: [way for way in ("inbox", "email", "digest") if getattr(ways, way)]
        for kind, ways in DEFAULTS.items()
    }


def page(client, query="", **options):
    return BeautifulSoup(client.get(PAGE + query, **options).content, "html.parser")


def ticked(soup, kind):
    return [box["value"] for box in soup.select(f"input[name={kind}]") if box.has_attr("checked")]


@pytest.fixture
def developer(client_for):
    return client_for("developer")


def own(world, project=None):
    rows = Preference.objects.filter(person=world.developer, project=project)
    return {row.kind: Ways(row.inbox, row.email, row.digest) for row in rows}


def test_it_shows_the_standard_at_first(developer):
    soup = page(developer)

    assert {kind: ticked(soup, kind) for kind in standard()} == standard()
    assert "UTC" in soup.select_one("#mail .help").get_text()


def test_saving_stores_only_what_is_not_the_standard(world, developer):
    response = developer.post(PAGE, standard() | TIMES | {"commented": ["inbox"]}, follow=True)

    assert own(world) == {"commented": SILENT}
    assert "Saved" in BeautifulSoup(response.content, "html.parser").select_one("#toasts").get_text()
    assert ticked(page(developer), "commented") == ["inbox"]


def test_choosing_the_standard_again_forgets_the_choice(world, developer):
    developer.post(PAGE, standard() | TIMES | {"commented": ["inbox"]})

    developer.post(PAGE, standard() | TIMES)

    assert own(world) == {}


def test_times_of_mail_are_saved(world, developer):
    times = {"quiet_from": "18:00", "quiet_until": "08:30", "digest": "weekly", "digest_at": "17:00", "digest_day": "4"}

    developer.post(PAGE, standard() | TIMES | times)

    saved = MailSettings.objects.get(person=world.developer)
    assert (saved.quiet_from, saved.quiet_until, saved.working_days) == (time(18), time(8, 30), [0, 1, 2])
    assert (saved.digest, saved.digest_at, saved.digest_day) == (DigestRhythm.WEEKLY, time(17), 4)


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_from": "18:00"},
        {"quiet_from": "18:00", "quiet_until": "18:00"},
        {"working_days": []},
        {"digest": "hourly"},
        {"digest_at": "late"},
        {"digest_day": "9"},
    ],
)
def test_times_that_make_no_sense_are_refused_and_nothing_is_saved(world, developer, wrong):
    response = developer.post(PAGE, standard() | TIMES | {"commented": ["inbox"]} | wrong)

    soup = BeautifulSoup(response.content, "html.parser")
    assert response.status_code == 422
    assert soup.select(".errors li")
    assert ticked(soup, "commented") == ["inbox"]
    assert (own(world), MailSettings.objects.filter(person=world.developer).exists()) == ({}, False)


# --- One project ------------------------------------------------------------------------------------------------------


def as_everywhere(*but):
    return [kind for kind in standard() if kind not in but]


def test_a_project_follows_what_is_chosen_for_everywhere(world, developer):
    set_preferences(actor=world.developer, project=None, ways={NoticeKind.COMMENTED: SILENT})

    soup = page(developer, "?project=BUG")

    assert ticked(soup, "commented") == ["inbox"]
    assert ticked(soup, "default") == list(standard())


def test_a_choice_for_a_project_and_back(world, developer):
    body = standard() | {"project": "BUG", "level": "everything"}
    developer.post(PAGE, body | {"commented": [], "default": as_everywhere("commented")})
    chosen, level = own(world, world.bug), Follow.objects.get(person=world.developer, project=world.bug).level

    developer.post(PAGE, body | {"default": as_everywhere()})

    assert (chosen, level) == ({"commented": Ways(False, False, False)}, FollowLevel.EVERYTHING)
    assert (own(world, world.bug), own(world)) == ({}, {})


def test_a_box_that_is_changed_counts_without_scripts_too(world, developer):
    """The box beside it still says "as everywhere": the reader has no script that takes its tick away."""
    body = standard() | {"project": "BUG", "level": "participating", "default": as_everywhere()}

    developer.post(PAGE, body | {"commented": ["inbox"]})

    assert own(world, world.bug) == {"commented": SILENT}


def test_back_to_everywhere_counts_though_its_boxes_differ(world, developer):
    set_preferences(actor=world.developer, project=world.bug, ways={NoticeKind.COMMENTED: SILENT})
    body = standard() | {"project": "BUG", "level": "participating", "default": as_everywhere()}

    developer.post(PAGE, body | {"commented": ["inbox"]})

    assert own(world, world.bug) == {}


def test_less_like_this_leads_to_its_line(developer):
    soup = page(developer, "?kind=commented&project=BUG")

    assert soup.select_one("tr[aria-current]")["id"] == "kind-commented"
    assert soup.select_one("[autofocus]")["name"] == "commented"


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("key", ["QZFAR", "QZNOP", "GONE", "bug"])
def test_projects_that_one_may_not_read_are_not_found(world, developer, method, key):
    before = Preference.objects.count()

    send = getattr(developer, method)
    assert send(PAGE, {"project": key, "level": "everything"}).status_code == 404
    assert developer.post(PAGE + "preview/", {"project": key}).status_code == 404
    assert developer.post(PAGE + "reset/", {"project": key}).status_code == 404
    assert (Preference.objects.count(), Follow.objects.filter(person=world.developer).count()) == (before, 0)


def test_the_owner_of_that_project_may(world, client_for):
    assert client_for("far_owner").get(PAGE + "?project=QZFAR").status_code == 200


@pytest.mark.parametrize("persona", ["lead", "viewer", "stranger", "administrator"])
def test_everyone_changes_only_their_own(world, client_for, persona):
    set_preferences(actor=world.developer, project=None, ways={NoticeKind.COMMENTED: SILENT})
    client = client_for(persona)

    client.post(PAGE, standard() | TIMES | {"mentioned": ["inbox"]})
    client.post(PAGE + "reset/")

    assert own(world) == {"commented": SILENT}
    assert not Preference.objects.filter(person=world.person(persona)).exists()


def test_reset_forgets_one_level_only(world, developer):
    for project in (None, world.bug, world.team):
        set_preferences(actor=world.developer, project=project, ways={NoticeKind.COMMENTED: SILENT})
    set_following(actor=world.developer, project=world.bug, level=FollowLevel.NOTHING)

    developer.post(PAGE + "reset/", {"project": "BUG"})
    after_project = [own(world, project) for project in (None, world.bug, world.team)]
    developer.post(PAGE + "reset/")

    assert [bool(found) for found in after_project] == [True, False, True]
    assert Follow.objects.get(person=world.developer, project=world.bug).level == FollowLevel.PARTICIPATING
    assert (own(world), bool(own(world, world.team))) == ({}, True)


# --- The preview ------------------------------------------------------------------------------------------------------


@pytest.fixture
def told(world):
    """Two messages that are mailed at once, and one mention; one message was too long ago."""
    day = timedelta(days=1)
    kinds = (NoticeKind.COMMENTED, NoticeKind.COMMENTED, NoticeKind.MENTIONED)
    for ago, (key, kind) in enumerate(zip(("BUG-2", "BUG-5", "BUG-3"), kinds, strict=True), start=1):
        tell(world.developer, world.issue(key), kind=kind, reasons=[Reason.WATCHING], at=clock.now() - ago * day)
    tell(world.developer, world.issue("BUG-1"), kind=NoticeKind.COMMENTED, at=clock.now() - 8 * day)


def said(response):
    soup = BeautifulSoup(response.content, "html.parser")
    return " ".join(soup.select_one("#preview").get_text(" ").split())


def test_the_preview_tells_of_the_saved_settings(told, developer):
    assert "would have sent you 3 mails." in said(developer.get(PAGE))


def test_the_preview_says_what_it_does_not_count(told, developer):
    words = said(developer.get(PAGE))

    assert words.endswith(
        "It counts what you were told of in these days; another choice of what you follow is not part of it."
    )


@pytest.mark.parametrize("htmx", [False, True])
def test_the_preview_tells_of_settings_that_are_not_saved(world, told, developer, htmx):
    body = standard() | TIMES | {"working_days": list("0123456"), "commented": ["inbox"]}

    response = developer.post(PAGE + "preview/", body, htmx=htmx)

    assert "would have sent you 1 mail instead of 3." in said(response)
    assert own(world) == {}
    assert ("<html" in response.content.decode()) is not htmx


def test_the_preview_of_a_project_leaves_the_others_as_they_are(world, told, developer):
    tell(world.developer, world.issue("TEAM-1"), kind=NoticeKind.COMMENTED)
    body = standard() | {"project": "BUG", "level": "participating", "commented": [], "default": []}

    assert "would have sent you 2 mails instead of 4." in said(developer.post(PAGE + "preview/", body, htmx=True))


def test_the_preview_takes_times_that_make_no_sense_as_they_were(told, developer):
    body = standard() | TIMES | {"quiet_from": "nonsense"}

    assert "would have sent you 3 mails." in said(developer.post(PAGE + "preview/", body, htmx=True))


def test_one_entry_costs_as_many_statements_as_three(world, developer, assert_equal_queries):
    def add():
        tell(world.developer, IssueFactory(project=world.bug, actor=world.lead))

    add()

    assert_equal_queries(lambda: developer.get(PAGE), add)
