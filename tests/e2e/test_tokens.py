"""A token for a script: made after saying who one is, copied, used with the command that the page shows, revoked."""

import json
import re
import subprocess

import pytest
from playwright.sync_api import expect

from tests.e2e.test_access import problems_of


@pytest.fixture
def lead(visit):
    person = visit("lead1", "/me/tokens/", permissions=["clipboard-read", "clipboard-write"])
    person.context.set_default_timeout(20_000)
    return person


def begin(person):
    """Come to the form, by way of the page that asks who one is where that was long ago."""
    page = person.page
    page.get_by_role("link", name="New token").first.click()
    if "/new/" not in page.url:
        page.get_by_label("Password").fill("leadpass")
        page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("button", name="Make token")).to_be_visible()


def run(command, address):
    """Run what the page shows as somebody would who copied it; return what the site answers."""
    command = re.sub(r"http://[^/ ]+", address, command)
    done = subprocess.run(["bash", "-c", command + " --silent"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_token_is_made_used_and_revoked(lead):
    page = lead.page
    begin(lead)

    page.get_by_label("Name", exact=True).fill("Nightly report")
    page.get_by_role("checkbox", name="Read your profile").check()
    page.get_by_role("radio", name="Only in these projects").check()
    page.get_by_role("checkbox", name=re.compile("^BUG ·")).check()
    page.get_by_role("button", name="Make token").click()
    secret = page.get_by_label("Nightly report").input_value()
    page.get_by_role("button", name="Copy the token").click()
    expect(page.get_by_text("Token copied")).to_be_visible()
    command = page.get_by_label("Try it").input_value()

    assert page.evaluate("navigator.clipboard.readText()") == secret
    assert run(command, lead.url)["data"]["username"] == "lead1"
    assert problems_of(lead) == []

    page.get_by_role("link", name="I have copied it").click()
    row = page.get_by_role("listitem").filter(has_text="Nightly report")
    expect(row).to_contain_text(secret[:12])
    expect(row).to_contain_text("BUG")
    assert secret not in page.content()
    assert problems_of(lead) == []

    row.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("is revoked")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text=secret[:12])).to_have_count(0)
    assert run(command, lead.url)["error"]["code"] == "unauthenticated"


def test_form_says_what_is_missing(lead):
    page = lead.page
    begin(lead)
    assert problems_of(lead) == []

    page.get_by_label("Name", exact=True).fill("Nothing")
    page.get_by_role("radio", name="Only in these projects").check()
    page.get_by_role("button", name="Make token").click()

    expect(page.get_by_text("This field is required.")).to_be_visible()
    expect(page.get_by_text("Choose at least one project.")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Nothing")
