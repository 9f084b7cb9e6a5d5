"""Second factors in a browser: an app whose codes the test computes, and a passkey on a virtual authenticator."""

from playwright.sync_api import CDPSession, Page, expect

from tests.accounts.factoring import code_of

# A device that holds passkeys and has just looked at its person.
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def give_authenticator(page: Page) -> CDPSession:
    """Let a page have a device that makes and keeps passkeys, as long as what is returned is kept."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return session


def confirm(page: Page, password: str) -> None:
    """Say by password who one is, where the page asks."""
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Continue").click()


def turn_on_app(page: Page) -> tuple[str, list[str]]:
    """Scan the key that the page shows and type in a code; returns the secret and the recovery codes."""
    expect(page.get_by_role("img", name="QR code for your authenticator app")).to_be_visible()
    secret = page.get_by_label("Or type this key into the app by hand").input_value().replace(" ", "")
    page.get_by_label("Code of the app").fill(code_of(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    return secret, page.locator("#codes code").all_inner_texts()
