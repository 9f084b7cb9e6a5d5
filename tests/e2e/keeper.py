"""A site administrator at a browser."""

from dataclasses import dataclass

from tests.e2e.person import Person

NAME, PASSWORD = "keeper", "a keeper's long passphrase"


@dataclass
class Keeper(Person):
    """Who has just logged in, and is asked who they are before they do anything to people."""

    def confirm(self) -> None:
        """Say by password who one is, where the page asks."""
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Continue").click()

    def ready_to_deactivate(self, username: str) -> None:
        """Come to the page of a person, with nothing more to say than the click."""
        self.open(f"/instance/people/{username}/")
        self.page.get_by_role("button", name="Deactivate").click()
        self.confirm()
        self.page.wait_for_url(f"**/instance/people/{username}/")

    def deactivate(self, username: str) -> None:
        """Deactivate somebody."""
        self.ready_to_deactivate(username)
        self.page.get_by_role("button", name="Deactivate").click()
        self.page.get_by_text("All their sessions and tokens ended.").wait_for()


def environment() -> dict[str, str]:
    """Return what `manage.py ensure_admin` makes the administrator of."""
    return {"ADMIN_USERNAME": NAME, "ADMIN_EMAIL": f"{NAME}@mail.example", "ADMIN_PASSWORD": PASSWORD}
