"""The front-end build: from real inputs, made again only when they changed, refused with the wrong file's name."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from config import frontend


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A build on folders of its own, with the node_modules of this checkout."""
    for name in ("ROOT", "STATIC", "BUILD", "OUT"):
        folder = tmp_path / {"ROOT": "", "STATIC": "static", "BUILD": "build", "OUT": "build/static"}[name]
        monkeypatch.setattr(frontend, name, folder)
    monkeypatch.setattr(frontend, "STYLESHEET", tmp_path / "build/static/plumbline.css")
    monkeypatch.setattr(frontend, "SPRITE", tmp_path / "build/static/vendor/icons.svg")
    monkeypatch.setattr(frontend, "SORTABLE", tmp_path / "build/static/vendor/Sortable.min.js")
    (tmp_path / "static" / "css").mkdir(parents=True)
    return tmp_path


def write_styles(place: Path, **files: str) -> None:
    for name, text in files.items():
        (place / "static" / "css" / f"{name}.css").write_text(text)


def test_styles_are_joined_in_the_order_of_the_list(place: Path) -> None:
    write_styles(place, base="b {}\n", tokens="@layer a, b;\n")
    (place / "static/css/order.txt").write_text("# first the layers\ntokens.css\nbase.css\n")

    frontend.join_styles()

    assert frontend.STYLESHEET.read_text() == "@layer a, b;\nb {}\n"


def test_style_that_the_list_forgets_is_named(place: Path) -> None:
    write_styles(place, base="b {}", lost="c {}")
    (place / "static/css/order.txt").write_text("base.css\n")

    with pytest.raises(frontend.BuildError, match=r"differ: lost\.css"):
        frontend.join_styles()


def test_sprite_holds_the_listed_icons_and_nothing_else(place: Path) -> None:
    (place / "static/icons.txt").write_text("search\nplus # for adding\nsearch\n")

    frontend.copy_vendor()

    symbols = ET.parse(frontend.SPRITE).getroot()
    assert [symbol.get("id") for symbol in symbols] == ["plus", "search"]
    assert all(len(symbol) >= 2 and symbol.get("viewBox") == "0 0 24 24" for symbol in symbols)
    assert "sourceMappingURL" not in frontend.SORTABLE.read_text()


def test_unknown_icon_is_named(place: Path) -> None:
    (place / "static/icons.txt").write_text("no-such-icon\n")

    with pytest.raises(frontend.BuildError, match="names 'no-such-icon'"):
        frontend.draw_sprite()


def test_stage_runs_again_only_after_a_change(place: Path) -> None:
    source, made = place / "static" / "source", place / "made"
    source.write_text("one")
    runs: list[str] = []

    def make() -> None:
        runs.append(source.read_text())
        made.touch()

    def run() -> bool:
        return frontend.stage("sample", [place / "static"], [made], make)

    first, second = run(), run()
    source.write_text("two")
    changed = run()
    made.unlink()
    missing = run()

    assert (first, second, changed, missing, runs) == (True, False, True, True, ["one", "two", "two"])


def test_stage_that_failed_runs_again(place: Path) -> None:
    def fail() -> None:
        raise frontend.BuildError("no")

    for _attempt in (1, 2):
        with pytest.raises(frontend.BuildError):
            frontend.stage("sample", [], [], fail)
