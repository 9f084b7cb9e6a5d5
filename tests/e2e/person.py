"""Someone at a browser: what tests see, and the ways by which they prepare what a page then shows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from playwright.sync_api import APIResponse, BrowserContext, Locator, Page, expect

CSRF_COOKIE = "csrf"
REDIRECT = 302
STEPS = 12
DEMO_TEAM = "Harbour"
_numbers = count(1)


@dataclass
class Person:
    """Someone at a browser. `complaints` collects console errors and refused content; a test ends with none."""

    page: Page
    context: BrowserContext
    url: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go to a path of the site."""
        self.page.goto(self.url + path)

    # --- What is prepared over HTTP, without the page ----------------------------------------------------------------

    def send(self, path: str, **fields: str) -> APIResponse:
        """Post a plain form, as someone without scripts does, and follow nothing."""
        if not self._token():
            self.context.request.get(self.url + "/me/")
        form = fields | {"csrfmiddlewaretoken": self._token()}
        return self.context.request.post(
            self.url + path, form=form, max_redirects=0, headers={"Referer": self.url + path}
        )

    def _token(self) -> str:
        return next((cookie["value"] for cookie in self.context.cookies() if cookie["name"] == CSRF_COOKIE), "")

    def found_project(self, template: str = "task", members: dict[str, str] | None = None, **fields: str) -> str:
        """Create a project of one's own, with members by username; returns its key."""
        key = f"E{next(_numbers)}"
        sent = {"name": f"Project {key}", "key": key, "template": template, "visibility": "private"}
        teams = self.context.request.get(f"{self.url}/projects/new/").text()
        if 'name="team"' in teams:
            offered = re.findall(
                r'<option value="(\d+)"[^>]*>([^<]*)', teams.split('name="team"')[1].split("</select>")[0]
            )
            # Who was handed a team that another test has made leads all its projects.
            sent["team"] = next((value for value, name in offered if name.strip() == DEMO_TEAM), offered[0][0])
        answer = self.send("/projects/new/", **(sent | fields))
        assert answer.status == REDIRECT, answer.text()
        for username, role in (members or {}).items():
            assert self.send(f"/{key}/settings/members/", person=username, role=role).status == REDIRECT
        return key

    def create(self, project: str, title: str, **fields: str) -> str:
        """Create an issue; returns its key."""
        answer = self.send(f"/{project}/issues/new/", title=title, **fields)
        assert answer.status == REDIRECT, answer.text()
        return answer.headers["location"].strip("/")

    def move(self, issue: str, to: str, **fields: str) -> None:
        """Move an issue to a state."""
        answer = self.send(f"/{issue}/move/", to=to, **fields)
        assert answer.status == REDIRECT, answer.text()

    # --- What stands on a board --------------------------------------------------------------------------------------

    def column(self, state: str) -> Locator:
        """Return the column of a state by its slug."""
        return self.page.locator(f'[data-board] [data-state="{state}"]')

    def card(self, issue: str) -> Locator:
        """Return a card by the issue's key."""
        return self.page.locator(f'[data-board] .card[data-issue="{issue}"]')

    def title(self, issue: str) -> Locator:
        """Return the link on a card, which is what has the focus."""
        return self.card(issue).locator(".title")

    def sees(self, state: str, issues: Sequence[str]) -> None:
        """Wait until a column holds exactly these cards, in this order."""
        expect(self.column(state).locator(".card > .head > .key")).to_have_text(list(issues))

    def hears(self, words: str) -> None:
        """Wait until the live region says this."""
        expect(self.page.locator("#said")).to_have_text(words)

    @property
    def toast(self) -> Locator:
        """Return what is said in the corner."""
        return self.page.locator("#toasts .toast")

    @property
    def panel(self) -> Locator:
        """Return the issue over the board."""
        return self.page.locator("#panel [data-panel]")

    def presses(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    # --- Dragging with a mouse ---------------------------------------------------------------------------------------

    def lift(self, issue: str) -> None:
        """Take a card into the hand."""
        self.card(issue).scroll_into_view_if_needed()
        box = self.card(issue).bounding_box()
        assert box
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 12)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + box["width"] / 2 + 8, box["y"] + 20, steps=4)
        expect(self.page.locator("[data-board].is-dragging")).to_be_visible()

    def carry(self, target: Locator, *, below: bool = False) -> None:
        """Carry the card over a column or a card: its upper part, or its lower one."""
        box = target.bounding_box()
        assert box
        height = box["height"] - 6 if below else min(box["height"] * 0.25, 80)
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + height, steps=STEPS)
        self.page.mouse.move(box["x"] + box["width"] / 2 + 2, box["y"] + height, steps=3)

    def drop(self) -> None:
        """Let the card go."""
        self.page.mouse.up()
        expect(self.page.locator("[data-board].is-dragging")).to_have_count(0)

    def drag(self, issue: str, target: Locator, *, below: bool = False) -> None:
        """Take a card, carry it somewhere, let it go."""
        self.lift(issue)
        self.carry(target, below=below)
        self.drop()
