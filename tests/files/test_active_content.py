"""Files that a browser might run, and names that might lead elsewhere: saved as bytes under a harmless name."""

import io
import re
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID, uuid4

import pytest
from PIL import Image, PngImagePlugin

from files import storage
from files.models import File
from files.services.keeping import rename_file
from tests.files.sending import picture, send
from tests.files.wire import ask

pytestmark = pytest.mark.django_db

SCRIPT = b"<script>alert(document.domain)</script>"
BYTES = "application/octet-stream"


def polyglot():
    """A PNG that is also a page."""
    words, target = PngImagePlugin.PngInfo(), io.BytesIO()
    words.add_text("Comment", SCRIPT.decode())
    Image.new("RGB", (20, 20), "red").save(target, "PNG", pnginfo=words)
    return target.getvalue() + SCRIPT


ACTIVE = {
    "svg": ("logo.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', BYTES),
    "html": ("page.html", SCRIPT, BYTES),
    "xhtml": ("page.xhtml", b'<html xmlns="http://www.w3.org/1999/xhtml">' + SCRIPT + b"</html>", BYTES),
    "xml with xslt": ("feed.xml", b'<?xml-stylesheet type="text/xsl" href="data:,x"?><a/>', BYTES),
    "mhtml": ("saved.mhtml", b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + SCRIPT, BYTES),
    "js": ("code.js", b"alert(1)", BYTES),
    "pdf with a script": ("offer.pdf", b"%PDF-1.7\n1 0 obj<</S/JavaScript/JS(app.alert(1))>>", "application/pdf"),
    "picture and page": ("both.png", polyglot(), "image/png"),
    "page named html by a picture": ("both.html", polyglot(), BYTES),
    "page called text": ("page.txt", SCRIPT, "text/plain"),
    "without an ending": ("page", SCRIPT, BYTES),
    "utf-7": ("seven.txt", b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-", "text/plain"),
}


@pytest.mark.parametrize("case", ACTIVE)
def test_active_files_are_saved_and_never_run(world, client_for, case):
    name, content, type_ = ACTIVE[case]
    file = send(world.developer, world.bug, name, content)

    said = ask("GET", client_for("viewer").get(f"/BUG/files/{file.uuid}/").headers["Location"])

    assert (said.status, said.body) == (200, content)
    assert said.headers["content-type"] == type_
    assert said.headers["content-disposition"].startswith(f'attachment; filename="{name}"')
    assert said.headers["x-content-type-options"] == "nosniff"
    assert said.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


def test_a_page_that_calls_itself_a_picture_is_refused(world, client_for):
    file = send(world.developer, world.bug, "page.png", SCRIPT)

    answers = {
        persona: [client_for(persona).get(f"/BUG/files/{file.uuid}/{place}").status_code for place in ("", "screen/")]
        for persona in ("developer", "viewer")
    }

    assert answers == {"developer": [410, 410], "viewer": [404, 404]}


def test_nothing_of_a_polyglot_is_in_the_picture_that_is_shown(world, client_for):
    file = send(world.developer, world.bug, "both.png", polyglot())

    shown = [
        ask("GET", client_for("viewer").get(f"/BUG/files/{file.uuid}/{place}/").headers["Location"])
        for place in ("thumb", "screen")
    ]

    assert [said.headers["content-type"] for said in shown] == ["image/webp"] * 2
    assert not any(b"script" in said.body for said in shown)


def test_files_lie_on_another_site_than_the_pages(world, client_for, settings):
    where = client_for("viewer").get(f"/BUG/files/{world.file('BUG').uuid}/").headers["Location"]

    assert urlsplit(where).netloc == urlsplit(settings.S3_PUBLIC_URL).netloc
    assert urlsplit(where).netloc != urlsplit(settings.SITE_URL).netloc


def test_what_the_browser_calls_its_type_counts_nothing(world, client_for):
    sent = {"name": "page.html", "size": 5, "client_id": str(uuid4()), "place": "project", "type": "text/html"}

    said = client_for("developer").post("/BUG/files/start/", sent, content_type="application/json").json()

    assert (said["file"]["type"], said["put"]["headers"]) == (BYTES, {"Content-Type": BYTES})


NAMES = {
    "../../etc/passwd": "passwd",
    "..\\..\\windows\\win.ini": "win.ini",
    "/etc/shadow": "shadow",
    "C:\\boot.ini": "boot.ini",
    "%2e%2e%2fconf.txt": "%2e%2e%2fconf.txt",
    "a%00.txt": "a%00.txt",
    "a\0.txt": "a.txt",
    "a\r\nSet-Cookie: x=1.txt": "aSet-Cookie: x=1.txt",
    "a\nb.txt": "ab.txt",
    "\u202etxt.exe.png": "txt.exe.png",
    "gnp\u202e.svg": "gnp.svg",
    "x" * 4000 + ".txt": "x" * 196 + ".txt",
    ".htaccess": "htaccess",
    "...": None,
    "..": None,
    "": None,
    "   ": None,
    'a"b.txt': 'a"b.txt',
    "a;b=c.txt": "a;b=c.txt",
    "a'b.txt": "a'b.txt",
    "Größe 😀.txt": "Größe 😀.txt",
    "名前.txt": "名前.txt",
    "e\u0301.txt": "é.txt",
    "\ud800.txt": "txt",
    "CON": "CON",
    "<img src=x onerror=alert(1)>.txt": "<img src=x onerror=alert(1)>.txt",
    "{{7*7}}.txt": "{{7*7}}.txt",
}


@pytest.mark.parametrize("given", NAMES, ids=range(len(NAMES)))
def test_names_lead_nowhere(world, client_for, given):
    sent = {"name": given, "size": 5, "client_id": str(uuid4()), "place": "project"}

    answer = client_for("developer").post("/BUG/files/start/", sent, content_type="application/json")

    if NAMES[given] is None:
        assert (answer.status_code, answer.json()["code"]) == (422, "file_name")
        return
    file = File.objects.get(uuid=answer.json()["file"]["uuid"])
    assert file.name == NAMES[given]
    assert urlsplit(answer.json()["put"]["url"]).path.endswith(f"/incoming/{file.uuid}")
    for key in (file.incoming_key, file.key):
        assert re.fullmatch(rf"(incoming|files)/{UUID(str(file.uuid))}(/original)?", key)


@pytest.mark.parametrize("name", [name for name in NAMES.values() if name], ids=str)
def test_names_split_no_header(world, client_for, name):
    file = rename_file(actor=world.lead, file=world.file("BUG"), name=name)
    address = client_for("viewer").get(f"/BUG/files/{file.uuid}/").headers["Location"]

    said = ask("GET", address)

    disposition = said.headers["content-disposition"]
    assert (said.status, "set-cookie" in said.headers) == (200, False)
    assert re.fullmatch(r"attachment; filename=\"[ -!#-\[\]-~]*\"; filename\*=UTF-8''[A-Za-z0-9_.~%-]+", disposition)
    assert unquote(disposition.rpartition("''")[2]) == file.name
    assert parse_qs(urlsplit(address).query)["response-content-disposition"] == [storage.disposition(file.name)]


def test_names_are_escaped_on_every_page(world, client_for):
    client = client_for("lead")
    client.checks_pages = False
    file = send(world.lead, world.bug, "<img src=x onerror=alert(1)>{{7*7}}.png", picture())

    pages = [client.get(f"/BUG/files/{place}") for place in ("", f"{file.uuid}/view/", f"{file.uuid}/menu/")]
    pages.append(client.get(f"/BUG/files/{file.uuid}/rename/"))

    for page in pages:
        text = page.content.decode()
        assert page.status_code == 200
        assert "&lt;img src=x onerror=alert(1)&gt;{{7*7}}.png" in text
        assert "<img src=x" not in text
