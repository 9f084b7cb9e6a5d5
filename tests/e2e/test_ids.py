"""static/js/ids.js: the numbers by which the server knows again what a browser sends twice."""

import uuid

import pytest

from tests.sources import ROOT

TIMES = 200
MAKE = """async ([source, isSecure, length]) => {
  Object.defineProperty(crypto, "randomUUID", { value: isSecure ? () => "made by the browser" : undefined });
  const { newId } = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  return Array.from({ length }, newId);
}"""


@pytest.fixture
def make(browser):
    """Return what makes TIMES numbers in a browser that has, or has not, a maker of its own."""
    page = browser.new_page()
    source = (ROOT / "static/js/ids.js").read_text()
    yield lambda *, is_secure: page.evaluate(MAKE, [source, is_secure, TIMES])
    page.close()


def test_a_page_that_is_not_secure_makes_random_uuids_all_the_same(make):
    made = make(is_secure=False)

    found = [uuid.UUID(each) for each in made]
    assert [str(each) for each in found] == made
    assert {(each.version, each.variant) for each in found} == {(4, uuid.RFC_4122)}
    assert len(set(found)) == TIMES
    # Besides 10, the two bits of the variant, nothing of this byte is fixed.
    assert len({each.clock_seq_hi_variant for each in found}) > 30


def test_a_secure_page_uses_the_browsers_own(make):
    assert set(make(is_secure=True)) == {"made by the browser"}
