"""What people do in conversations, for browser tests."""

from playwright.sync_api import Locator, expect

from tests.e2e.person import Person


def room(person: Person, project: str) -> None:
    """Open a project's room and wait until it follows what others say."""
    person.open(f"/{project}/chat/")
    ready(person)


def ready(person: Person) -> None:
    """Wait until the conversation on the page has its behaviours, which count characters themselves."""
    expect(person.page.locator(".talk [data-composer] textarea:not([maxlength])")).to_be_attached()


def box(person: Person) -> Locator:
    """Return the field that one writes a message into."""
    return person.page.locator("#composer-text")


def say(person: Person, words: str) -> None:
    """Write a message and send it by keyboard."""
    box(person).fill(words)
    box(person).press("Control+Enter")
    expect(box(person)).to_have_value("")


def post(person: Person, project: str, words: str, **fields: str) -> None:
    """Send a message as someone without scripts does."""
    answer = person.send(f"/{project}/messages/", body=words, **fields)
    assert answer.status == 302, answer.text()


def sees_said(person: Person, *words: str) -> None:
    """Wait until the server has exactly these texts for the conversation, in this order, and nothing is on its way."""
    expect(person.page.locator(".message[data-seq] .md")).to_have_text(list(words))
    expect(person.page.locator(".is-pending")).to_have_count(0)


def lines(person: Person) -> list[str]:
    """Return what stands in the conversation, without the line from which on it is new."""
    return person.page.locator("[data-messages] > li:not([data-unread-line])").all_inner_texts()


def message(person: Person, words: str) -> Locator:
    """Return the message with this text."""
    return person.page.locator(".message[data-seq]", has=person.page.locator(".md", has_text=words))


def rail_count(person: Person, project: str) -> Locator:
    """Return how many messages of a room one has not read, as the rail shows it."""
    return person.page.locator(f'.rail [data-room-unread="{project}"]')
