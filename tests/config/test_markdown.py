"""Markdown: what people write is shown, what attackers write is not run, and no text takes long."""

import time
from html.parser import HTMLParser

import pytest

from config.markdown import (
    ATTRIBUTES,
    LINKIFY_UP_TO,
    PICTURES,
    TAGS,
    addressed,
    linked_to,
    plain,
    render,
    without_pictures,
)

SAFE_SCHEMES = ("http://", "https://", "mailto:")
ALLOWED = {tag: names | ({"rel"} if tag == "a" else set()) for tag, names in ATTRIBUTES.items()}
PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "[x](file:///etc/passwd)",
    "![x](https://other.example/pixel.png)",
    "![x](javascript:alert(1))",
    '[x](https://ok.example "onmouseover=alert(1)")',
    '[x](https://ok.example" onmouseover="alert(1))',
    "<javascript:alert(1)>",
    '<https://ok.example/" onclick=alert(1)>',
    "[x]: javascript:alert(1)\n\n[x]",
    '```"><script>alert(1)</script>\nx\n```',
    "`<script>`",
    "<style>*{display:none}</style>",
    "<form action=/me/><input name=display_name></form>",
    "<meta http-equiv=refresh content=0>",
    "<base href=//other.example>",
    "<div id=toasts style='position:fixed'>x</div>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "| a |\n|---|\n| <b onclick=alert(1)>x</b> |",
    "<!-- --><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "https://ok.example/<script>alert(1)</script>",
    'a@b.example" onclick="alert(1)',
]


class Reader(HTMLParser):
    """Collects tags, attributes and addresses that are not on our lists."""

    def __init__(self):
        super().__init__()
        self.problems = []

    def handle_starttag(self, tag, attrs):
        if tag not in TAGS:
            self.problems.append(tag)
        for name, value in attrs:
            if name not in ALLOWED.get(tag, set()):
                self.problems.append(f"{tag} {name}")
            if name == "href" and not value.lower().startswith(SAFE_SCHEMES):
                self.problems.append(value)


def problems(html):
    reader = Reader()
    reader.feed(str(html))
    reader.close()
    return reader.problems


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("around", ["{}", "> {}", "- {}\n- b", "**{}**", "| a |\n|---|\n| {} |", "# {}"])
def test_nothing_beyond_the_lists_comes_out(payload, around):
    assert problems(render(around.format(payload))) == []


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("  \n ", ""),
        ("**bold** *it*", "<p><strong>bold</strong> <em>it</em></p>"),
        ("~~gone~~", "<p><s>gone</s></p>"),
        ("a\nb", "<p>a<br>\nb</p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("`a<b`", "<p><code>a&lt;b</code></p>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
    ],
)
def test_what_people_write_is_shown(text, html):
    assert str(render(text)).strip() == html


def test_links_are_found_and_lead_away_safely():
    rel = 'rel="noopener noreferrer nofollow ugc"'

    assert str(render("see https://ok.example/a")).strip() == (
        f'<p>see <a href="https://ok.example/a" {rel}>https://ok.example/a</a></p>'
    )


def test_long_texts_are_shown_without_finding_links():
    html = render("https://ok.example/a " + "word " * (LINKIFY_UP_TO // 5 + 10))

    assert "<a " not in html


@pytest.mark.parametrize(
    "unit",
    [
        "a@b.com\n",
        "[",
        "![",
        "> ",
        "*a **a ",
        "`",
        "|a",
        "- ",
        "<a ",
        "[a](",
        "\\",
        "&amp",
        "https://a.b/",
        "_a__a ",
        "# ",
    ],
)
@pytest.mark.parametrize("size", [16 * 1024, 64 * 1024])
def test_no_text_takes_long(unit, size):
    text = (unit * (size // len(unit) + 1))[:size]
    began = time.process_time()

    render(text)

    # The budget is a tenth of the statement timeout on a quiet machine; ten times as much leaves room for a busy one.
    assert time.process_time() - began < 2.5


def test_deep_nesting_ends():
    assert problems(render("> " * 5000 + "deep")) == []
    assert problems(render("[" * 5000 + "]" * 5000)) == []


FILE = "/BUG/files/00000000-0000-4000-8000-000000000001/"
REL = 'rel="noopener noreferrer nofollow ugc"'


def picture(name: str, file: str = FILE) -> str:
    uuid = file.split("/")[3]
    image = f'<img src="{file}screen/" alt="{name}" loading="lazy">'
    return f'<a class="picture" href="{file}view/" data-file="{uuid}" {REL}>{image}</a>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (f"![Screen shot.png]({FILE})", f"<p>{picture('Screen shot.png')}</p>\n"),
        (f"See ![a]({FILE}) there", f"<p>See {picture('a')} there</p>\n"),
        (f'![<b> "x" & \\]]({FILE})', f"<p>{picture('&lt;b&gt; &quot;x&quot; &amp; ]')}</p>\n"),
        (f"![**bold** `code`]({FILE})", f"<p>{picture('bold code')}</p>\n"),
        (f"![]({FILE})", f"<p>{picture(FILE)}</p>\n"),
        (f'![a]({FILE} "title")', f"<p>{picture('a')}</p>\n"),
        (f"![a](/NOSUCH/files/{FILE.split('/')[3]}/)", f"<p>{picture('a', FILE.replace('BUG', 'NOSUCH'))}</p>\n"),
        (f"[a]({FILE})", f'<p><a href="{FILE}" {REL}>a</a></p>\n'),
        (f"`![a]({FILE})`", f"<p><code>![a]({FILE})</code></p>\n"),
    ],
)
def test_a_file_of_ours_is_shown_as_a_picture(text, html):
    assert render(text) == html


@pytest.mark.parametrize(
    "address",
    [
        f"https://other.example{FILE}",
        f"//other.example{FILE}",
        f"{FILE}?x=1",
        f"{FILE}#x",
        f"{FILE}screen/",
        f"{FILE}../../../accounts/logout/",
        FILE[:-1],
        FILE.lower(),
        FILE.replace("-4000-", "-40zz-"),
        FILE.replace("-", ""),
        f"/x{FILE}",
        f"{FILE}%0A",
        "data:image/png;base64,iVBORw0KGgo=",
        "javascript:alert(1)",
    ],
)
def test_no_other_address_is_ever_asked_for_a_picture(address):
    assert "<img" not in render(f"![a]({address})")


def test_so_many_pictures_are_shown_and_the_others_are_links():
    html = render(f"![a]({FILE})\n" * (PICTURES + 3))

    assert (html.count("<img "), html.count(f'<a href="{FILE}view/"')) == (PICTURES, 3)
    assert render(f"![a]({FILE})").count("<img ") == 1


def test_a_picture_read_elsewhere_is_a_link_of_its_name():
    html = linked_to(render(f"Look: ![a <b>]({FILE}) and [b]({FILE})"), "https://here.example")

    assert "<img" not in html
    assert f'href="https://here.example{FILE}view/"' in html
    assert ">a &lt;b&gt;</a>" in html
    assert f'href="https://here.example{FILE}"' in html


def test_a_picture_in_plain_words_is_its_name():
    assert plain(render(f"Look:\n\n![a <b> & c]({FILE}) *there*")) == "Look: a <b> & c there"
    assert without_pictures(f"Look ![a b]({FILE})![](x) [c]({FILE})") == f"Look a b![](x) [c]({FILE})"
    assert without_pictures(f"![a \\[b\\] \\_c]({FILE})") == "a [b] _c"
    assert addressed(f"Look ![a]({FILE})", "https://here.example") == f"Look a: https://here.example{FILE}view/"


def test_names_of_pictures_are_found_in_no_time():
    started = time.perf_counter()

    without_pictures("![" * 32_000)
    without_pictures("![a\\" * 16_000)

    assert time.perf_counter() - started < 0.5
