"""Files that would run something if a browser showed them: opened in every way that the site offers, nothing runs."""

import contextlib
import re

import pytest
from playwright.sync_api import Error, expect

from tests.e2e.files import Given, cards, hand, picture

pytestmark = pytest.mark.usefixtures("worker")
RUN = "alert('ran');fetch('/pwned');document.title='pwned'"
PAGE = f'<html><body onload="{RUN}"><script>{RUN}</script><img src=x onerror="{RUN}"></body></html>'
XHTML = f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title><script>{RUN}</script></head><body/></html>'
STYLED = f"""<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="#s"?>
<!DOCTYPE d [<!ATTLIST xsl:stylesheet id ID #REQUIRED>]>
<d><xsl:stylesheet id="s" version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/">
<html><script>{RUN}</script></html></xsl:template></xsl:stylesheet></d>"""
MHTML = (
    f"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n{PAGE}\n--b--\n"
)
PDF = """%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript
/JS(app.alert\\('ran'\\);app.launchURL\\('/pwned'\\))>>>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj
trailer<</Root 1 0 R>>
%%EOF"""
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{RUN}"><script>{RUN}</script></svg>'
ACTIVE: list[Given] = [
    ("drawing.svg", "image/svg+xml", SVG),
    ("page.html", "text/html", PAGE),
    ("page.xhtml", "application/xhtml+xml", XHTML),
    ("styled.xml", "text/xml", STYLED),
    ("whole.mhtml", "multipart/related", MHTML),
    ("code.js", "text/javascript", RUN),
    ("form.pdf", "application/pdf", PDF),
    ("both.png", "image/png", picture(20, 20)[2] + PAGE.encode()),
    ("photo.jpg", "image/jpeg", PAGE),
    ("plain.txt", "text/html", PAGE),
    ("noending", "text/html", PAGE),
    ("seven.txt", "text/html; charset=utf-7", "+ADw-script+AD4-alert('ran')+ADs-fetch('/pwned')+ADw-/script+AD4-"),
]  # fmt: skip
GUARDED = re.compile("Content Security Policy|sandbox|Refused to|X-Frame-Options|status of 404|net::ERR|address space")


@pytest.fixture
def lead(visit):
    return visit("lead1", viewport={"width": 1280, "height": 800})


@pytest.fixture
def ran(lead):
    """What ran in spite of all: dialogs, and requests that only a script of the files makes."""
    found = []
    lead.context.on("request", lambda request: found.append(request.url) if "pwned" in request.url else None)
    lead.context.on("dialog", lambda dialog: (found.append(dialog.message), dialog.accept()))
    yield found
    others = [line for line in lead.complaints if not GUARDED.search(line)]
    assert others == []
    lead.complaints.clear()


@pytest.fixture
def hanging(lead, ran):
    """An issue with all of them, and the addresses of those that the worker has let pass, by name."""
    project = lead.found_project()
    issue = lead.create(project, "Nothing runs")
    lead.open(f"/{issue}/")
    files = [(name, mime, held if isinstance(held, bytes) else held.encode()) for name, mime, held in ACTIVE]
    hand(lead.page.locator("#issue-files"), "drop", files)
    settled = lead.page.locator('#issue-files .file:is([data-state="ready"], [data-state="refused"])')
    expect(settled).to_have_count(len(ACTIVE), timeout=30_000)
    links = cards(lead, "#issue-files")
    paths = links.evaluate_all("all => all.map((link) => [link.textContent, link.closest('.file').dataset.path])")
    return issue, dict(paths)


def open_in(page, address):
    """Open an address as a link in a new tab does. A download is no page, so the browser stays where it was."""
    with contextlib.suppress(Error):
        page.goto(address)
        page.wait_for_timeout(100)
    return page.title()


def test_opened_in_every_way_nothing_of_them_runs(lead, hanging, ran):
    issue, paths = hanging
    ways, tab = ("", "view/", "raw/", "screen/", "thumb/"), lead.context.new_page()

    titles = {open_in(tab, lead.url + path + way) for path in paths.values() for way in ways}
    lead.open(f"/{issue}/")
    expect(cards(lead, "#issue-files")).to_have_count(len(paths))

    assert {"photo.jpg"} & set(paths) == set()
    assert {"drawing.svg", "page.html", "code.js", "both.png", "plain.txt", "noending"} <= set(paths)
    assert ran == []
    assert "pwned" not in titles


def test_what_a_page_names_as_its_script_does_not_run(lead, hanging, ran):
    issue, paths = hanging
    tags = "".join(f'<script src="{path}"></script><script src="{path}raw/"></script>' for path in paths.values())
    tags += "".join(f'<link rel="stylesheet" href="{path}"><object data="{path}"></object>' for path in paths.values())

    def inject(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("</body>", f"{tags}</body>"))

    lead.page.route(lambda address: address.endswith(f"/{issue}/"), inject)
    lead.open(f"/{issue}/")
    expect(cards(lead, "#issue-files")).to_have_count(len(paths))
    lead.page.wait_for_timeout(500)

    assert ran == []
    blocked = [line for line in lead.complaints if "Content Security Policy" in line]
    assert len([line for line in blocked if "script" in line]) >= len(paths)


def test_a_script_that_is_added_by_a_script_does_not_run(lead, hanging, ran):
    _issue, paths = hanging
    load = """path => new Promise((done) => {
      const script = Object.assign(document.createElement("script"), { src: path });
      script.onload = () => done("ran");
      script.onerror = () => done("refused");
      document.body.append(script);
    })"""

    answers = {name: lead.page.evaluate(load, path) for name, path in paths.items()}

    assert answers == dict.fromkeys(paths, "refused")
    assert ran == []


def test_what_ran_would_be_noticed(lead, ran):
    lead.page.set_content(PAGE)
    lead.page.wait_for_timeout(100)

    assert "ran" in ran
    ran.clear()
    lead.complaints.clear()
