"""What people do with files in a browser: they drop, paste and pick them."""

import base64
import io
import secrets
from collections.abc import Sequence

from PIL import Image
from playwright.sync_api import Locator

from tests.e2e.person import Person

# A name, a type and the bytes.
Given = tuple[str, str, bytes]
HAND_OVER = """(element, [type, files]) => {
  const data = new DataTransfer();
  for (const [name, mime, text] of files) {
    data.items.add(new File([Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))], name, { type: mime }));
  }
  const how = { bubbles: true, cancelable: true };
  element.dispatchEvent(type === "paste"
    ? new ClipboardEvent(type, { clipboardData: data, ...how }) : new DragEvent(type, { dataTransfer: data, ...how }));
}"""
WATCH = """() => {
  window.seen = [];
  document.addEventListener("upload-changed", ({ detail }) => seen.push([detail.name, detail.state, detail.sent]));
}"""


def picture(width: int = 400, height: int = 300, name: str = "shot.png") -> Given:
    """Return a picture that does not pack well, so that it takes its time."""
    held = io.BytesIO()
    Image.frombytes("RGB", (width, height), secrets.token_bytes(width * height * 3)).save(held, "PNG")
    return name, "image/png", held.getvalue()


def text(name: str = "notes.txt", words: str = "Some notes") -> Given:
    """Return a file of plain text."""
    return name, "text/plain", words.encode()


def hand(target: Locator, how: str, files: Sequence[Given]) -> None:
    """Have files dragged over, dropped on or pasted into something: `how` is dragenter, drop or paste."""
    given = [[name, mime, base64.b64encode(content).decode()] for name, mime, content in files]
    target.evaluate(HAND_OVER, [how, given])


def pick(field: Locator, files: Sequence[Given]) -> None:
    """Choose files in a field for files, as its dialog does."""
    field.set_input_files([{"name": name, "mimeType": mime, "buffer": content} for name, mime, content in files])


def rows(person: Person) -> Locator:
    """Return the files on their way."""
    return person.page.locator("[data-upload]")


def cards(person: Person, within: str = "") -> Locator:
    """Return the names of the files that have arrived and been looked at."""
    return person.page.locator(f'{within} .file[data-state="ready"]:not([data-upload]) a.name')


def card(person: Person, name: str) -> Locator:
    """Return the card of a file."""
    return person.page.locator(".file:not([data-upload])", has=person.page.locator("a.name", has_text=name))


def slow_down(person: Person, bytes_a_second: int) -> None:
    """Let the page send only so fast."""
    session = person.context.new_cdp_session(person.page)
    way = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second}
    session.send("Network.emulateNetworkConditions", way)


def forgive(person: Person, *words: str) -> None:
    """Drop the browser's own lines about a connection that the test has cut."""
    person.complaints[:] = [line for line in person.complaints if not any(word in line for word in words)]
