"""Webhooks: what happens becomes deliveries, signed, tried again, and stopped by the breaker."""

import hashlib
import hmac
import json
from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.access import hooks_of as team_hooks_of
from accounts.services.teams import create_team
from config import clock
from config.errors import DomainError
from issues.services.creation import create_issue
from issues.services.editing import edit_issue
from notifications.enums import HookState
from notifications.models import HookDelivery, Webhook
from notifications.webhooks import filling, sending, services, signing
from projects.access import hooks_of
from projects.models import Project
from tests.factories import ProjectFactory
from tests.notifications.receiver import receiving
from tests.parallel import at_once, errors

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(settings):
    with receiving() as receiver:
        settings.WEBHOOK_NETWORKS, settings.WEBHOOK_PORTS = ["127.0.0.1/32"], [80, receiver.port]
        yield receiver


def bugs(world):
    return hooks_of(world.bug, world.lead)


def hook(world, url, kinds=()):
    return services.create_webhook(actor=world.lead, owner=bugs(world), name="CI", url=url, kinds=list(kinds))


def deliver():
    filling.fill()
    return sending.send_due()


def test_event_is_delivered_once_and_signed(world, told, django_capture_on_commit_callbacks):
    _webhook, secret = hook(world, told.url, ["issue.changed"])
    edit_issue(actor=world.developer, issue=world.issue("BUG-5"), changes={"title": "Loud"})
    create_issue(actor=world.lead, project=world.bug, title="Not asked for")

    assert (deliver(), deliver()) == (1, 0)

    headers, body = told.got[0]
    moment, given = headers["Plumbline-Signature"].split(",")
    signed = hmac.new(secret.encode(), moment[2:].encode() + b"." + body, hashlib.sha256).hexdigest()
    said = json.loads(body)
    assert given == f"v1={signed}"
    assert (said["kind"], said["issue"]["key"], said["project"]["key"]) == ("issue.changed", "BUG-5", "BUG")
    assert said["actor"]["username"] == world.developer.username
    assert HookDelivery.objects.get().state == HookState.SENT


def test_nothing_from_before_and_nothing_of_others_is_told(world, told):
    edit_issue(actor=world.lead, issue=world.issue("BUG-5"), changes={"title": "Before"})
    hook(world, told.url)
    edit_issue(actor=world.far_owner, issue=world.issue("QZFAR-1"), changes={"title": "Elsewhere"})
    deliver()

    kinds = [json.loads(body)["kind"] for _headers, body in told.got]

    assert kinds == ["webhook.created"]


def test_two_secrets_sign_while_both_are_active(world, told):
    webhook, first = hook(world, told.url, ["issue.changed"])
    owner = bugs(world)
    second = services.rotate_secret(actor=world.lead, owner=owner, webhook=webhook)

    assert signing.active_secrets(Webhook.objects.get()) == [second, first]

    services.drop_old_secret(actor=world.lead, owner=owner, webhook=webhook)

    assert signing.active_secrets(Webhook.objects.get()) == [second]
    assert first not in Webhook.objects.get().secret


def test_refused_delivery_is_tried_again_later(world, told):
    webhook, _secret = hook(world, told.url, ["issue.changed"])
    edit_issue(actor=world.lead, issue=world.issue("BUG-5"), changes={"title": "Loud"})
    told.status, told.answer = 500, b"not today\x00"
    deliver()

    delivery = HookDelivery.objects.get(webhook=webhook)
    assert (delivery.state, delivery.attempts, delivery.status) == (HookState.WAITING, 1, 500)
    assert delivery.answer == "not today�"
    assert sending.send_due() == 0

    told.status = 204
    with clock.at(clock.now() + timedelta(minutes=1)):
        assert sending.send_due() == 1
    assert HookDelivery.objects.get(webhook=webhook).state == HookState.SENT
    assert Webhook.objects.get().failures == 0


def test_breaker_pauses_after_five_failures_and_probes_with_one(world, told):
    webhook, _secret = hook(world, told.url, ["issue.created"])
    for number in range(8):
        create_issue(actor=world.lead, project=world.bug, title=f"No. {number}")
    told.status = 503
    deliver()
    assert len(told.got) == sending.BREAKER
    assert Webhook.objects.get().paused_at is not None

    told.status = 200
    later = clock.now() + filling.PAUSE + timedelta(minutes=1)
    with clock.at(later):
        sending.send_due()

    assert Webhook.objects.get().paused_at is None
    assert set(HookDelivery.objects.filter(webhook=webhook).values_list("state", flat=True)) == {HookState.SENT}


def test_answering_address_is_served_before_one_that_fails(world, told):
    services.create_webhook(
        actor=world.lead,
        owner=bugs(world),
        name="bad",
        url="http://127.0.0.1:80/",
        kinds=["issue.created"],
    )
    Webhook.objects.update(failures=3)
    hook(world, told.url, ["issue.created"])
    create_issue(actor=world.lead, project=world.bug, title="New")
    filling.fill()

    sending.send_due(limit=1)

    assert len(told.got) == 1


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://localhost/", "http://[::ffff:10.0.0.1]/", "ftp://x.example/"]
)
def test_inner_address_is_refused_when_created_changed_and_sent(world, url):
    with pytest.raises(DomainError):
        hook(world, url)
    webhook = Webhook.objects.create(project=world.bug, name="was let in", url=url, secret=signing.sealed("x"))
    owner = bugs(world)
    with pytest.raises(DomainError):
        services.change_webhook(actor=world.lead, owner=owner, webhook=webhook, changes={"name": "new"})
    services.send_ping(actor=world.lead, owner=owner, webhook=webhook)

    sending.send_due()

    delivery = HookDelivery.objects.get()
    assert (delivery.status, delivery.attempts) == (None, 1)
    assert delivery.last_error


def test_replay_sends_the_event_again_and_keeps_the_first(world, told):
    hook(world, told.url, ["issue.created"])
    create_issue(actor=world.lead, project=world.bug, title="New")
    deliver()
    first = HookDelivery.objects.get()

    services.replay(actor=world.lead, owner=bugs(world), delivery=first)
    deliver()

    assert [json.loads(body)["seq"] for _headers, body in told.got] == [first.event.seq] * 2
    assert HookDelivery.objects.count() == 2


def test_deleted_webhook_sends_nothing_and_forgets_its_secret(world, told):
    webhook, _secret = hook(world, told.url)
    create_issue(actor=world.lead, project=world.bug, title="New")
    filling.fill()

    services.delete_webhook(actor=world.lead, owner=bugs(world), webhook=webhook)

    assert deliver() == 0
    assert (Webhook.objects.get().secret, told.got) == ("", [])


def test_team_webhook_hears_of_its_projects(world, told):
    team = create_team(actor=world.lead, name="Shared")
    Project.objects.filter(pk=world.bug.pk).update(team=team)
    services.create_webhook(actor=world.lead, owner=team_hooks_of(team, world.lead), name="T", url=told.url, kinds=[])
    create_issue(actor=world.lead, project=world.bug, title="New")
    deliver()

    kinds = {json.loads(body)["kind"] for _headers, body in told.got}

    assert kinds == {"webhook.created", "issue.created"}


def test_paused_webhook_reads_on_when_its_pause_is_over(world, told):
    webhook, _secret = hook(world, told.url, ["issue.created"])
    now = clock.now()
    Webhook.objects.update(failures=sending.BREAKER, paused_at=now)
    create_issue(actor=world.lead, project=world.bug, title="New")

    assert deliver() == 0

    with clock.at(now + filling.PAUSE + timedelta(minutes=1)):
        assert deliver() == 1
    assert (Webhook.objects.get(pk=webhook.pk).paused_at, len(told.got)) == (None, 1)


def test_delivery_that_cannot_be_written_holds_up_no_other(world, told):
    webhook, _secret = hook(world, told.url)
    Webhook.objects.filter(pk=webhook.pk).update(secret="sealed with a key that is gone", name="broken")
    broken = HookDelivery.objects.create(webhook=webhook, uuid=uuid4())
    hook(world, told.url, ["issue.created"])
    create_issue(actor=world.lead, project=world.bug, title="New")

    deliver()

    broken.refresh_from_db()
    assert (broken.state, broken.attempts, broken.last_error) == (HookState.WAITING, 1, "cannot be written: ValueError")
    assert len(told.got) == 1


def test_slow_address_waits_for_the_next_run(world, told, monkeypatch):
    monkeypatch.setattr(sending, "SHARE_SECONDS", 0.2)
    webhook, _secret = hook(world, told.url)
    for _ping in range(3):
        services.send_ping(actor=world.lead, owner=bugs(world), webhook=webhook)
    told.pause = 0.3

    assert (sending.send_due(), sending.send_due()) == (1, 1)


def test_pings_beyond_ten_wait_for_the_first_ones(world, told):
    webhook, _secret = hook(world, told.url)
    for _ping in range(services.MOST_ASKED):
        services.send_ping(actor=world.lead, owner=bugs(world), webhook=webhook)

    with pytest.raises(DomainError):
        services.send_ping(actor=world.lead, owner=bugs(world), webhook=webhook)


def test_personal_team_hears_nothing(world, told):
    team = world.bug.team
    assert team.is_personal
    Webhook.objects.create(team=team, name="T", url=told.url, secret=signing.sealed("x"))
    create_issue(actor=world.lead, project=world.bug, title="New")

    assert deliver() == 0


@pytest.mark.django_db(transaction=True)
def test_webhooks_made_side_by_side_stay_within_their_number(told):
    project = ProjectFactory()
    owner = hooks_of(project, project.owner)
    make = {"actor": project.owner, "owner": owner, "name": "CI", "url": told.url, "kinds": []}

    results = at_once([lambda: services.create_webhook(**make)] * (services.MOST + 4), workers=8)

    assert (len(errors(results)), Webhook.objects.filter(project=project).count()) == (4, services.MOST)
