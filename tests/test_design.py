"""The design system keeps its promises: budgets, no inline code, icons that exist, error pages that need nothing."""

import gzip
import re
from pathlib import Path

import pytest
from django.template import engines

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
ERROR_PAGES = ["400", "403", "403_csrf", "404", "409", "429", "500", "503"]
INLINE = re.compile(r"""\s(?:style|on[a-z]+|hx-on[^=\s]*)\s*=\s*["']|<script(?![^>]*\ssrc=)[^>]*>|javascript:|hx-vals=["']js:""")
ICON = re.compile(r"""\bicon\(\s*'([a-z0-9-]+)'""")
SINKS = re.compile(r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval)\b")
KILOBYTE = 1024


def env():
    return engines["jinja2"].env


def listed(name):
    return (ROOT / "static" / name).read_text().split()


def gzipped(paths):
    return len(gzip.compress(b"\n".join(path.read_bytes() for path in paths), mtime=0))


def test_styles_fit_their_budget():
    styles = [ROOT / "static" / "css" / name for name in listed("css/order.txt")]

    assert gzipped(styles) <= 15 * KILOBYTE


def test_styles_have_no_important():
    found = [name for name in listed("css/order.txt") if "!important" in (ROOT / "static" / "css" / name).read_text()]

    assert found == []


def test_own_scripts_fit_their_budget():
    assert gzipped(SCRIPTS) <= 30 * KILOBYTE


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_script_has_no_html_sink(path):
    assert SINKS.findall(path.read_text()) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_template_has_no_inline_code(path):
    assert INLINE.findall(path.read_text()) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_template_names_only_icons_that_are_built(path):
    named = set(ICON.findall(path.read_text()))

    assert named - set(listed("icons.txt")) == set()


@pytest.mark.parametrize("name", ERROR_PAGES)
def test_error_page_needs_no_context(name):
    page = env().get_template(f"errors/{name}.html").render()

    assert page.count("<h1>") == 1


def test_refusal_shows_the_sentence_and_the_way_out():
    template = env().get_template("errors/refused.html")
    details = {"title": "BUG-1 stays", "href": "/BUG-1/", "link": "Open it"}

    page = template.render(error="It needs <an> assignee.", details=details)

    assert "It needs &lt;an&gt; assignee." in page
    assert '<a class="btn btn-primary" href="/BUG-1/">Open it</a>' in page


def test_gallery_shows_every_component():
    shown = (ROOT / "templates" / "gallery.html").read_text() + (ROOT / "templates" / "gallery_layouts.html").read_text()
    exported = {name for name in vars(env().get_template("components/ui.html").module) if not name.startswith("_")}

    assert {name for name in exported if f"ui.{name}(" not in shown} == {"nobody", "field"}


def test_glyph_sprite_has_every_state_and_priority():
    ids = set(re.findall(r'<symbol id="([a-z0-9-]+)"', (ROOT / "static" / "glyphs.svg").read_text()))

    assert ids == {"st-open", "st-progress", "st-resolved", "st-closed", "pr-0", "pr-1", "pr-2", "pr-3", "pr-4"}


def test_confirmation_mail_keeps_its_link_as_it_is():
    template = env().get_template("account/email/email_confirmation_signup_message.txt")

    mail = template.render(user={"name": "Ana & Ben"}, activate_url="https://x.test/?a=1&b=2", site_url="https://x.test")

    assert "Hello Ana & Ben," in mail
    assert "\nhttps://x.test/?a=1&b=2\n" in mail
    assert mail.rstrip().endswith("Plumbline, https://x.test")


@pytest.mark.parametrize("name", ["email_confirmation", "email_confirmation_signup", "account_already_exists"])
def test_mail_subject_is_one_line(name):
    subject = env().get_template(f"account/email/{name}_subject.txt").render()

    assert len(subject.strip().splitlines()) == 1


def test_page_of_the_rate_limit_is_ours():
    assert "<h1>Too many tries</h1>" in env().get_template("429.html").render()
