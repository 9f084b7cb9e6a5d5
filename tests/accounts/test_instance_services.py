"""Who administrators let in and make administrators, and the settings of the installation."""

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import instance
from accounts.bearers import digest_of, new_token, person_by_token
from accounts.domains import clean_domains, split_domains
from accounts.enums import Registration
from accounts.events import INSTANCE
from accounts.models import InstanceSettings, PersonalToken, User
from accounts.services.instance import change_instance
from accounts.services.people import set_active, set_administrator
from config import clock
from config.errors import DomainError, PermissionRefused
from notifications.queries import events_of
from tests.factories import PersonFactory
from tests.parallel import at_once

ROUNDS = 100


def administrator(**values):
    return set_administrator(actor=None, person=PersonFactory(**values), administrator=True)


def last_event():
    event = events_of(INSTANCE)[0]
    return (event.kind, event.actor_id, event.subject, event.data)


class TestRoles:
    def test_an_administrator_makes_another(self, world):
        set_administrator(actor=world.administrator, person=world.lead, administrator=True)

        found = User.objects.get(pk=world.lead.pk)
        assert (found.is_superuser, found.is_staff) == (True, True)
        subject = f"person:{world.lead.pk}"
        assert last_event() == (
            "person.administrator_set",
            world.administrator.pk,
            subject,
            {"administrator": True},
        )
        assert found.history.first().history_user == world.administrator

    def test_the_same_again_writes_nothing(self, world):
        before = last_event()

        set_administrator(actor=world.administrator, person=world.lead, administrator=False)

        assert last_event() == before

    @pytest.mark.parametrize("persona", ["lead", "developer", "viewer", "stranger", "deactivated"])
    def test_nobody_else_does(self, world, persona):
        actor = world.person(persona)

        for service, change in ((set_administrator, {"administrator": True}), (set_active, {"active": False})):
            with pytest.raises(PermissionRefused) as refused:
                service(actor=actor, person=world.viewer, **change)
            assert str(refused.value) == (
                f"Only site administrators do this. {world.administrator.name} can do it for you."
            )
        assert User.objects.get(pk=world.viewer.pk).is_superuser is False
        assert User.objects.get(pk=world.viewer.pk).is_active is True

    def test_nobody_takes_it_from_themselves(self, world):
        administrator(username="second")

        for service, change in ((set_administrator, {"administrator": False}), (set_active, {"active": False})):
            with pytest.raises(DomainError) as refused:
                service(actor=world.administrator, person=world.administrator, **change)
            assert refused.value.code == "self"

    def test_the_last_one_stays(self, world):
        for service, change in ((set_administrator, {"administrator": False}), (set_active, {"active": False})):
            with pytest.raises(DomainError) as refused:
                service(actor=None, person=world.administrator, **change)
            assert refused.value.code == "last_administrator"

    def test_a_deactivated_administrator_does_not_count(self, world):
        second = administrator(username="second")
        set_active(actor=world.administrator, person=second, active=False)

        with pytest.raises(DomainError) as refused:
            set_active(actor=None, person=world.administrator, active=False)

        assert refused.value.code == "last_administrator"

    def test_who_is_deactivated_is_made_nothing(self, world):
        with pytest.raises(DomainError) as refused:
            set_administrator(actor=world.administrator, person=world.deactivated, administrator=True)

        assert refused.value.code == "inactive"

    def test_the_database_keeps_one_as_well(self, world):
        with pytest.raises(IntegrityError, match="at least one active administrator"), transaction.atomic():
            User.objects.filter(is_superuser=True).update(is_active=False)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_go_at_once_one_stays(world):
    """A hundred times: each administrator deactivates the other at the same moment, or takes their role."""
    second = administrator(username="second")
    pair = [world.administrator.pk, second.pk]

    for turn in range(ROUNDS):
        service, change = [(set_active, {"active": False}), (set_administrator, {"administrator": False})][turn % 2]

        def act(one, other, service=service, change=change):
            service(actor=User.objects.get(pk=one), person=User.objects.get(pk=other), **change)

        results = at_once([lambda: act(*pair), lambda: act(*reversed(pair))] * 2, workers=4)

        left = User.objects.filter(is_superuser=True, is_active=True)
        assert left.count() == 1
        assert {type(result) for result in results if result} <= {DomainError, PermissionRefused}
        User.objects.filter(pk__in=pair).update(is_active=True, is_superuser=True, is_staff=True)


class TestDeactivation:
    def token_of(self, person):
        secret = new_token()
        values = {"prefix": secret[:12], "digest": digest_of(secret), "scopes": ["me:read"], "name": "script"}
        PersonalToken.objects.create(person=person, expires_at=clock.now().replace(year=2099), **values)
        return secret

    def test_tokens_and_sessions_are_gone_for_good(self, world, client_for):
        secret, browser = self.token_of(world.developer), client_for("developer")
        assert browser.get("/me/").status_code == 200
        assert person_by_token(secret) == world.developer

        set_active(actor=world.administrator, person=world.developer, active=False)

        assert person_by_token(secret) is None
        assert browser.get("/me/").status_code == 302

        set_active(actor=world.administrator, person=world.developer, active=True)

        assert person_by_token(secret) is None
        assert browser.get("/me/").status_code == 302

    def test_who_left_does_not_come_back(self, world):
        User.objects.filter(pk=world.deactivated.pk).update(left_at=clock.now())

        with pytest.raises(DomainError) as refused:
            set_active(actor=world.administrator, person=world.deactivated, active=True)

        assert refused.value.code == "left"


class TestSettings:
    def test_a_change_is_recorded_with_before_and_after(self, world):
        changes = {"registration": "domains", "allowed_domains": ["Example.org", "@mail.example"], "session_days": 30}

        change_instance(actor=world.administrator, changes=changes)

        assert instance.current() == instance.Instance(
            Registration.DOMAINS, ("example.org", "mail.example"), session_days=30
        )
        diff = {
            "allowed_domains": {"from": [], "to": ["example.org", "mail.example"]},
            "registration": {"from": "open", "to": "domains"},
            "session_days": {"from": 14, "to": 30},
        }
        assert last_event() == ("instance.changed", world.administrator.pk, "", {"changes": diff})
        row = InstanceSettings.objects.get()
        assert row.history.first().history_user == world.administrator

    def test_the_same_again_writes_nothing(self, world):
        change_instance(actor=world.administrator, changes={"session_days": 30})
        before = (last_event(), InstanceSettings.history.count())

        change_instance(actor=world.administrator, changes={"session_days": 30, "require_login": False})

        assert (last_event(), InstanceSettings.history.count()) == before

    def test_a_refusal_leaves_everything(self, world):
        with pytest.raises(DomainError), transaction.atomic():
            change_instance(actor=world.administrator, changes={"require_login": True, "registration": "domains"})

        assert instance.current() == instance.Instance()

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"registration": "domains"}, "no_domains"),
            ({"registration": "nobody"}, "invalid"),
            ({"session_days": 0}, "invalid"),
            ({"session_days": 91}, "invalid"),
            ({"allowed_domains": ["localhost"]}, "invalid"),
            ({"require_two_factors": True}, "own_factor"),
        ],
    )
    def test_what_would_lock_people_out_is_refused(self, world, changes, code):
        with pytest.raises(DomainError) as refused:
            change_instance(actor=world.administrator, changes=changes)

        assert refused.value.code == code

    def test_two_factors_are_asked_of_all_by_who_has_them(self, world):
        Authenticator.objects.create(user=world.administrator, type=Authenticator.Type.TOTP, data={"secret": "x"})

        change_instance(actor=world.administrator, changes={"require_two_factors": True})

        assert instance.current().require_two_factors is True

    @pytest.mark.parametrize("persona", ["lead", "developer", "viewer", "stranger"])
    def test_nobody_else_changes_them(self, world, persona):
        with pytest.raises(PermissionRefused):
            change_instance(actor=world.person(persona), changes={"require_login": True})

    def test_other_columns_are_no_settings(self, world):
        with pytest.raises(ValueError, match="id"):
            change_instance(actor=world.administrator, changes={"id": 2})


def test_domains_are_read_as_people_type_them():
    text = "Example.org, @mail.example;\n  bücher.example example.ORG."

    assert clean_domains(split_domains(text)) == ("example.org", "mail.example", "xn--bcher-kva.example")


@pytest.mark.parametrize("word", ["localhost", "a@b.org", "*.example.org", "-x.org", "x..org", "1.2.3.4", "a" * 254])
def test_what_is_no_domain_is_named(word):
    with pytest.raises(ValidationError) as refused:
        clean_domains([word, "example.org"])

    assert word[:60] in refused.value.messages[0]
