"""Mails in the admin: for site administrators only, to be read and tried again, and nothing else."""

from datetime import timedelta

import pytest
from django.urls import reverse

from config import clock
from config.errors import PermissionRefused
from notifications.mailing import retry_mails
from notifications.models import Delivery
from tests.adminpages import act, address
from tests.notifications.entries import tell
from tests.notifications.posting import waiting_mail

pytestmark = pytest.mark.django_db


def dead_mail(world, person=None, **fields):
    entry = tell(person or world.developer, world.issue("BUG-5"))
    long_ago = clock.now() - timedelta(days=4)
    state = {
        "last_error": "451 greylisted for ever",
        "state": "dead",
        "attempts": 19,
        "first_tried_at": long_ago,
        "ended_at": clock.now(),
    }
    return waiting_mail(entry, **(state | fields))


def test_the_list_begins_with_what_was_given_up(world, client_for):
    dead = dead_mail(world)
    sent = dead_mail(world, world.viewer, state="sent", last_error="")

    page = client_for("administrator").get(address(dead, "changelist")).content.decode()

    assert page.index("451 greylisted for ever") < page.index(world.viewer.name)
    assert str(sent.pk) in page


def test_trying_again_gives_a_mail_all_its_tries(world, client_for):
    dead, sent = dead_mail(world), dead_mail(world, world.viewer, state="sent")

    said = act(client_for("administrator"), Delivery, "try_again", dead, sent)

    dead.refresh_from_db()
    sent.refresh_from_db()
    assert "1 mail is tried again." in said
    assert (dead.state, dead.attempts, dead.ended_at, sent.state) == ("waiting", 0, None, "sent")
    assert clock.now() - dead.first_tried_at < timedelta(minutes=1)
    assert dead.next_at == dead.first_tried_at


def test_a_mail_that_was_never_tried_goes_on_gathering_news(world):
    mail = waiting_mail(tell(world.developer, world.issue("BUG-5")))

    assert retry_mails(actor=world.administrator, rows=[mail]) == 0

    mail.refresh_from_db()
    assert mail.first_tried_at is None


def test_a_mail_shows_how_it_goes_and_not_what_it_says(world, client_for):
    mail = dead_mail(world)

    page = client_for("administrator").get(address(mail)).content.decode()

    assert "451 greylisted for ever" in page
    assert mail.message_id.strip("<>") in page
    assert world.issue("BUG-5").title not in page
    assert 'name="_save"' not in page


@pytest.mark.parametrize("persona", ["lead", "developer", "viewer", "stranger", "anonymous"])
def test_nobody_else_sees_or_does_anything(world, client_for, persona):
    mail, browser = dead_mail(world), client_for(persona)

    answers = {browser.get(address(mail, page)).status_code for page in ("change", "changelist")}
    data = {"action": "try_again", "_selected_action": [mail.pk]}
    answers.add(browser.post(reverse("admin:notifications_delivery_changelist"), data).status_code)

    mail.refresh_from_db()
    assert answers <= ({302} if persona == "anonymous" else {403, 404, 302})
    assert mail.state == "dead"


@pytest.mark.parametrize("persona", ["lead", "developer", "viewer", "stranger"])
def test_the_service_refuses_all_others(world, persona):
    mail = dead_mail(world)

    with pytest.raises(PermissionRefused):
        retry_mails(actor=world.person(persona), rows=[mail])


def test_the_list_costs_the_same_for_three(world, client_for, assert_equal_queries):
    people = iter([world.viewer, world.lead, world.stranger])
    mail, browser = dead_mail(world), client_for("administrator")

    assert_equal_queries(lambda: browser.get(address(mail, "changelist")), lambda: dead_mail(world, next(people)))
