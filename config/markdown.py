"""Markdown to safe HTML, within a budget of time.

The caps are those of a study of quadratic inputs: an e-mail-like text of 64 KB costs markdown-it's linkify pass 1.4 s,
so links are only found in texts of up to 16 KiB, and a text beyond its field's cap is refused before it is stored. The
rest of the parser is nearly linear, but made to work it takes a second for 64 KiB, and a table makes many cells of few
signs. So its steps are counted, and a text that takes too many is shown as it was typed: the same text always the same.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

LINKIFY_UP_TO = 16 * 1024
NESTING = 20
TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p",
    "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"class", "data-file", "href", "title"}, "img": {"alt", "loading", "src"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}
# A text of 64 KiB as people write it takes about 4,000 steps; 10,000 take some 150 ms.
STEPS = 10_000
LINES = 3_000
CELLS = 6_000
RUNS = 8_000
LONG_RUN = re.compile(r"([*_~])\1{4,}")
# nh3 writes every attribute in double quotes, and no quote inside of one.
TAG = re.compile(r'<(/?)([a-z0-9]+)[^>"]*(?:"[^"]*"[^>"]*)*>')
OPAQUE = {"a", "code", "pre"}
UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# The one kind of address whose picture is shown: a file of one of our projects, to the letter.
FILE = re.compile(f"/([A-Z][A-Z0-9]{{1,9}})/files/({UUID})/")
# Of one text; what comes after is a link, because each costs a page a request.
PICTURES = 50
# What an attribute may say that only our own pictures have.
SAID = {
    ("a", "class"): re.compile("picture"),
    ("a", "data-file"): re.compile(UUID),
    ("img", "src"): re.compile(f"{FILE.pattern}screen/"),
    ("img", "loading"): re.compile("lazy"),
}
PICTURE = re.compile(
    r'(<a(?: [a-z-]+="[^"]*")* data-file="[^"]*"(?: [a-z-]+="[^"]*")*>)(<img(?: [a-z-]+="[^"]*")*>)</a>'
)
ALT = re.compile(r' alt="([^"]*)"')
NAMED = re.compile(rf"!\[((?:\\.|[^\[\]\\\n]){{0,400}})\]\({FILE.pattern}\)")


class _TooCostlyError(Exception):
    """The text needs more steps than it may take."""


def _count(state: Any, *_arguments: Any) -> bool:
    """Stand before the first rule, take nothing, and count how often the parser asked."""
    state.env["steps"] = state.env.get("steps", 0) + 1
    if state.env["steps"] > STEPS:
        raise _TooCostlyError
    return False


def _image(renderer: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    """Return a picture of a file of ours, which leads to its page; nothing for any other."""
    found = FILE.fullmatch(str(tokens[place].attrs.get("src", "")))
    if found is None:
        return ""
    address = found.group()
    name = escape(renderer.renderInlineAsText(tokens[place].children, options, env).strip() or address)
    env["pictures"] = env.get("pictures", 0) + 1
    if env["pictures"] > PICTURES:
        return f'<a href="{address}view/">{name}</a>'
    picture = f'<img src="{address}screen/" alt="{name}" loading="lazy">'
    return f'<a class="picture" href="{address}view/" data-file="{found.group(2)}">{picture}</a>'


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Return an attribute's value, None for one that the sanitiser is to drop."""
    rule = SAID.get((tag, name))
    return value if rule is None or rule.fullmatch(value) else None


def _parser(*, linkify: bool) -> MarkdownIt:
    options = {"html": False, "linkify": linkify, "breaks": True, "maxNesting": NESTING}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    parser.inline.ruler.before("text", "count", _count)
    parser.block.ruler.before("table", "count", _count)
    parser.add_render_rule("image", _image)
    return parser.enable("linkify") if linkify else parser


SHORT, LONG = _parser(linkify=True), _parser(linkify=False)


@lru_cache(maxsize=1024)
def render(text: str) -> Markup:
    """Return Markdown as HTML that is safe to show: no raw HTML, no pictures but of our own files, only the tags above.

    `![name](/KEY/files/<uuid>/)` is such a picture; whoever may not read the file gets none when the page asks for it.

    nh3 (ammonia) parses the result as a browser would and drops what is not on the lists, ids, classes and styles too.
    """
    if not text.strip():
        return Markup("")
    parser = SHORT if len(text) <= LINKIFY_UP_TO else LONG
    try:
        _refuse_amplifiers(text)
        html = parser.render(text, {})
    except (RecursionError, _TooCostlyError):
        html = f"<pre>{escape(text)}</pre>"
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow ugc",
    )
    return Markup(clean)  # noqa: S704 (this is the sanitiser's output)


def linked_to(html: Markup, site: str) -> Markup:
    """Return what `render` returned with the site's address before links within it, to be read elsewhere.

    Pictures become links of their names, because only who is logged in to the site gets them.
    """
    named = PICTURE.sub(lambda found: f"{found.group(1)}{_alt(found.group(2))}</a>", str(html))
    return Markup(named.replace('href="/', f'href="{escape(site)}/'))  # noqa: S704 (as clean as before)


def plain(html: Markup) -> str:
    """Return what `render` returned as words without markup, pictures by their names, in one line."""
    named = PICTURE.sub(lambda found: f" {_alt(found.group(2))} ", str(html))
    return str(Markup(named).striptags())  # noqa: S704 (only read as text)


def without_pictures(text: str) -> str:
    """Return Markdown as it was typed, with the names of pictures of ours in the place of their addresses."""
    return NAMED.sub(_name, text) if "![" in text else text


def addressed(text: str, site: str) -> str:
    """Return Markdown as it was typed, with pictures of ours by their names and the whole addresses of their pages."""
    return NAMED.sub(lambda found: f"{_name(found)}: {site}/{found.group(2)}/files/{found.group(3)}/view/", text)


def _name(found: re.Match[str]) -> str:
    return re.sub(r"\\(.)", r"\1", found.group(1))


def _alt(image: str) -> str:
    """Return the name of a picture, escaped as it stands there."""
    found = ALT.search(image)
    return found.group(1).replace("<", "&lt;").replace(">", "&gt;") if found else ""


def _refuse_amplifiers(text: str) -> None:
    """Raise for what makes much of one step: lines, a table's missing cells, runs of signs that might be emphasis."""
    lines = text.replace("\r", "\n").split("\n")
    widest = max(line.count("|") for line in lines) if "|" in text else 0
    runs = sum(len(run.group()) for run in LONG_RUN.finditer(text))
    if len(lines) > LINES or widest * len(lines) > CELLS or runs > RUNS:
        raise _TooCostlyError


def pieces(html: str) -> Iterator[tuple[bool, str]]:
    """Yield the pieces of what `render` returned, in order: (True, words as people read them), (False, HTML).

    Words within links and code count as HTML, because nothing in them is to be found or replaced.
    """
    depth = last = 0
    for tag in TAG.finditer(html):
        if tag.start() > last:
            yield from _words(html[last : tag.start()], is_opaque=depth > 0)
        yield False, tag.group()
        last = tag.end()
        if tag.group(2) in OPAQUE:
            depth += -1 if tag.group(1) else 1
    if last < len(html):
        yield from _words(html[last:], is_opaque=depth > 0)


def _words(text: str, *, is_opaque: bool) -> Iterator[tuple[bool, str]]:
    yield (False, text) if is_opaque else (True, unescape(text))
