"""What happens around every request."""

import logging
import re
import zoneinfo

import pytest
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.utils import timezone, translation
from django_htmx.middleware import HtmxDetails
from psycopg_pool import PoolTimeout

from accounts.services.people import change_profile
from config.errors import Conflict, DomainError, PermissionRefused
from config.middleware import PersonMiddleware, RefusalMiddleware, RequestMiddleware

pytestmark = pytest.mark.django_db


def through(middleware, request, answer=None):
    """Send a request through one middleware; `answer` is what stands behind it."""
    return middleware(answer or (lambda request: HttpResponse("ok")))(request)


def refused(rf, error, *, htmx=False, **headers):
    request = rf.get("/", headers={"HX-Request": "true"} if htmx else headers)
    request.htmx = HtmxDetails(request)
    request.session = {}
    from django.contrib.auth.models import AnonymousUser

    request.user = AnonymousUser()
    return RefusalMiddleware(lambda request: HttpResponse()).process_exception(request, error)


def test_every_answer_has_an_id_and_the_log_names_it(rf, caplog):
    with caplog.at_level(logging.INFO, logger="plumbline.request"):
        response = through(RequestMiddleware, rf.get("/BUG-1/?secret=1"))

    assert re.fullmatch(r"[A-Za-z0-9_-]{12}", response.headers["X-Request-Id"])
    assert [re.sub(r"[\d.]+ms", "ms", record.getMessage()) for record in caplog.records] == ["GET /BUG-1/ 200 ms"]


@pytest.mark.parametrize(
    "path",
    [
        *("/invitations/", "/join/", "/mail/unsubscribe/"),
        *("/accounts/confirm-email/", "/accounts/password/reset/"),
    ],
)
def test_the_log_holds_no_link_that_opens_something(rf, caplog, path):
    with caplog.at_level(logging.INFO, logger="plumbline.request"):
        RequestMiddleware(lambda request: HttpResponse())(rf.get(f"{path}token-of-somebody/"))

    assert [record.getMessage().split()[1] for record in caplog.records] == [f"{path}…/"]


@pytest.mark.parametrize(
    ("proxies", "given", "is_kept"),
    [(0, "abcdefgh1234", False), (1, "abcdefgh1234", True), (1, "short", False), (1, "bad id\nforged", False)],
)
def test_a_given_id_is_kept_from_a_declared_proxy_only(rf, settings, proxies, given, is_kept):
    settings.TRUSTED_PROXIES = proxies

    response = through(RequestMiddleware, rf.get("/", headers={"X-Request-Id": given}))

    assert (response.headers["X-Request-Id"] == given) is is_kept


def test_pages_carry_the_headers_that_protect_them(client, world):
    headers = client.get("/accounts/login/").headers

    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "no-store" in headers["Cache-Control"]


def test_the_policy_allows_scripts_by_nonce_only(client, world):
    first, second = (client.get("/accounts/login/") for _time in range(2))
    policy = dict(part.strip().split(" ", 1) for part in first.headers["Content-Security-Policy"].split(";"))

    assert policy["default-src"] == "'none'"
    assert re.fullmatch(
        r"'nonce-[\w+/=-]{20,}' 'strict-dynamic'|'strict-dynamic' 'nonce-[\w+/=-]{20,}'", policy["script-src"]
    )
    assert policy["style-src"] == "'self'"
    assert {policy[name] for name in ("object-src", "base-uri", "frame-ancestors")} == {"'none'"}
    assert first.headers["Content-Security-Policy"] != second.headers["Content-Security-Policy"]
    assert re.search(r"nonce-([\w+/=-]+)", policy["script-src"])[1] in first.content.decode()


def test_people_read_in_their_own_time_zone(client_for, world):
    change_profile(actor=world.lead, changes={"time_zone": "Asia/Tokyo"})

    client_for("lead").get("/BUG-1/")
    zone = timezone.get_current_timezone()
    client_for("anonymous").get("/OPEN-1/")

    assert zone == zoneinfo.ZoneInfo("Asia/Tokyo")
    assert timezone.get_current_timezone_name() == "UTC"


def test_one_persons_language_does_not_stay_for_the_next(client, world):
    translation.activate("de")

    client.get("/OPEN-1/")

    assert translation.get_language() == "en"


def test_what_a_view_says_about_caching_stays(rf):
    def cacheable(request):
        return HttpResponse("ok", headers={"Cache-Control": "public"})

    assert through(PersonMiddleware, rf.get("/"), cacheable).headers["Cache-Control"] == "public"


@pytest.mark.parametrize(
    ("error", "status"), [(DomainError("No."), 422), (PermissionRefused("No."), 403), (Conflict("No."), 409)]
)
def test_a_refusal_is_answered_as_page_toast_or_json(rf, error, status):
    page, toast, script = (
        refused(rf, error),
        refused(rf, error, htmx=True),
        refused(rf, error, Accept="application/json"),
    )

    assert {page.status_code, toast.status_code, script.status_code} == {status}
    assert "<!doctype html>" in page.content.decode().lower()
    assert "No." in page.content.decode()
    assert (toast.headers["HX-Retarget"], toast.headers["HX-Reswap"]) == ("#toasts", "beforeend")
    assert "<html" not in toast.content.decode()
    assert script.headers["Content-Type"] == "application/json"


def test_the_words_of_a_refusal_are_escaped(rf):
    page = refused(rf, DomainError("<script>alert(1)</script>")).content.decode()

    assert "<script>alert" not in page


@pytest.mark.parametrize("error", [OperationalError("away"), InterfaceError("closed"), PoolTimeout("full")])
def test_a_database_that_is_away_is_503_with_a_time_to_retry(rf, error, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = refused(rf, error)

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert "away" not in response.content.decode()


def test_other_errors_are_left_to_django(rf):
    assert refused(rf, ValueError("bug")) is None


def test_a_database_that_goes_away_before_the_view_is_503_too(monkeypatch, world, client_for):
    def lose(request):
        raise OperationalError("terminating connection")

    browser = client_for("lead")
    browser.raise_request_exception = False
    monkeypatch.setattr("django.contrib.auth.middleware.auth.get_user", lose)

    response = browser.get("/BUG/")

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
