"""Webhooks of projects and teams over the API."""

import pytest

from accounts.services.teams import create_team
from config import clock
from notifications.enums import HookState
from notifications.models import HookDelivery, Webhook
from notifications.webhooks import signing
from tests.api.calling import data, error, everyone, script_of
from tests.api.judging import done, field_names, page_verdicts, rows_of, verdicts
from tests.factories import canary

pytestmark = pytest.mark.django_db
ALL = "/projects/BUG/webhooks"
BODY = {"name": "CI", "url": "http://127.0.0.1/plumbline"}
LEADS = everyone(404, lead=200, administrator=200, developer=403, viewer=403, anonymous=401)


@pytest.fixture(autouse=True)
def _loopback(settings):
    """Let webhooks lead to one address of this machine, because tests ask for no other."""
    settings.WEBHOOK_NETWORKS, settings.WEBHOOK_PORTS = ["127.0.0.1/32"], [80]


@pytest.fixture
def made(world):
    """Make a webhook of BUG over the API; its answer."""
    return data(script_of(world, "lead").post(ALL, BODY | {"kinds": ["issue.moved"]}), 201)


def delivery_of(made, **fields):
    hook = Webhook.objects.get(pk=made["id"])
    fields = {"state": HookState.DEAD, "ended_at": clock.now(), "body": "{}", "answer": "no"} | fields
    return HookDelivery.objects.create(webhook=hook, uuid="7c0f3d1e-5f9a-4a43-9a53-0c8a4f1f6a52", **fields)


def test_secret_is_shown_once_and_read_by_nothing(world, made):
    script = script_of(world, "lead")

    kept = signing.active_secrets(Webhook.objects.get(pk=made["id"]))
    answers = [script.get(ALL), script.get(f"{ALL}/{made['id']}"), script.patch(f"{ALL}/{made['id']}", {"name": "New"})]

    assert kept == [made["secret"]]
    for answer in answers:
        assert answer.status_code == 200
        assert "secret" not in {name for row in [data(answer)] if isinstance(row, dict) for name in row}
        assert "whsec_" not in answer.content.decode()


def test_reading_has_the_verdicts_of_the_page(world, client_for, made):
    for path, page in (("", ""), (f"/{made['id']}", f"{made['id']}/"), (f"/{made['id']}/deliveries", f"{made['id']}/")):
        said = verdicts(world, lambda script, path=path: script.get(f"{ALL}{path}"))
        shown = page_verdicts(client_for, lambda browser, page=page: browser.get(f"/BUG/settings/webhooks/{page}"))

        assert said == shown == LEADS


@pytest.mark.parametrize(
    ("method", "path", "body", "page"),
    [
        ("POST", "", BODY, ""),
        ("PATCH", "/{}", {"name": "New"}, "{}/"),
        ("DELETE", "/{}", None, "{}/delete/"),
        ("POST", "/{}/secret", {}, "{}/rotate/"),
        ("DELETE", "/{}/old-secret", None, "{}/drop-old/"),
        ("POST", "/{}/resume", {}, "{}/resume/"),
        ("POST", "/{}/ping", {}, "{}/ping/"),
    ],
)
def test_writing_has_the_verdicts_of_the_page(world, client_for, made, method, path, body, page):
    path, page = path.format(made["id"]), page.format(made["id"])

    said = verdicts(world, lambda script: script.send(method, f"{ALL}{path}", body))
    shown = page_verdicts(client_for, lambda browser: browser.post(f"/BUG/settings/webhooks/{page}", BODY))

    assert done(said) == shown == LEADS


def test_new_secret_signs_beside_the_old_one_until_that_is_dropped(world, made):
    script, path = script_of(world, "lead"), f"{ALL}/{made['id']}"

    rotated = data(script.post(f"{path}/secret"))
    both = signing.active_secrets(Webhook.objects.get(pk=made["id"]))
    dropped = data(script.delete(f"{path}/old-secret"))

    assert both == [rotated["secret"], made["secret"]]
    assert (rotated["has_old_secret"], dropped["has_old_secret"]) == (True, False)
    assert signing.active_secrets(Webhook.objects.get(pk=made["id"])) == [rotated["secret"]]


def test_deliveries_are_listed_read_and_sent_again(world, made):
    script, path = script_of(world, "lead"), f"{ALL}/{made['id']}"
    first = delivery_of(made)

    ping = data(script.post(f"{path}/ping"), 202)
    again = data(script.post(f"{path}/deliveries/{first.pk}/replay"), 202)
    page = data(script.get(f"{path}/deliveries?limit=2"))
    rest = data(script.get(f"{path}/deliveries?limit=2&cursor={page['next']}"))
    whole = data(script.get(f"{path}/deliveries/{first.pk}"))

    assert (ping["kind"], ping["state"], again["replay_of"]) == ("webhook.ping", "waiting", first.pk)
    assert [row["id"] for row in page["items"] + rest["items"]] == [again["id"], ping["id"], first.pk]
    assert (whole["body"], whole["answer"], rest["next"]) == ("{}", "no", None)
    assert error(script.post(f"{path}/deliveries/{ping['id']}/replay"), 422)["code"] == "waiting"


def test_paused_webhook_is_resumed(world, made):
    Webhook.objects.filter(pk=made["id"]).update(paused_at=clock.now(), failures=5)

    told = data(script_of(world, "lead").post(f"{ALL}/{made['id']}/resume"))

    assert (told["paused_at"], told["failures"]) == (None, 0)


def test_webhook_of_another_owner_is_not_there(world, made):
    sent = f"/deliveries/{delivery_of(made).pk}"
    before = rows_of(Webhook, HookDelivery)
    script, team = script_of(world, "lead"), create_team(actor=world.lead, name=canary("Shared")).pk

    for base in ("/projects/TEAM/webhooks", f"/teams/{team}/webhooks"):
        for method, path in (
            ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/secret"), ("POST", "/ping"), ("POST", "/resume"),
            ("GET", "/deliveries"), ("GET", sent), ("POST", f"{sent}/replay"),
        ):  # fmt: skip
            body = {"name": "New"} if method == "PATCH" else {} if method == "POST" else None
            error(script.send(method, f"{base}/{made['id']}{path}", body), 404)
    assert rows_of(Webhook, HookDelivery) == before


def test_delivery_of_another_webhook_is_not_there(world, made):
    script = script_of(world, "lead")
    other = data(script.post(ALL, BODY), 201)

    error(script.get(f"{ALL}/{other['id']}/deliveries/{delivery_of(made).pk}"), 404)


@pytest.mark.parametrize(
    "body",
    [
        {"name": "CI"},
        {"name": "", "url": "http://127.0.0.1/"},
        {"name": "CI", "url": "http://127.0.0.2/"},
        {"name": "CI", "url": "http://127.0.0.1:6379/"},
        {"name": "CI", "url": "http://[::1]/"},
        {"name": "CI", "url": "http://169.254.169.254/latest/meta-data/"},
        {"name": "CI", "url": "file:///etc/passwd"},
        {"name": "CI", "url": "http://user:pass@127.0.0.1/"},
        {"name": "CI", "url": "http://127.0.0.1/" + "x" * 500},
        BODY | {"kinds": ["issue.exploded"]},
        BODY | {"secret": "mine"},
        BODY | {"project": 1},
    ],
)
def test_webhook_is_refused(world, body):
    error(script_of(world, "lead").post(ALL, body), 422)

    assert not Webhook.objects.exists()


def test_no_field_that_is_not_offered_can_be_written(world, made):
    before = rows_of(Webhook)
    names = field_names() - {"name", "url", "kinds", "is_active"}

    told = error(script_of(world, "lead").patch(f"{ALL}/{made['id']}", dict.fromkeys(names, 1)), 422)

    assert rows_of(Webhook) == before
    assert {"secret", "team", "failures"} <= {name.rpartition(".")[2] for name in told["fields"]}


def test_team_has_webhooks_of_its_own(world):
    team = create_team(actor=world.lead, name=canary("Shared")).pk
    said = verdicts(world, lambda script: script.post(f"/teams/{team}/webhooks", BODY))
    listed = verdicts(world, lambda script: script.get(f"/teams/{team}/webhooks"))

    assert done(said) == listed == everyone(404, lead=200, administrator=200, anonymous=401)


def test_personal_team_has_none(world):
    told = [
        error(script_of(world, "lead").send(method, f"/teams/{world.bug.team_id}/webhooks", body), 422)["code"]
        for method, body in (("GET", None), ("POST", BODY))
    ]

    assert (told, Webhook.objects.exists()) == (["personal_team"] * 2, False)


def test_kinds_are_told(world):
    kinds = {row["kind"] for row in data(script_of(world, "stranger").get("/webhook-kinds"))}

    assert {"issue.moved", "message.posted", "file.added", "member.added", "team.joined"} <= kinds


def test_list_costs_as_much_for_many(world, assert_equal_queries):
    script = script_of(world, "lead")

    assert_equal_queries(lambda: data(script.get(ALL)), lambda: data(script.post(ALL, BODY), 201))
