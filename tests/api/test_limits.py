"""How often somebody may do something: to the last request, side by side, and while Valkey is away."""

import time

import pytest
from django.db import connection
from redis.exceptions import ConnectionError as Gone

from accounts import limits
from accounts.enums import Scope
from accounts.limits import Limit, TooMany, give_back, require_left, spend
from accounts.models import Tally
from accounts.services.tokens import clear_kept
from tests.api.calling import Script, data, error, script_of
from tests.browsing import CheckedClient
from tests.parallel import at_once, errors

pytestmark = pytest.mark.django_db
FEW = Limit("few", 3, 60)


@pytest.fixture
def valkey_gone(monkeypatch):
    """Every command fails, as it does while nobody listens."""

    def refuse(*args, **kwargs):
        raise Gone("nobody listens")

    monkeypatch.setattr("redis.connection.ConnectionPool.get_connection", refuse)


def test_limit_lets_through_its_amount_and_says_when_it_works_again():
    left = [spend(FEW, "person:1") for _each in range(3)]

    with pytest.raises(TooMany) as refusal:
        spend(FEW, "person:1")

    assert [(each.limit, each.remaining) for each in left] == [(3, 2), (3, 1), (3, 0)]
    assert 58 <= refusal.value.context["retry_after"] <= 60


def test_limit_counts_for_each_alone():
    for _each in range(3):
        spend(FEW, "person:1")

    assert spend(FEW, "person:2").remaining == 2
    assert spend(FEW, "ip:192.0.2.1").remaining == 2
    assert spend(Limit("other", 3, 60), "person:1").remaining == 2


def test_limit_works_again_after_its_time():
    short = Limit("short", 1, 1)
    spend(short, "person:1")
    time.sleep(1.1)

    assert spend(short, "person:1").remaining == 0


def test_refused_tries_do_not_make_the_wait_longer():
    short = Limit("short", 1, 1)
    spend(short, "person:1")
    for _each in range(5):
        with pytest.raises(TooMany):
            spend(short, "person:1")
        time.sleep(0.15)
    time.sleep(0.4)

    assert spend(short, "person:1").remaining == 0


def test_what_is_given_back_can_be_spent_again():
    for _each in range(3):
        spend(FEW, "person:1")

    give_back(FEW, "person:1")

    assert spend(FEW, "person:1").remaining == 0


@pytest.mark.parametrize("away", [False, True])
@pytest.mark.django_db(transaction=True)
def test_of_two_hundred_at_once_exactly_the_amount_gets_through(away, request):
    if away:
        request.getfixturevalue("valkey_gone")
    limit = Limit("many", 30, 600)

    results = at_once([lambda: spend(limit, "person:1")] * 200)

    refused = errors(results)
    assert (len(results) - len(refused), len(refused)) == (30, 170)
    assert {type(each) for each in refused} == {TooMany}


def test_without_valkey_the_database_counts(valkey_gone):
    for _each in range(3):
        spend(FEW, "person:1")
    with pytest.raises(TooMany):
        spend(FEW, "person:1")
    with pytest.raises(TooMany):
        require_left(FEW, "person:1")

    assert Tally.objects.get().name == "few:person:1"
    clear_kept()
    assert Tally.objects.exists()
    Tally.objects.update(ends_at="2020-01-01T00:00:00Z")
    clear_kept()
    assert not Tally.objects.exists()


def test_without_valkey_the_api_answers_and_counts(world, valkey_gone):
    script = script_of(world, "developer", Scope.ME_READ)

    answers = [script.post("/teams", {}) for _each in range(2)]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["199", "198"]


def test_every_answer_says_what_is_left(world):
    script, guest = script_of(world, "developer", Scope.ME_READ), Script(None)

    told = [script.get("/me"), script.get("/teams"), script.get("/me?nonsense=1")]
    refused = [guest.get("/me"), guest.get("/nowhere"), guest.send("PUT", "/me"), guest.post("/auth/login", {})]

    assert [answer.status_code for answer in [*told, *refused]] == [200, 403, 422, 401, 404, 405, 422]
    assert [answer.headers["RateLimit-Remaining"] for answer in told] == ["199", "198", "197"]
    assert [answer.headers["RateLimit-Limit"] for answer in refused] == ["100"] * 4
    assert [answer.headers["RateLimit-Remaining"] for answer in refused] == ["99", "98", "97", "96"]


def test_two_hundred_and_first_request_within_a_minute_waits(world, settings, monkeypatch):
    monkeypatch.setattr(limits, "API", Limit("api", 4, 60))
    script = script_of(world, "developer", Scope.ME_READ)

    answers = [script.get("/me") for _each in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert error(answers[-1], 429)["code"] == "too_many"
    assert int(answers[-1].headers["Retry-After"]) == int(answers[-1].headers["RateLimit-Reset"])
    assert answers[-1].headers["RateLimit-Remaining"] == "0"


def test_busy_installation_may_allow_more(world, settings):
    settings.RATE_LIMIT_FACTOR = 10

    answer = script_of(world, "developer", Scope.ME_READ).get("/me")

    assert answer.headers["RateLimit-Limit"] == "2000"


def test_all_tokens_of_a_person_count_together(world):
    first, second = script_of(world, "developer", Scope.ME_READ), script_of(world, "developer", Scope.ME_READ)

    first.get("/me")

    assert second.get("/me").headers["RateLimit-Remaining"] == "198"


def test_after_ten_wrong_tokens_none_is_looked_at(world, django_assert_num_queries):
    good = script_of(world, "developer", Scope.ME_READ)
    wrong = Script(None)
    wrong.headers["Authorization"] = "Bearer nonsense"

    statuses = [wrong.get("/me").status_code for _each in range(11)]

    assert statuses == [401] * 10 + [429]
    with django_assert_num_queries(0):
        refused = good.get("/me")
    assert error(refused, 429)["code"] == "too_many"
    assert int(refused.headers["Retry-After"]) > 0


@pytest.mark.django_db(transaction=True)
def test_of_parallel_wrong_tokens_ten_are_looked_at(world):
    def call():
        return CheckedClient().get("/api/v1/me", headers={"Authorization": "Bearer nonsense"}).status_code

    statuses = at_once([call] * 60)

    assert (statuses.count(401), statuses.count(429)) == (10, 50)


def test_forged_address_is_no_new_visitor(client):
    answers = [
        client.get("/api/v1/me", headers={"X-Forwarded-For": f"192.0.2.{number}", "X-Real-Ip": "192.0.2.9"})
        for number in range(3)
    ]

    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["99", "98", "97"]


PAGES = [
    ("ISSUE", "/BUG/issues/new/", {"title": "Another"}, {200, 302}),
    ("CHAT", "/BUG/chat/messages/", {"body": "Hello"}, {200, 302}),
    ("UPLOAD", "/me/avatar/", {}, {200, 201, 400, 422}),
]


def urls(world):
    return {"CHAT": f"/{world.bug.key}/messages/"}


@pytest.mark.parametrize("page", ["/search/?q=crash", "/palette/?q=crash"])
def test_page_that_searches_is_limited(world, client_for, monkeypatch, page):
    client = client_for("developer")
    limit = limits.SEARCH if "search" in page else limits.SUGGEST
    for _each in range(limit.amount):
        spend(limit, f"person:{world.developer.pk}")

    refused = client.get(page)
    unasked = client.get(page.partition("?")[0])

    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert unasked.status_code == 200


def test_page_that_creates_issues_is_limited(world, client_for):
    client = client_for("developer")
    for _each in range(limits.ISSUE.amount):
        spend(limits.ISSUE, f"person:{world.developer.pk}")
    before = world.bug.issues.count()

    refused = client.post("/BUG/issues/new/", {"title": "One too many"})
    shown = client.get("/BUG/issues/new/")

    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "Try again in" in refused.content.decode()
    assert shown.status_code == 200
    assert world.bug.issues.count() == before


def test_pages_and_api_count_together(world, client_for):
    script = script_of(world, "developer", Scope.ISSUES_WRITE)
    for _each in range(limits.ISSUE.amount):
        spend(limits.ISSUE, f"person:{world.developer.pk}")

    assert error(script.post("/projects/BUG/issues", {"title": "One too many"}), 429)["code"] == "too_many"


def test_counting_costs_no_statement(django_assert_num_queries):
    connection.ensure_connection()

    with django_assert_num_queries(0):
        spend(FEW, "person:1")
        require_left(FEW, "person:1")


def test_answer_under_the_limit_is_whole(world):
    assert data(script_of(world, "developer", Scope.ME_READ).get("/me"))["username"] == world.developer.username
