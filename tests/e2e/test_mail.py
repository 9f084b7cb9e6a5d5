"""A real mail, caught by the mailbox of the local stack, read in a browser, and stopped by the link in it."""

import uuid

import psycopg
import pytest
from playwright.sync_api import expect

from tests.databases import database_url


@pytest.fixture
def post(live, site):
    """The site, with nothing to tell that other tests have left: it would fill a turn."""
    with psycopg.connect(database_url(live.database)) as connection:
        connection.execute("DELETE FROM notifications_outbox")
        connection.execute("UPDATE notifications_delivery SET state = 'dropped' WHERE state = 'waiting'")
    return site


def say(person, issue: str, text: str) -> None:
    project, number = issue.split("-")
    answer = person.send(f"/{project}/messages/", issue=number, body=text, client_id=str(uuid.uuid4()))
    assert answer.status < 400, answer.text()


def test_a_mail_is_read_in_the_mailbox_and_stopped_without_logging_in(visit, post):
    lead, reader = visit("lead1", at=post.url), visit(at=post.url)
    project = lead.found_project(members={"dev1": "developer"})
    issue = lead.create(project, "Gate opens too late", assignee="dev1")
    say(lead, issue, "It did so **again** this morning.")
    post.work()

    reader.page.goto(f"{post.url}/_mail/?to=ben@")
    reader.page.get_by_role("link", name=f"[{issue}] Gate opens too late").first.click()
    mail = reader.page.frame_locator("iframe.mail")
    expect(mail.get_by_text("It did so again this morning.")).to_be_visible()
    with reader.context.expect_page() as opened:
        mail.get_by_role("link", name=f"Mute {issue}").click()
    page = opened.value
    expect(page.get_by_role("heading")).to_contain_text(f"Mute {issue}?")
    page.get_by_role("button", name=f"Mute {issue}").click()
    expect(page.get_by_role("heading")).to_have_text(f"{issue} is muted.")

    say(lead, issue, "And nobody is told of this.")
    post.work()
    reader.page.goto(f"{post.url}/_mail/?to=ben@")
    expect(reader.page.get_by_role("link", name=f"[{issue}]")).to_have_count(1)

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading")).to_have_text("All as before")
    say(lead, issue, "But of this again.")
    post.work()
    reader.page.reload()
    expect(reader.page.get_by_role("link", name=f"Re: [{issue}]")).to_have_count(1)
