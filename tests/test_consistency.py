"""The house rules that a machine can check. What fails here would otherwise be found in a review, or by an attacker."""

import ast
import re
import statistics
from functools import cache
from html.parser import HTMLParser

import allauth
import pytest
from django.core.management import call_command
from django.template import engines

from tests.sources import APPS, ROOT, code, everything, files, functions, name, tree, views

TEMPLATES = [path for path in files("templates") if path.suffix in {".html", ".txt"}]
PAGES = [path for path in TEMPLATES if path.suffix == ".html"]
LINES = {"code": 400, "tests": 600, "templates": 150, "static": 400}
# Found under this name by allauth's rate limits.
LOOKED_UP = {"429.html", "mail/letter.html", "mail/letter.txt"}
ALLAUTH = ROOT.__class__(allauth.__file__).parent / "templates"


def lines_of(path):
    return len(path.read_text().splitlines())


# --- Sizes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "paths"),
    [
        ("code", code()),
        ("tests", list(files("tests", suffix=".py"))),
        ("templates", TEMPLATES),
        ("static", [path for path in files("static") if path.suffix in {".css", ".js"}]),
    ],
    ids=["code", "tests", "templates", "static"],
)
def test_no_file_is_beyond_its_size(kind, paths):
    assert paths
    assert {name(path): lines_of(path) for path in paths if lines_of(path) > LINES[kind]} == {}


def test_functions_are_short():
    lengths = dict(entry for path in code() for entry in functions(path))
    ordered = sorted(lengths.values())

    assert statistics.median(ordered) <= 10
    assert ordered[int(len(ordered) * 0.95)] <= 40


def test_views_are_functions_of_at_most_25_lines():
    found = {key: length for path in views() for key, length in functions(path) if length > 25}
    classes = [
        f"{name(path)} {node.name}"
        for path in views()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and not is_of_a_library(node)
    ]

    assert (found, classes) == ({}, [])


def is_of_a_library(node):
    """Say whether a class is a view of a library that we complete: its base is named by a module (`totp.SomeView`)."""
    return any(isinstance(base, ast.Attribute) for base in node.bases)


def test_decisions_are_short():
    assert {name(path): lines_of(path) for path in files("docs/adr", suffix=".md") if lines_of(path) > 60} == {}


def test_modules_are_named_after_what_they_hold():
    vague = {"utils.py", "util.py", "helpers.py", "helper.py", "manager.py", "managers.py", "misc.py", "common.py"}

    assert [name(path) for path in files(*APPS, "tests", suffix=".py") if path.name in vague] == []


# --- Python -----------------------------------------------------------------------------------------------------------

ORM = {
    "objects", "save", "delete", "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update", "filter",
    "exclude", "annotate", "aggregate", "select_related", "prefetch_related", "select_for_update", "raw", "cursor",
}  # fmt: skip


def attributes(path):
    return ((node.attr, node.lineno) for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute))


def test_views_hold_no_orm_call():
    found = [f"{name(path)}:{line} .{attr}" for path in views() for attr, line in attributes(path) if attr in ORM]

    assert found == []


def test_views_send_save_and_enqueue_nothing():
    forbidden = {"delay", "apply_async", "send_mail", "record", "record_all", "group_send"}
    found = [f"{name(path)}:{line} .{attr}" for path in views() for attr, line in attributes(path) if attr in forbidden]

    assert found == []


def test_no_form_takes_every_field_of_a_model():
    every = re.compile(r"""fields\s*=\s*["']__all__["']|^\s+exclude\s*=\s*[(\[]""", re.MULTILINE)

    assert [name(path) for path in code() if every.search(path.read_text())] == []


def comes_from_request(node):
    return any(
        isinstance(part, ast.Attribute) and part.attr in {"GET", "POST", "META", "COOKIES", "headers"}
        for part in ast.walk(node)
    )


def test_no_name_or_keyword_comes_from_the_request():
    """getattr(obj, request…) calls what a stranger names; filter(**request…) reads any related column."""
    found = []
    for path in code():
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            is_named = called in {"getattr", "setattr", "hasattr", "attrgetter"}
            if is_named and any(comes_from_request(arg) for arg in node.args[1:2]):
                found.append(f"{name(path)}:{node.lineno}")
            if any(word.arg is None and comes_from_request(word.value) for word in node.keywords):
                found.append(f"{name(path)}:{node.lineno}")

    assert found == []


def test_guardian_is_known_to_the_model_and_its_one_writer():
    """Rows of permissions are written in projects/services/grants.py and read in two places."""
    users = {name(path) for path in code() if "ProjectUserObjectPermission" in path.read_text()}
    importers = {
        name(path) for path in code() if re.search(r"^\s*(?:from|import) guardian", path.read_text(), re.MULTILINE)
    }

    assert importers == {"projects/models/projects.py"}
    assert users <= {
        "projects/models/__init__.py",
        "projects/models/projects.py",
        "projects/services/grants.py",
        "projects/access.py",
        "projects/queries.py",
    }


def test_only_the_log_writes_events():
    pattern = re.compile(r"\bEvent(?:Stream)?\.objects\.(?:create|bulk_create|update|get_or_create)")

    found = {name(path) for path in code() if pattern.search(path.read_text())}

    assert found <= {"notifications/services.py", "notifications/models.py"}


def test_texts_are_marked_safe_in_few_known_places():
    """Everything else goes through Jinja2's and Django's own escaping."""
    pattern = re.compile(r"\bmark_safe\b|\bMarkup\(")
    found = {name(path) for path in code() if pattern.search(path.read_text())}

    assert found <= {
        # The squares of a QR code, all numbers, and its name, which is escaped.
        "accounts/factors.py",
        "config/jinja.py",
        "config/markdown.py",
        "chat/rendering.py",
        "issues/highlight.py",
        "issues/cards.py",
        "config/kept.py",
    }


def test_there_is_no_signal_handler_and_no_behaviour_in_save():
    saves = [
        f"{name(path)}:{node.lineno}"
        for path in code()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef) and node.name == "save" and "models" in name(path)
    ]
    signals = [name(path) for path in code() if re.search(r"@receiver\(|post_save|pre_save", path.read_text())]

    assert (saves, signals) == ([], [])


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_migrations_say_what_they_do():
    vague = [name(path) for path in files(*APPS, suffix=".py") if "migrations" in path.parts and "_auto_" in path.name]

    assert vague == []


# --- Templates, scripts, styles ---------------------------------------------------------------------------------------


@cache
def without_comments(path):
    return re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("an inline handler", r"\son[a-z]+\s*=|\shx-on"),
        ("an inline style", r"\sstyle\s*=|<style"),
        ("an inline script", r"<script(?![^>]*\b(?:src|nonce|type=\"application/json\"))[^>]*>"),
        ("a script address", r"javascript:"),
        ("a text that is not escaped", r"(?<!')\|\s*safe\b|autoescape false"),
        ("a script of another site", r"<script[^>]*src=\"(?:https?:)?//"),
    ],
)
def test_templates_hold_nothing_inline(what, pattern):
    """Mail programs drop style sheets, so that mails have styles inline; no page shows them but a sandboxed frame."""
    allowed = "templates/mail/" if what == "an inline style" else "nowhere"
    pages = [path for path in PAGES if not name(path).startswith(allowed)]
    found = [name(path) for path in pages if re.search(pattern, without_comments(path), re.IGNORECASE)]

    assert found == [], what


def test_every_template_compiles():
    environment = engines["jinja2"].env

    for path in TEMPLATES:
        environment.get_template(path.relative_to(ROOT / "templates").as_posix())


def test_every_template_is_used():
    """By a view, by another template, or by a library that looks for it under this very name."""
    sources = "\n".join(path.read_text() for path in [*code(), *TEMPLATES])
    unused = []
    for path in TEMPLATES:
        short = path.relative_to(ROOT / "templates").as_posix()
        if (
            short not in LOOKED_UP
            and f'"{short}"' not in sources
            and f"'{short}'" not in sources
            and not (ALLAUTH / short).exists()
        ):
            unused.append(short)

    assert unused == []


class Words(HTMLParser):
    """Collects the words that a template shows without translating them."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.inside = []

    def handle_starttag(self, tag, attrs):
        if tag in {"script", "style", "svg", "kbd", "code"}:
            self.inside.append(tag)
        for attribute, value in attrs:
            if attribute in {"title", "placeholder", "aria-label", "alt"}:
                self.add(value or "")

    def handle_endtag(self, tag):
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data):
        if not self.inside:
            # A macro may stand for attributes or for an address.
            self.add(re.sub(r'[\w:-]+="[^"]*"|/\S*', "", data))

    def add(self, text):
        self.found += re.findall(r"[A-Za-z]{3,}", text)


NOT_TRANSLATED = {"Plumbline"}


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_word_of_a_page_can_be_translated(path):
    if path.name.startswith("gallery") or "bench" in path.parts:
        return
    source = re.sub(r"\{%-?\s*trans.*?endtrans\s*-?%\}", "", without_comments(path), flags=re.DOTALL)
    source = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.DOTALL)
    words = Words()
    words.feed(source)

    assert set(words.found) - NOT_TRANSLATED == set()


def test_every_script_and_stylesheet_is_used():
    sources = "\n".join(
        path.read_text()
        for path in [*TEMPLATES, *code(), *files("static"), *files("issues", "config")]
        if path.suffix in {".html", ".py", ".js", ".txt", ".css"}
    )
    unused = [
        name(path)
        for path in files("static")
        if path.suffix in {".css", ".js"}
        and not re.search(rf"[/\"'\s]{re.escape(path.stem)}(?:\.{path.suffix[1:]})?\b", sources)
    ]

    assert unused == []


# --- Everything -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("unfinished work", r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b"),
        ("the host of a package registry", r"\b(?:pypi|npmjs|python" + r"hosted|yarnpkg)\.(?:org|com|net|io)\b"),
        ("a path of one machine", r"(?<![\w.])/(?:ro" + r"ot|wo" + r"rk)/\w"),
        ("a test that does not run", r"pytest\.(?:mark\.)?(?:sk" + r"ip|xf" + r"ail)|\bskip(?:If|Unless)\b"),
    ],
)
def test_no_file_holds(what, pattern):
    texts = ((path, path.read_text(errors="replace")) for path in everything())

    assert [name(path) for path, text in texts if re.search(pattern, text)] == [], what


def environment_names():
    """Return every variable that the code reads from the environment."""
    readers = {"text", "flag", "number", "words", "choice", "database", "mail"}
    found = {"DATABASE_URL", "EMAIL_URL"}
    for path in code():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                is_reader = node.func.attr in readers and getattr(node.func.value, "id", "") == "env"
                is_get = node.func.attr in {"get", "getenv"} and "environ" in ast.unparse(node.func)
                first = node.args[0]
                if (is_reader or is_get) and isinstance(first, ast.Constant):
                    found.add(first.value)
    return found


def test_every_variable_of_the_environment_is_documented():
    documented = (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    # What the system itself or our own parent process sets, and nobody is meant to.
    internal = {
        "PLUMBLINE_BENCH",
        "PLUMBLINE_MAILBOX",
        "DJANGO_SETTINGS_MODULE",
        "PATH",
        "HOME",
        "USER",
        "NO_COLOR",
        "TMPDIR",
        "CI",
    }
    missing = {variable for variable in environment_names() - internal if variable not in documented}

    assert missing == set()


def test_every_app_says_what_it_is():
    for app in APPS:
        assert ast.get_docstring(tree(ROOT / app / "__init__.py")), app


def test_public_functions_say_what_they_promise():
    missing = [
        f"{name(path)}:{node.name}"
        for path in code()
        if any(part in name(path) for part in ("/services", "queries", "access", "views"))
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]

    assert missing == []
