"""How views answer: page, fragment or redirect."""

import pytest
from django_htmx.middleware import HtmxDetails

from config.http import fragment_or_redirect, go, safe_next

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "target",
    [
        "https://other.example/",
        "//other.example/",
        "///other.example",
        "/\\other.example",
        "\\\\other.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "http:other.example",
        "https:/other.example",
        "BUG/",
        "\t//other.example",
        "//testserver@other.example/",
        "",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_safe_next_never_leaves_the_site(rf, target, method):
    request = getattr(rf, method)("/", {"next": target})

    assert safe_next(request, "/fallback/") == "/fallback/"


@pytest.mark.parametrize("target", ["/", "/BUG/?state=open", "/BUG/#issue-card-1", "/BUG-1/"])
def test_safe_next_follows_paths_of_ours(rf, target):
    assert safe_next(rf.post("/", {"next": target}), "/fallback/") == target


@pytest.mark.parametrize("htmx", [False, True])
def test_go_redirects_the_browser_or_tells_htmx_to(rf, htmx):
    request = rf.get("/", headers={"HX-Request": "true"} if htmx else {})
    request.htmx = HtmxDetails(request)

    response = go(request, "/BUG/")

    found = (response.status_code, response.headers.get("Location"), response.headers.get("HX-Redirect"))
    assert found == ((200, None, "/BUG/") if htmx else (302, "/BUG/", None))


def test_fragment_or_redirect_gives_htmx_the_block_and_forms_the_way(rf):
    from config.errors import DomainError

    context = {"error": DomainError("No."), "details": {}}

    def answer(*, htmx, status=200):
        request = rf.post("/", headers={"HX-Request": "true"} if htmx else {})
        request.htmx = HtmxDetails(request)
        return fragment_or_redirect(request, "errors/refused.html", "toast", context, status=status, to="/BUG/")

    fragment, redirect, refused = answer(htmx=True), answer(htmx=False), answer(htmx=False, status=422)

    assert (fragment.status_code, "<html" in fragment.content.decode()) == (200, False)
    assert (redirect.status_code, redirect.headers["Location"]) == (302, "/BUG/")
    assert (refused.status_code, "<html" in refused.content.decode()) == (422, True)


def test_reads_give_htmx_the_block_and_all_others_the_page(client_for, world):
    client = client_for("lead")

    page, block = client.get("/BUG/"), client.get("/BUG/", htmx=True)
    boosted = client.get("/BUG/", htmx=True, headers={"HX-Boosted": "true"})
    restored = client.get("/BUG/", htmx=True, headers={"HX-History-Restore-Request": "true"})

    assert ["<html" in answer.content.decode() for answer in (page, block, boosted, restored)] == [
        True,
        False,
        True,
        True,
    ]
    assert {answer.headers["Vary"].split(",")[0] for answer in (page, block)} == {"HX-Request"}
