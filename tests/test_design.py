"""The design system keeps its promises: budgets, no inline code, icons that exist, error pages that need nothing."""

import gzip
import re
from pathlib import Path

import pytest
from allauth.account.forms import LoginForm
from bs4 import BeautifulSoup
from django import forms
from django.contrib.staticfiles import finders
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory
from jinja2_fragments import render_block

from accounts.forms.entering import SignupForm
from accounts.letters import Letter
from config.frontend import joined_styles
from config.staticfiles import without_comments

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
ERROR_PAGES = ["400", "403", "403_csrf", "404", "409", "429", "500", "503"]
INLINE = re.compile(
    r"""\s(?:style|on[a-z]+|hx-on[^=\s]*)\s*=\s*["']|<script(?![^>]*\ssrc=)[^>]*>|javascript:|hx-vals=["']js:"""
)
ICON = re.compile(r"""\bicon\(\s*'([a-z0-9-]+)'""")
SINKS = re.compile(r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval)\b")
SOURCE = re.compile(r'<script[^>]* src="([^"]+)"')
IMPORT = re.compile(r'^(?:import|export)[^"\n]*"\./([\w-]+\.js)";', re.MULTILINE)
KILOBYTE = 1024


class SampleForm(forms.Form):
    """One field of each shape that the field component tells apart."""

    name = forms.CharField(help_text="Short.")
    about = forms.CharField(widget=forms.Textarea, required=False)
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    strict = forms.BooleanField()
    hue = forms.ChoiceField(choices=[(1, "Red"), (2, "Amber")])
    token = forms.CharField(widget=forms.HiddenInput, required=False)


def gallery():
    page = Paginator(range(120), 50).page(2)
    return BeautifulSoup(render_block(env(), "gallery.html", "content", form=SampleForm({}), page=page), "html.parser")


def env():
    return engines["jinja2"].env


def listed(name):
    return (ROOT / "static" / name).read_text().split()


def script_file(source):
    """Return the file of a script's address, which holds a hash."""
    name = re.sub(r"\.[0-9a-f]{12}\.js$", ".js", source.removeprefix("/static/"))
    return Path(finders.find(name))


def with_imports(file, found=None):
    """Return a module with all that it needs at once; what it fetches when it is wanted is not counted."""
    found = {file} if found is None else found | {file}
    for name in IMPORT.findall(file.read_text()):
        if file.parent / name not in found:
            found |= with_imports(file.parent / name, found)
    return found


def sent(file):
    text = file.read_text()
    return without_comments(text) if file.parent == ROOT / "static" / "js" else text


def test_styles_fit_their_budget():
    styles = joined_styles()

    assert len(gzip.compress(styles.encode(), mtime=0)) <= 15 * KILOBYTE
    assert "/*" not in styles


def test_styles_have_no_important():
    found = [name for name in listed("css/order.txt") if "!important" in (ROOT / "static" / "css" / name).read_text()]

    assert found == []


@pytest.mark.parametrize(
    "path", ["/BUG/", "/BUG/issues/", "/BUG-1/", "/BUG/chat/", "/BUG/files/", "/BUG/issues/new/", "/inbox/", "/"]
)
def test_scripts_of_a_page_fit_their_budget(client_for, path):
    sources = SOURCE.findall(client_for("lead").get(path, follow=True).content.decode())

    files = {file for source in sources for file in with_imports(script_file(source))}

    assert {ROOT / "static/js/live.js", ROOT / "static/js/view.js"} <= files
    assert sum(len(gzip.compress(sent(file).encode(), mtime=0)) for file in files) <= 60 * KILOBYTE


def test_a_script_is_sent_without_its_comments():
    assert (
        without_comments("// What.\nlet a = 1; // stays\n  // Why.\n  a += 1;\n") == "let a = 1; // stays\n  a += 1;\n"
    )


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_script_has_no_html_sink(path):
    assert SINKS.findall(path.read_text()) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_template_has_no_inline_code(path):
    """Mails have their styles inline, because mail programs drop style sheets."""
    allowed = {'style="'} if path.parent.name == "mail" else set()

    assert {found.strip() for found in INLINE.findall(path.read_text())} - allowed == set()


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
    shown = (ROOT / "templates" / "gallery.html").read_text() + (
        ROOT / "templates" / "gallery_layouts.html"
    ).read_text()
    exported = {name for name in vars(env().get_template("components/ui.html").module) if not name.startswith("_")}

    assert {name for name in exported if f"ui.{name}(" not in shown} == {"nobody", "field"}


def test_gallery_fields_are_tied_to_their_words():
    shown = gallery()

    described = [word for tag in shown.select("[aria-describedby]") for word in tag["aria-describedby"].split()]

    assert {"id_name_helptext", "id_name_error", "id_strict_error"} <= set(described)
    assert [word for word in described if shown.find(id=word) is None] == []
    assert [tag["for"] for tag in shown.select("label[for]") if shown.find(id=tag["for"]) is None] == []


def test_gallery_buttons_and_links_have_names():
    shown = gallery()

    nameless = [
        tag for tag in shown.select("button, a[href]") if not (tag.get("aria-label") or tag.get_text(strip=True))
    ]

    assert nameless == []


def test_gallery_popovers_and_dialogs_exist_once():
    shown = gallery()

    targets = {tag[name] for name in ("popovertarget", "commandfor") for tag in shown.select(f"[{name}]")}

    assert {target: len(shown.select(f"#{target}")) for target in targets} == dict.fromkeys(targets, 1)


def test_gallery_pages_say_where_one_is():
    assert gallery().select_one(".pages .here").get_text() == "51–100 of 120"


def test_glyph_sprite_has_every_state_and_priority():
    ids = set(re.findall(r'<symbol id="([a-z0-9-]+)"', (ROOT / "static" / "glyphs.svg").read_text()))

    assert ids == {"st-open", "st-progress", "st-resolved", "st-closed", "pr-0", "pr-1", "pr-2", "pr-3", "pr-4"}


def test_letter_keeps_its_link_as_it_is():
    letter = Letter("Confirm", ("open this link.",), link="https://x.test/?a=1&b=2", hello="Ana & Ben")

    mail = letter.render("txt")

    assert "Hello Ana & Ben," in mail
    assert "\nhttps://x.test/?a=1&b=2\n" in mail
    assert mail.rstrip().endswith("Plumbline, http://127.0.0.1:8000")


def test_page_of_the_rate_limit_is_ours():
    assert "<h1>Too many tries</h1>" in env().get_template("errors/429.html").render()


DOOR = {"csrf_input": "", "redirect_field": "", "redirect_field_value": "", "providers": [], "invitation": None}


def test_login_page_shows_the_fields_of_the_real_form():
    context = DOOR | {"signup_url": "", "can_mail": True, "messages": [], "request": RequestFactory().get("/")}

    html = render_block(env(), "account/login.html", "content", form=LoginForm(), **context)

    shown = {
        label["for"]: label.get_text(strip=True) for label in BeautifulSoup(html, "html.parser").select("label[for]")
    }
    assert shown == {"id_login": "Username or e-mail", "id_password": "Password"}


def test_signup_page_says_the_rules_of_a_password_in_sentences():
    context = DOOR | {"login_url": "/login/"}

    html = render_block(env(), "account/signup.html", "content", form=SignupForm(), **context)

    rules = BeautifulSoup(html, "html.parser").find(id="id_password1_helptext").get_text()
    assert "at least 12 characters. Your" in rules
    assert "<" not in rules
