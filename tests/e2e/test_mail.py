"""A real mail, caught by the mailbox of the local stack, read in a browser, and stopped by the link in it."""

import os
import signal
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import expect

from tests.config.stacks import free_port
from tests.e2e.conftest import ROOT, database_url, start_server, wait_until_healthy

# What a worker does at its next turn.
TURN = "from notifications.dispatch import dispatch_due; from notifications.mailing import send_due; "
TURN += "dispatch_due(); send_due()"


@dataclass
class Post:
    """A development with a mailbox, on the database of the other browser tests."""

    url: str
    environment: dict[str, str]

    def turn(self) -> None:
        """Decide what is to be told, and send the mails."""
        command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", TURN]
        subprocess.run(command, env=self.environment, cwd=ROOT, check=True)


@pytest.fixture
def post(live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    port, smtp = free_port(), f"127.0.0.1:{free_port()}"
    for name, value in {
        "PLUMBLINE_ENV": "development",
        "PLUMBLINE_DATA": str(tmp_path),
        "PLUMBLINE_MAILBOX": smtp,
        "MAIL_GATHER_SECONDS": "0",
    }.items():
        monkeypatch.setenv(name, value)
    mailbox = subprocess.Popen([sys.executable, "-m", "config.mailbox.server", smtp, str(tmp_path / "mail")], cwd=ROOT)
    web = start_server(port, live.database)
    # What the other browser tests have left to tell would fill the turn.
    with psycopg.connect(database_url(live.database)) as connection:
        connection.execute("DELETE FROM notifications_outbox")
        connection.execute("UPDATE notifications_delivery SET state = 'dropped' WHERE state = 'waiting'")
    try:
        wait_until_healthy(port, web)
        more = {"DATABASE_URL": database_url(live.database), "PLUMBLINE_PORT": str(port), "PLUMBLINE_HOST": "127.0.0.1"}
        yield Post(f"http://127.0.0.1:{port}", os.environ | more)
    finally:
        for process in (web, mailbox):
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def say(person, issue: str, text: str) -> None:
    project, number = issue.split("-")
    answer = person.send(f"/{project}/messages/", issue=number, body=text, client_id=str(uuid.uuid4()))
    assert answer.status < 400, answer.text()


def test_a_mail_is_read_in_the_mailbox_and_stopped_without_logging_in(visit, post):
    lead, reader = visit("lead1"), visit()
    project = lead.found_project(members={"dev1": "developer"})
    issue = lead.create(project, "Gate opens too late", assignee="dev1")
    say(lead, issue, "It did so **again** this morning.")
    post.turn()

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
    post.turn()
    reader.page.goto(f"{post.url}/_mail/?to=ben@")
    expect(reader.page.get_by_role("link", name=f"[{issue}]")).to_have_count(1)

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading")).to_have_text("All as before")
    say(lead, issue, "But of this again.")
    post.turn()
    reader.page.reload()
    expect(reader.page.get_by_role("link", name=f"Re: [{issue}]")).to_have_count(1)
