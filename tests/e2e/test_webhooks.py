"""Webhooks of a project and of a team, from their secret to what is sent again, with a receiver on the loopback."""

import hashlib
import hmac
import json

import pytest
from playwright.sync_api import expect

from tests.e2e.test_access import DESK, problems_of
from tests.e2e.test_teams import found_team


@pytest.fixture
def lead(visit, site):
    """A lead with the site's receiver, which has got nothing yet and answers with thanks."""
    site.receiver.got.clear()
    site.receiver.status, site.receiver.answer = 200, b"thanks"
    return visit("lead1", at=site.url, viewport=DESK, color_scheme="light")


@pytest.fixture(params=["project", "team"])
def base(request, lead):
    """The address of the webhooks of a new project, or of a new team."""
    if request.param == "project":
        return f"/{lead.found_project()}/settings/webhooks/"
    lead.open("/teams/")
    found_team(lead.page)
    return lead.page.url.removeprefix(lead.url).replace("invitations", "webhooks")


def make(lead, site, base):
    """Make a webhook; returns its secret, which the page shows."""
    lead.open(base)
    expect(lead.page.get_by_role("heading", name="No webhooks yet")).to_be_visible()
    lead.page.get_by_label("Name", exact=True).fill("CI")
    lead.page.get_by_label("Address").fill(site.receiver.url)
    lead.page.get_by_role("button", name="Create the webhook").click()
    return secret_of(lead)


def secret_of(lead):
    """Return the secret that the page shows this one time."""
    return lead.page.get_by_role("textbox", name="Secret").input_value()


def ping(lead, site):
    """Send a ping from the page of a webhook, and show what became of it; returns the signatures and the body."""
    lead.page.get_by_role("button", name="Send a ping").click()
    expect(lead.page.get_by_text("A ping is on its way.")).to_be_visible()
    site.work()
    lead.page.reload()
    got = [(headers, body) for headers, body in site.receiver.got if headers["Plumbline-Event"] == "webhook.ping"]
    return got[-1][0]["Plumbline-Signature"], got[-1][1]


def deliveries(lead):
    """Return the pings on the page of a webhook, the newest first."""
    return lead.page.get_by_role("list", name="Deliveries").get_by_role("listitem").filter(has_text="webhook.ping")


def signatures(secrets, header, body):
    """Return what the header must read, for the moment that it names."""
    moment = header.split(",")[0]
    signed = moment[2:].encode() + b"." + body
    return ",".join([moment, *(f"v1={hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()}" for key in secrets)])


def test_a_webhook_is_made_pinged_and_given_a_new_secret(lead, site, base):
    page, secret = lead.page, make(lead, site, base)
    page.get_by_role("link", name="I have copied it").click()
    expect(page.get_by_role("heading", name="Nothing sent yet")).to_be_visible()
    assert secret not in page.content()

    header, body = ping(lead, site)
    assert header == signatures([secret], header, body)
    page.get_by_role("link", name="webhook.ping").click()
    sent, came_back = page.locator("pre").all_inner_texts()
    assert (json.loads(sent), came_back) == (json.loads(body), "thanks")
    assert problems_of(lead) == []

    page.get_by_role("link", name="All deliveries of “CI”").click()
    page.get_by_role("button", name="Make a new secret").click()
    newer = secret_of(lead)
    page.get_by_role("link", name="I have copied it").click()
    header, body = ping(lead, site)
    assert header == signatures([newer, secret], header, body)
    page.get_by_role("button", name="End the old secret").click()
    header, body = ping(lead, site)
    assert header == signatures([newer], header, body)


def test_what_was_not_taken_is_seen_and_sent_again(lead, site, base):
    page = lead.page
    make(lead, site, base)
    page.get_by_role("link", name="I have copied it").click()
    site.receiver.status, site.receiver.answer = 500, b"not today"
    ping(lead, site)
    expect(deliveries(lead)).to_contain_text("HTTP 500")
    page.get_by_role("link", name="webhook.ping").click()
    expect(page.locator("pre").last).to_have_text("not today")
    expect(page.get_by_text("It is tried again")).to_be_visible()
    site.receiver.status, site.receiver.answer = 200, b"thanks"
    page.get_by_role("link", name="All deliveries of “CI”").click()
    _header, body = ping(lead, site)
    first = json.loads(body)["delivery"]

    page.get_by_role("link", name="webhook.ping").first.click()
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("It is sent again.")).to_be_visible()
    site.work()
    page.reload()

    expect(deliveries(lead)).to_have_count(3)
    expect(deliveries(lead).first).to_contain_text("Sent again")
    again = json.loads(site.receiver.got[-1][1])
    assert (again["kind"], again["delivery"] != first) == ("webhook.ping", True)
    page.get_by_role("button", name="Delete the webhook").click()
    expect(page.get_by_role("heading", name="No webhooks yet")).to_be_visible()


def test_what_happens_in_a_project_is_told(lead, site):
    project = lead.found_project()
    make(lead, site, f"/{project}/settings/webhooks/")
    assert problems_of(lead) == []

    issue = lead.create(project, "Gate opens too late")
    site.work()

    told = [json.loads(body) for _headers, body in site.receiver.got]
    assert any("Gate opens too late" in json.dumps(one) for one in told)
    lead.open(f"/{project}/settings/webhooks/")
    assert problems_of(lead) == []
    lead.page.get_by_role("link", name="CI", exact=True).click()
    expect(lead.page.get_by_role("list", name="Deliveries")).to_contain_text("issue.created")
    assert problems_of(lead) == []
    assert issue.startswith(project)


def test_an_address_within_the_own_network_is_refused_with_the_rule(lead, site):
    lead.open(f"/{lead.found_project()}/settings/webhooks/")
    lead.page.get_by_label("Name", exact=True).fill("Metadata")
    lead.page.get_by_label("Address").fill("http://169.254.169.254/latest/")

    lead.page.get_by_role("button", name="Create the webhook").click()

    expect(lead.page.locator(".errors").first).to_be_visible()
    expect(lead.page.get_by_label("Address")).to_have_value("http://169.254.169.254/latest/")
    assert problems_of(lead) == []
