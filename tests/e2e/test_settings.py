"""Projects and their settings: what a lead changes, and what the board then does."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def lead(visit):
    return visit("lead1")


@pytest.mark.parametrize(
    ("workflow", "columns"),
    [("Bug", ["Open", "In progress", "Resolved", "Closed"]), ("Task", ["To do", "In progress", "Done"])],
)
def test_a_project_is_created_from_a_template(lead, workflow, columns):
    page, name = lead.page, f"Quay works {workflow}"
    lead.open("/projects/new/")

    page.get_by_label("Name", exact=True).press_sequentially(name)
    expect(page.get_by_role("textbox", name="Key")).to_have_value(f"QW{workflow[0]}")
    page.get_by_role("radio", name=re.compile(f"^{workflow}")).check()
    page.get_by_role("button", name="Create the project").click()

    expect(page).to_have_url(re.compile(f"/QW{workflow[0]}/$"))
    expect(page.locator("[data-board] h2")).to_have_text(columns)
    expect(page.get_by_role("heading", name="Nothing on the board yet")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name=name)).to_be_visible()


def test_a_member_is_added_changed_and_removed(lead, visit):
    project, page = lead.found_project(), lead.page
    developer = visit("dev1", f"/{project}/")
    expect(developer.page.get_by_role("heading", name="Nothing here that you can see")).to_be_visible()
    lead.open(f"/{project}/settings/members/")

    page.get_by_label("Username or e-mail").fill("BEN@example.org")
    page.get_by_role("button", name="Add", exact=True).click()
    role = page.get_by_label("Role of Ben Hartmann")
    expect(role).to_have_value("developer")
    developer.page.reload()
    expect(developer.page.get_by_role("link", name="New issue", exact=True)).to_be_visible()

    with page.expect_response("**/dev1/role/"):
        role.select_option("viewer")
    developer.page.reload()
    expect(developer.page.get_by_role("link", name="New issue", exact=True)).to_have_count(0)

    page.get_by_role("button", name="Remove Ben Hartmann").click()
    expect(role).to_have_count(0)
    developer.page.reload()
    expect(developer.page.get_by_role("heading", name="Nothing here that you can see")).to_be_visible()


def test_who_leads_by_the_team_stays(lead):
    project, page = lead.found_project(), lead.page
    lead.open(f"/{project}/settings/members/")

    mine = page.locator("#members > li").filter(has_text="Ana Lima")
    expect(mine).to_contain_text("by the team Harbour")
    expect(mine.get_by_role("combobox")).to_have_count(0)
    lead.open(f"/{project}/settings/")
    page.get_by_role("button", name=re.compile("^Leave")).click()
    expect(page.get_by_text("is here as Lead by the team Harbour, and no less.").first).to_be_visible()


def test_the_last_lead_stays(lead):
    page = lead.page
    lead.open("/projects/new/")
    own = page.locator("select[name=team] option").filter(has_text="Ana Lima").get_attribute("value")
    project = lead.found_project(team=own)
    lead.open(f"/{project}/settings/members/")

    page.get_by_label("Role of Ana Lima").select_option("viewer")
    expect(page.get_by_role("alert")).to_contain_text("A project keeps at least one lead.")
    expect(page.get_by_label("Role of Ana Lima")).to_have_value("lead")
    lead.open(f"/{project}/settings/")
    page.get_by_role("button", name=re.compile("^Leave")).click()
    expect(page.get_by_text("A project keeps at least one lead.").first).to_be_visible()


def test_a_label_is_created_changed_and_removed(lead):
    project, page = lead.found_project(), lead.page
    lead.open(f"/{project}/settings/labels/")

    page.get_by_label("Name", exact=True).fill("engine")
    page.get_by_role("radio", name="Red").check(force=True)
    page.get_by_role("button", name="Create the label").click()
    expect(page.locator("#labels")).to_contain_text("engine")
    page.get_by_role("link", name="Change engine").click()
    page.locator("#labels").get_by_label("Name").fill("motor")
    page.locator("#labels").get_by_role("button", name="Save").click()
    expect(page.locator("#labels")).to_contain_text("motor")

    page.get_by_role("link", name="Remove motor").click()
    page.get_by_role("button", name="Remove the label").click()
    expect(page.get_by_text("The label motor is gone.")).to_be_visible()
    expect(page.locator("#labels")).not_to_contain_text("motor")


def test_states_are_added_renamed_and_reordered(lead):
    project, page = lead.found_project(), lead.page
    lead.open(f"/{project}/settings/workflow/")
    new = page.locator("section").filter(has=page.get_by_role("heading", name="New state"))

    new.get_by_label("Name", exact=True).fill("Review")
    new.get_by_label("Category").select_option("progress")
    new.get_by_role("button", name="Add the state").click()
    expect(page.locator("#states > li b")).to_have_text(["To do", "In progress", "Done", "Review"])
    page.get_by_role("button", name="Move Review up").click()
    expect(page.locator("#states > li b")).to_have_text(["To do", "In progress", "Review", "Done"])
    page.get_by_role("link", name="Change Review").click()
    dialog = page.get_by_role("dialog", name="Change Review")
    dialog.get_by_label("Name", exact=True).fill("Second look")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("#states > li b")).to_have_text(["To do", "In progress", "Second look", "Done"])

    lead.open(f"/{project}/")
    expect(page.locator("[data-board] h2")).to_have_text(["To do", "In progress", "Second look", "Done"])


def test_a_step_is_allowed_and_its_guard_asked_for(lead):
    project, page = lead.found_project("bug"), lead.page
    issue = lead.create(project, "Straight to the end")
    lead.open(f"/{project}/settings/workflow/")

    page.get_by_role("link", name="Open to Closed: forbidden").click()
    dialog = page.get_by_role("dialog", name="Open → Closed")
    dialog.get_by_label("Needs an assignee").check()
    dialog.get_by_role("button", name="Allow the step").click()
    expect(page.get_by_role("link", name=re.compile("^Open to Closed: .*needs an assignee"))).to_be_visible()

    lead.open(f"/{project}/")
    lead.drag(issue, lead.column("closed"))
    expect(lead.toast).to_contain_text(f"Closed needs an assignee; {issue} has none.")


def test_removing_a_state_asks_where_its_issues_go(lead):
    project, page = lead.found_project(), lead.page
    issues = [lead.create(project, title) for title in ("One", "Two")]
    for issue in issues:
        lead.move(issue, "in-progress")
    lead.open(f"/{project}/settings/workflow/")

    page.get_by_role("link", name="Remove In progress").click()
    expect(page.get_by_text("2 issues are in it")).to_be_visible()
    page.get_by_label(re.compile("go", re.IGNORECASE)).select_option("Done")
    page.get_by_role("button", name="Remove the state").click()

    expect(page.get_by_text("In progress is gone; 2 issues moved.")).to_be_visible()
    lead.open(f"/{project}/")
    expect(page.locator("[data-board] h2")).to_have_text(["To do", "Done"])
    lead.sees("done", [issues[1], issues[0]])


def test_a_hard_limit_refuses_a_drop(lead):
    project, page = lead.found_project(), lead.page
    inside, outside = lead.create(project, "Inside"), lead.create(project, "Outside")
    lead.move(inside, "in-progress")
    lead.open(f"/{project}/settings/workflow/in-progress/")
    dialog = page.get_by_role("dialog", name="Change In progress")
    dialog.get_by_label("Limit of issues").fill("1")
    dialog.get_by_label("Refuse").check()
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("#state-in-progress")).to_contain_text("at most 1, refused beyond")

    lead.open(f"/{project}/")
    expect(lead.column("in-progress").locator("header")).to_contain_text("1/1")
    lead.drag(outside, lead.column("in-progress"))
    expect(lead.toast).to_contain_text("In progress is full: 1 of 1.")
    lead.sees("to-do", [outside])


def test_a_project_is_archived_deleted_and_restored(lead):
    project, page = lead.found_project(), lead.page
    issue = lead.create(project, "Survives")
    lead.open(f"/{project}/settings/")
    page.get_by_role("button", name="Archive", exact=True).click()
    expect(page.get_by_text("This project is archived")).to_be_visible()
    lead.open(f"/{project}/")
    lead.sees("to-do", [issue])
    expect(page.get_by_role("link", name="New issue", exact=True)).to_have_count(0)

    lead.open(f"/{project}/settings/")
    page.get_by_role("button", name="Bring back").click()
    page.get_by_label("Type the key of the project").fill("WRONG")
    page.get_by_role("button", name="Delete the project").click()
    expect(page.locator("#settings")).to_contain_text(re.compile("key", re.IGNORECASE))
    page.get_by_label("Type the key of the project").fill(project)
    page.get_by_role("button", name="Delete the project").click()
    page.wait_for_url("**/projects/**")
    lead.open(f"/{project}/")
    expect(page.get_by_role("heading", name="Nothing here that you can see")).to_be_visible()

    lead.open("/projects/trash/")
    page.get_by_role("button", name=f"Restore Project {project}").click()
    lead.open(f"/{project}/")
    lead.sees("to-do", [issue])


def test_an_old_key_leads_to_the_new_one(lead):
    project, page = lead.found_project(), lead.page
    lead.create(project, "Has an old address")
    lead.open(f"/{project}/settings/")

    page.get_by_label("Key", exact=True).fill(f"{project}NEW")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile(f"/{project}NEW/settings/$"))

    lead.open(f"/{project}-1/")
    expect(page).to_have_url(re.compile(f"/{project}NEW-1/$"))


def test_the_activity_tells_what_happened(lead):
    project, page = lead.found_project(members={"dev1": "developer"}), lead.page
    issue = lead.create(project, "Told")
    lead.move(issue, "done")

    lead.open(f"/{project}/activity/")

    expect(page.locator("[data-event]").first).to_contain_text("Ana Lima")
    expect(page.locator("main")).to_contain_text("Ben Hartmann")
    page.locator("main").get_by_role("link", name=issue).first.click()
    expect(page.get_by_role("heading", name="Told", level=1)).to_be_visible()
