"""Inviting people to a team: how pasted addresses are read, what becomes of each, and how many there may be."""

import threading

import pytest
from django.db import transaction

from accounts.addresses import read_addresses
from accounts.credentials import Credential
from accounts.enums import Registration, TeamRole
from accounts.events import team_stream
from accounts.instance import Instance
from accounts.inviting import send_invitations
from accounts.limits import TooMany
from accounts.models import TeamInvitation, User
from accounts.services.invitations import (
    invite_people,
    preview_invitations,
    resend_invitation,
    revoke_invitation,
)
from accounts.services.people import set_active, set_administrator
from config import clock
from config.errors import DomainError, PermissionRefused
from notifications.queries import events_of
from tests.accounts.teams import add, crew, invite, token_in
from tests.factories import PersonFactory
from tests.parallel import at_once, errors

OWNER, ADMIN, MEMBER, GUEST = TeamRole


@pytest.fixture
def people(db, settings):
    settings.CAN_MAIL = True
    return crew()


class TestReadingAddresses:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("a@x.org", ["a@x.org"]),
            ("a@x.org, b@x.org;c@x.org\nd@x.org\te@x.org f@x.org", [f"{name}@x.org" for name in "abcdef"]),
            ("Ana Lima <ana@x.org>, Ben <B@X.org>", ["ana@x.org", "b@x.org"]),
            ('"Lima, Ana" <ana@x.org>; <b@x.org>', ["ana@x.org", "b@x.org"]),
            ("a@x.org Ben <b@x.org>", ["a@x.org", "b@x.org"]),
            ("mailto:a@x.org", ["a@x.org"]),
            ("a@x.org a@x.org", ["a@x.org", "a@x.org"]),
            ("no address", ["", ""]),
            # What only looks like another letter is not that letter.
            ("\u0131@x.org \u212a@x.org", ["", ""]),
            ("a@x.org\r\nBcc: b@x.org", ["a@x.org", "", "b@x.org"]),
            ("<>", []),
            ("a" * 300 + "@x.org", [""]),
        ],
    )
    def test_separators_names_and_what_is_none(self, text, expected):
        assert [piece.address for piece in read_addresses(text)] == expected

    def test_a_long_text_takes_no_time(self):
        for text in ("a@x.org " * 2500, '"' * 20_000, "<" * 20_000, "a@" * 10_000, "x" * 20_000, '"a" ' * 5000):
            began = clock.now()
            read_addresses(text)
            assert (clock.now() - began).total_seconds() < 1


class TestPreview:
    def test_says_what_becomes_of_each(self, people):
        invite(people, "waiting@x.org")
        text = f"new@x.org, NEW@x.org, {people.guest.email}, waiting@x.org, nonsense"

        lines = preview_invitations(actor=people.admin, team=people.team, emails=text)

        assert [(line.address or line.text, line.verdict) for line in lines] == [
            ("new@x.org", "new"),
            ("new@x.org", "twice"),
            (people.guest.email, "member"),
            ("waiting@x.org", "invited"),
            ("nonsense", "invalid"),
        ]

    def test_tells_nothing_of_accounts_elsewhere(self, people):
        lines = preview_invitations(actor=people.admin, team=people.team, emails=[people.outsider.email, "free@x.org"])

        assert [line.verdict for line in lines] == ["new", "new"]

    def test_an_address_that_may_have_no_account_here_is_refused(self, people, monkeypatch):
        rules = Instance(registration=Registration.DOMAINS, allowed_domains=("x.org",))
        monkeypatch.setattr("accounts.instance._Memory.known", rules)

        lines = preview_invitations(actor=people.admin, team=people.team, emails=["a@x.org", "a@y.org", "a@sub.x.org"])

        assert [line.verdict for line in lines] == ["new", "refused", "refused"]

    def test_writes_nothing_and_has_a_limit(self, people):
        preview_invitations(actor=people.admin, team=people.team, emails="new@x.org")
        with pytest.raises(DomainError, match="more than 100"):
            preview_invitations(actor=people.admin, team=people.team, emails=[f"p{n}@x.org" for n in range(101)])

        assert not TeamInvitation.objects.exists()


class TestInviting:
    @pytest.mark.parametrize("role", [MEMBER, GUEST, None])
    def test_is_for_owners_and_admins(self, people, role):
        actor, other = people.person(role), PersonFactory()
        (invitation,) = invite(people, other.email)

        for call in (
            lambda: invite(people, "new@x.org", actor=actor),
            lambda: preview_invitations(actor=actor, team=people.team, emails="new@x.org"),
            lambda: resend_invitation(actor=actor, invitation=invitation),
            lambda: revoke_invitation(actor=actor, invitation=invitation),
        ):
            with pytest.raises(PermissionRefused, match="needs the role owner or admin"):
                call()

        assert list(TeamInvitation.objects.values_list("email", "revoked_at")) == [(other.email, None)]

    @pytest.mark.parametrize("actor", ["owner", "admin"])
    def test_nobody_is_invited_as_an_owner(self, people, actor):
        with pytest.raises(PermissionRefused, match="admin, member or guest"):
            invite(people, "new@x.org", role=OWNER, actor=getattr(people, actor))

    def test_only_new_addresses_are_invited(self, people):
        made = invite(people, "new@x.org", "NEW@x.org", people.member.email, "nonsense")

        assert [(row.email, row.role) for row in made] == [("new@x.org", "member")]
        assert not invite(people, "New@x.org")

    def test_the_log_holds_neither_token_nor_address(self, people, mailoutbox):
        (invitation,) = invite(people, PersonFactory().email)
        send_invitations()
        token = token_in(mailoutbox[-1])

        said = str(list(events_of(team_stream(people.team.pk)).values_list("data", flat=True)))

        assert "…@mail.example" in said
        assert invitation.email not in said
        assert token not in said

    def test_makes_a_personal_team_a_shared_one(self, people):
        team = people.outsider.teams.get()

        invite_people(actor=people.outsider, team=team, emails="new@x.org", role=MEMBER)

        team.refresh_from_db()
        assert not team.is_personal

    def test_without_mail_nobody_is_invited(self, people, settings):
        settings.CAN_MAIL = False

        with pytest.raises(DomainError, match="sends no mail"):
            invite(people, "new@x.org")

    def test_twenty_in_an_hour_and_the_rest_is_said(self, people):
        done = invite_people(
            actor=people.admin, team=people.team, emails=[f"p{number}@x.org" for number in range(25)], role=MEMBER
        )

        assert (len(done.invitations), [line.verdict for line in done.lines].count("limit")) == (20, 5)
        with pytest.raises(TooMany):
            invite(people, "one.more@x.org")
        assert TeamInvitation.objects.count() == 20

    def test_a_hundred_a_day_for_a_team(self, people):
        admins = [add(people, ADMIN) for _person in range(6)]

        made = [
            len(invite(people, *(f"p{turn}.{number}@x.org" for number in range(20)), actor=actor))
            for turn, actor in enumerate(admins[:5])
        ]

        assert made == [20] * 5
        with pytest.raises(TooMany):
            invite(people, "one.more@x.org", actor=admins[5])

    def test_a_token_for_some_projects_invites_nobody(self, people):
        people.admin.credential = Credential(projects=frozenset({1}))

        with pytest.raises(PermissionRefused, match="some projects only"):
            invite(people, "new@x.org")


class TestInvitingAgain:
    def test_after_its_time_there_is_a_new_one(self, people):
        (old,) = invite(people, "a@x.org")
        TeamInvitation.objects.update(expires_at=clock.now())

        (new,) = invite(people, "a@x.org")

        old.refresh_from_db()
        assert (old.revoked_at is not None, new.pk != old.pk) == (True, True)

    @pytest.mark.django_db(transaction=True)
    def test_twice_at_once_is_one(self, people):
        results = at_once([lambda: invite(people, "a@x.org") for _time in range(8)])

        assert not errors(results)
        assert TeamInvitation.objects.filter(email="a@x.org").count() == 1


@pytest.mark.django_db(transaction=True)
class TestWhoIsDeactivatedMeanwhile:
    """Deactivating somebody ends what they sent, also what they are just about to send."""

    @pytest.mark.parametrize("lost", ["account", "role"])
    def test_who_goes_on_inviting_waits_and_is_refused(self, world, settings, lost):
        settings.CAN_MAIL = True
        people = crew()
        actor = set_administrator(actor=None, person=PersonFactory(), administrator=True)
        stale, found = User.objects.get(pk=actor.pk), []
        inviting = threading.Thread(
            target=lambda: found.extend(at_once([lambda: invite(people, "a@x.org", actor=stale)]))
        )

        with transaction.atomic():
            if lost == "account":
                set_active(actor=world.administrator, person=actor, active=False)
            else:
                set_administrator(actor=world.administrator, person=actor, administrator=False)
            inviting.start()
            inviting.join(0.5)
            waited = inviting.is_alive()
        inviting.join()

        assert (waited, [type(each) for each in found]) == (True, [PermissionRefused])
        assert not TeamInvitation.objects.exists()

    def test_of_both_at_once_nothing_stays_open(self, world, settings):
        settings.CAN_MAIL = True
        people = crew()

        for turn in range(20):
            actor = User.objects.get(pk=people.admin.pk)
            results = at_once(
                [
                    lambda actor=actor, turn=turn: invite(people, f"p{turn}@x.org", actor=actor),
                    lambda actor=actor: set_active(actor=world.administrator, person=actor, active=False),
                ]
            )
            assert {type(each) for each in errors(results)} <= {PermissionRefused}
            assert not TeamInvitation.objects.filter(revoked_at=None).exists()
            User.objects.filter(pk=actor.pk).update(is_active=True)
