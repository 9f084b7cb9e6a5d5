"""Markdown to safe HTML, within a budget of time.

The caps are those of a study of quadratic inputs: an e-mail-like text of 64 KB costs markdown-it's linkify pass 1.4 s, so
links are only found in texts of up to 16 KiB, and a text beyond its field's cap is refused before it is stored.
"""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

LINKIFY_UP_TO = 16 * 1024
NESTING = 20
TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}


def _parser(*, linkify: bool) -> MarkdownIt:
    options = {"html": False, "linkify": linkify, "breaks": True, "maxNesting": NESTING}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    return parser.enable("linkify") if linkify else parser


SHORT, LONG = _parser(linkify=True), _parser(linkify=False)


@lru_cache(maxsize=1024)
def render(text: str) -> Markup:
    """Return Markdown as HTML that is safe to show: no raw HTML, no images from elsewhere, only the tags above.

    nh3 (ammonia) parses the result as a browser would and drops what is not on the lists, ids, classes and styles too.
    """
    if not text.strip():
        return Markup("")
    parser = SHORT if len(text) <= LINKIFY_UP_TO else LONG
    try:
        html = parser.render(text)
    except RecursionError:
        html = f"<pre>{escape(text)}</pre>"
    clean = nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer nofollow ugc"
    )
    return Markup(clean)  # noqa: S704 (this is the sanitiser's output)
