"""Pages of webhooks: for leads, and for the owners and admins of a team; a secret is shown once."""

import pytest

from accounts.services.teams import create_team
from notifications.enums import HookState
from notifications.models import HookDelivery, Webhook
from notifications.webhooks import filling, sending, services
from notifications.webhooks.signing import active_secrets
from projects.access import hooks_of
from tests.factories import canary
from tests.notifications.receiver import receiving

pytestmark = pytest.mark.django_db
LIST = "/BUG/settings/webhooks/"
WANTED = {"name": "CI", "url": "https://93.184.215.14/hook", "kinds": ["issue.created", "issue.moved"]}


@pytest.fixture
def told(settings):
    with receiving() as receiver:
        settings.WEBHOOK_NETWORKS, settings.WEBHOOK_PORTS = ["127.0.0.1/32"], [80, 443, receiver.port]
        yield receiver


@pytest.fixture
def hook(world, told):
    owner = hooks_of(world.bug, world.lead)
    return services.create_webhook(actor=world.lead, owner=owner, name="CI", url=told.url, kinds=["issue.created"])[0]


def test_lead_makes_a_webhook_and_sees_its_secret_once(world, client_for):
    client = client_for("lead")

    made = client.post(LIST, WANTED)

    webhook = Webhook.objects.get()
    [secret] = active_secrets(webhook)
    assert (made.status_code, secret in made.content.decode()) == (200, True)
    assert (webhook.project, webhook.kinds) == (world.bug, ["issue.created", "issue.moved"])
    for address in (LIST, f"{LIST}{webhook.pk}/"):
        assert secret not in client.get(address).content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "http://127.0.0.1/"}, "private network"),
        ({"url": "https://93.184.215.14:22/"}, "Port 22"),
        ({"url": "nonsense"}, "begins with https://"),
        ({"kinds": ["issue.nothing"]}, "issue.nothing"),
        ({"name": ""}, "required"),
    ],
)
def test_wrong_webhook_is_refused_with_a_reason(world, client_for, changes, words):
    refused = client_for("lead").post(LIST, WANTED | changes)

    assert (refused.status_code, words in refused.content.decode()) == (422, True)
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    ("persona", "status"),
    [("anonymous", 302), ("stranger", 404), ("viewer", 403), ("developer", 403), ("lead", 200), ("administrator", 200)],
)
def test_only_who_may_change_settings_comes_in(world, hook, client_for, persona, status):
    client = client_for(persona)

    found = {client.get(address).status_code for address in (LIST, f"{LIST}{hook.pk}/")}

    assert found == {status}


def test_ping_is_delivered_shown_and_sent_again(world, hook, told, client_for):
    client, address = client_for("lead"), f"{LIST}{hook.pk}/"
    client.post(f"{address}ping/")
    sending.send_due()
    delivery = HookDelivery.objects.get()

    shown = client.get(f"{address}deliveries/{delivery.pk}/").content.decode()
    client.post(f"{address}deliveries/{delivery.pk}/")
    sending.send_due()

    assert ("webhook.ping" in shown, "thanks" in shown, str(delivery.uuid) in shown) == (True, True, True)
    assert HookDelivery.objects.filter(state=HookState.SENT).count() == 2
    assert [headers["Plumbline-Event"] for headers, _body in told.got] == ["webhook.ping"] * 2


def test_secret_is_changed_and_the_old_one_ended(world, hook, client_for):
    client, address = client_for("lead"), f"{LIST}{hook.pk}/"

    made = client.post(f"{address}rotate/").content.decode()
    both = active_secrets(Webhook.objects.get())
    client.post(f"{address}drop-old/")

    assert (len(both), both[0] in made, both[1] in made) == (2, True, False)
    assert active_secrets(Webhook.objects.get()) == both[:1]


def test_change_pause_resume_and_delete(world, hook, client_for):
    client, address = client_for("lead"), f"{LIST}{hook.pk}/"
    Webhook.objects.update(failures=5, paused_at=hook.created_at)
    assert "Resume now" in client.get(address).content.decode()

    client.post(f"{address}resume/")
    client.post(address, {"name": "New", "url": hook.url})
    changed = Webhook.objects.get()
    client.post(f"{address}delete/")

    assert (changed.name, changed.kinds, changed.is_active, changed.paused_at) == ("New", [], False, None)
    assert client.get(address).status_code == 404


def test_lists_cost_the_same_for_many(world, hook, client_for, assert_equal_queries):
    client = client_for("lead")

    def add():
        owner = hooks_of(world.bug, world.lead)
        services.create_webhook(actor=world.lead, owner=owner, name="More", url=hook.url, kinds=[])
        services.send_ping(actor=world.lead, owner=owner, webhook=hook)
        filling.fill()

    add()

    assert_equal_queries(lambda: (client.get(LIST), client.get(f"{LIST}{hook.pk}/")), add)


@pytest.mark.parametrize(("persona", "status"), [("anonymous", 302), ("stranger", 404), ("lead", 200)])
def test_team_has_webhooks_for_its_owner(world, client_for, persona, status):
    client, team = client_for(persona), create_team(actor=world.lead, name=canary("Shared"))

    assert client.get(f"{team.url}webhooks/").status_code == status
    assert client.post(f"{team.url}webhooks/", WANTED).status_code == status
    assert Webhook.objects.filter(team=team).exists() is (status == 200)


def test_personal_team_has_none_and_says_why(world, client_for):
    client, address = client_for("lead"), f"{world.bug.team.url}webhooks/"

    shown, made = client.get(address), client.post(address, WANTED)

    assert (shown.status_code, made.status_code) == (422, 422)
    assert "is your own team and has no webhooks" in shown.content.decode()
    assert not Webhook.objects.exists()
