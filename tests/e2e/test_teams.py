"""A team in a browser: somebody is invited by mail and joins, another by the link, and its last owner stays."""

import re
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.e2e.site import fill_signup, new_name
from tests.e2e.test_access import DESK, problems_of, violations


def found_team(page: Page) -> str:
    """Create a team; returns its name. The page of its invitations is open then."""
    name = f"Crew {uuid4().hex[:8]}"
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create the team").click()
    expect(page.get_by_role("heading", name="Invite people")).to_be_visible()
    return name


def invite(page: Page, addresses: str) -> None:
    """Paste addresses, look at what comes of them, and send."""
    page.get_by_label("E-mail addresses").fill(addresses)
    page.get_by_role("button", name="See who is invited").click()
    expect(page.locator("#preview li")).to_contain_text(["will be invited", "is no address"])
    page.get_by_role("button", name="Send 1 invitation").click()
    expect(page.get_by_text("1 invitation is on its way.")).to_be_visible()


def test_somebody_is_invited_by_mail_joins_and_has_the_role_of_the_team(site, visit):
    lead, guest, name = visit("lead1", at=site.url), visit(at=site.url), new_name("ines")
    lead.open("/teams/")
    team = found_team(lead.page)
    number = lead.page.url.split("/teams/")[1].split("/")[0]
    project = lead.found_project(team=number, default_role="viewer")
    lead.open(f"/teams/{number}/invitations/")
    invite(lead.page, f"Ines Roth <{name}@example.org>, nonsense")

    site.mail(guest.page, f"{name}@", re.compile(f"invites you to {team}"))
    page = site.open_link(guest.page, "See the invitation")
    link = page.url
    expect(page.get_by_role("heading", name=f"Join {team}")).to_be_visible()
    page.get_by_role("button", name="Create an account").click()
    expect(page.get_by_label("E-mail address")).to_have_value(f"{name}@example.org")
    fill_signup(page, name, "Ines Roth")
    page.get_by_role("button", name="Join the team").click()

    expect(page.get_by_text(f"You are in {team} as member.")).to_be_visible()
    expect(page.locator("#members > li")).to_have_count(2)
    page.get_by_role("navigation", name="Main").get_by_role("link", name=f"Project {project}").click()
    expect(page).to_have_url(f"{site.url}/{project}/")
    page.goto(f"{site.url}/{project}/settings/members/")
    mine = page.locator("#members > li").filter(has_text="Ines Roth")
    expect(mine).to_contain_text(f"by the team {team}")
    expect(mine).to_contain_text("Viewer")
    # It was for one use.
    page.goto(link)
    expect(page.get_by_role("heading", name="This invitation is over")).to_be_visible()
    lead.open(f"/teams/{number}/invitations/")
    expect(lead.page.locator("#waiting")).to_have_count(0)
    lead.open(f"/teams/{number}/activity/")
    expect(lead.page.locator(".feed > li").first).to_contain_text("Ines Roth joined as Member")


def test_the_join_link_lets_in_until_it_is_switched_off(site, visit):
    lead, other = visit("lead1", at=site.url), visit("chidi", at=site.url)
    lead.open("/teams/")
    team = found_team(lead.page)
    lead.page.get_by_role("button", name="Switch it on").click()
    expect(lead.page.get_by_text("The new link is on.")).to_be_visible()
    link = lead.page.get_by_label("Join link").input_value()

    other.page.goto(link)
    expect(other.page.get_by_role("heading", name=f"Join {team}")).to_be_visible()
    other.page.get_by_role("button", name="Join the team").click()
    expect(other.page.get_by_text(f"You are in {team} as member.")).to_be_visible()

    lead.page.get_by_role("button", name="Switch it off").click()
    expect(lead.page.get_by_text("The link is off.")).to_be_visible()
    answer = other.page.goto(link)
    assert answer
    assert answer.status == 404


def test_the_last_owner_stays_and_hands_the_team_over(site, visit):
    lead, other = visit("lead1", at=site.url), visit("dev1", at=site.url)
    lead.open("/teams/")
    team = found_team(lead.page)
    lead.page.get_by_role("button", name="Switch it on").click()
    other.page.goto(lead.page.get_by_label("Join link").input_value())
    other.page.get_by_role("button", name="Join the team").click()
    expect(other.page.get_by_text(f"You are in {team} as member.")).to_be_visible()
    address = other.page.url

    lead.page.goto(address)
    lead.page.get_by_label("Role of Ana Lima").select_option("member")
    expect(lead.page.get_by_role("alert")).to_contain_text("keeps at least one owner")
    lead.page.get_by_label("Role of Ben Hartmann").select_option("admin")
    expect(lead.page.get_by_label("Role of Ben Hartmann")).to_have_value("admin")
    lead.page.goto(f"{address}settings/")
    lead.page.get_by_label("New owner").select_option(label="Ben Hartmann")
    lead.page.get_by_role("button", name="Hand the team over").click()

    expect(lead.page.get_by_text(f"Ben Hartmann owns {team} now; you are an admin.")).to_be_visible()
    other.page.goto(f"{address}settings/")
    other.page.get_by_label("Type the name of the team").fill(team.lower())
    other.page.get_by_role("button", name="Delete the team").click()
    expect(other.page.locator(".errors")).to_be_visible()
    other.page.get_by_label("Type the name of the team").fill(team)
    other.page.get_by_role("button", name="Delete the team").click()
    expect(other.page.get_by_text(f"{team} is deleted.")).to_be_visible()
    other.page.get_by_role("button", name=f"Restore {team}").click()
    expect(other.page.get_by_text(f"{team} is back, with its projects.")).to_be_visible()


def test_who_leaves_a_team_is_out_of_its_projects(site, visit):
    lead, other = visit("lead1", at=site.url), visit("chidi", at=site.url)
    lead.open("/teams/")
    team = found_team(lead.page)
    number = lead.page.url.split("/teams/")[1].split("/")[0]
    project = lead.found_project(team=number, default_role="developer")
    lead.open(f"/teams/{number}/invitations/")
    lead.page.get_by_role("button", name="Switch it on").click()
    other.page.goto(lead.page.get_by_label("Join link").input_value())
    other.page.get_by_role("button", name="Join the team").click()
    other.open(f"/{project}/")
    expect(other.page.locator("[data-board]")).to_be_visible()

    other.open(f"/teams/{number}/settings/")
    other.page.get_by_role("button", name=f"Leave {team}").click()

    expect(other.page.get_by_text(f"You have left {team}")).to_be_visible()
    for path in (f"/teams/{number}/", f"/{project}/"):
        other.open(path)
        expect(other.page.get_by_role("heading", level=1)).to_have_text("Nothing here that you can see")
    lead.open(f"/teams/{number}/")
    expect(lead.page.locator("#members > li")).to_have_count(1)
    # Its last owner stays.
    lead.open(f"/teams/{number}/settings/")
    lead.page.get_by_role("button", name=f"Leave {team}").click()
    expect(lead.page.get_by_role("alert")).to_contain_text("keeps at least one owner")


def reasons(person):
    """Return for each permission whether it is given, and why, as the table on the page says."""
    expect(person.page.locator("tr[data-perm]")).not_to_have_count(0)
    return person.page.locator("tr[data-perm]").evaluate_all(
        """rows => rows.map((row) => [
          row.dataset.perm, row.querySelector("svg").getAttribute("aria-label"), row.lastElementChild.innerText,
        ])"""
    )


def test_why_somebody_may_not_is_said_with_who_can_help(visit, keeper):
    lead, viewer = visit("lead1"), visit("viewer1")
    project = lead.found_project(members={"viewer1": "viewer"})
    lead.open(f"/{project}/settings/members/")
    lead.page.locator("#members > li").filter(has_text="Vera Novak").get_by_role(
        "link", name="What may they do?"
    ).click()
    seen_by_lead = reasons(lead)
    viewer.open(f"/{project}/settings/members/viewer1/permissions/")

    seen_by_themselves = reasons(viewer)
    keeper.open(f"/instance/people/viewer1/permissions/?project={project}")
    seen_by_administrator = reasons(keeper)

    assert seen_by_lead == seen_by_themselves == seen_by_administrator
    given = {perm: (allowed, why) for perm, allowed, why in seen_by_lead}
    assert given["read_project"][0] == "yes"
    assert given["edit_issue"][0] == "no"
    assert "Ana Lima" in given["edit_issue"][1]


def test_every_page_of_a_team_passes_axe_and_fits_small_windows(site, visit):
    look = {"at": site.url, "viewport": DESK, "color_scheme": "light"}
    lead, nobody = visit("lead1", **look), visit(**look)
    lead.open("/teams/")
    found_team(lead.page)
    address = lead.page.url.removesuffix("invitations/")
    invite(lead.page, "ines@example.org, nonsense")
    lead.page.get_by_role("button", name="Switch it on").click()
    link = lead.page.get_by_label("Join link").input_value()
    found = {}

    for path in ("", "invitations/", "activity/", "settings/"):
        lead.page.goto(address + path)
        found[path] = problems_of(lead)
    lead.page.goto(f"{address}invitations/")
    lead.page.get_by_label("E-mail addresses").fill("omar@example.org, ines@example.org, nonsense")
    lead.page.get_by_role("button", name="See who is invited").click()
    expect(lead.page.locator("#preview")).to_be_visible()
    found["preview"] = problems_of(lead)
    lead.open("/teams/")
    lead.page.get_by_role("button", name="Teams", exact=True).click()
    found["menu"] = violations(lead)
    nobody.page.goto(link)
    found["join"] = problems_of(nobody)
    nobody.open("/invitations/nothing/")
    found["over"] = problems_of(nobody)

    assert {name: problems for name, problems in found.items() if problems} == {}
