"""Invitations by mail (row 31 of the plan): how they are sent, and that they hold for one address, once, for a time."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as django_settings
from django.db import connection

from accounts.addresses import masked
from accounts.enums import TeamRole
from accounts.events import team_stream
from accounts.inviting import send_invitations
from accounts.models import TeamInvitation, TeamMembership
from accounts.queries.invitations import open_invitation_of
from accounts.services.invitations import (
    accept_invitation,
    resend_invitation,
    revoke_invitation,
)
from accounts.services.leaving import delete_account
from accounts.services.people import set_active, set_administrator
from accounts.services.teams import change_team_role, delete_team, join_team, remove_team_member
from config import clock
from config.errors import DomainError, PermissionRefused
from notifications.queries import events_of
from tests.accounts.teams import crew, invite, place, token_in
from tests.factories import PersonFactory
from tests.notifications.posting import Server
from tests.parallel import at_once, errors

OWNER, ADMIN, MEMBER, GUEST = TeamRole


@pytest.fixture
def people(db, settings):
    settings.CAN_MAIL = True
    return crew()


@pytest.fixture
def server(settings):
    box = Server()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", box.port, 1
    box.start()
    yield box
    box.stop()


@pytest.fixture
def invited(people, mailoutbox):
    """Return a person who was invited, the invitation, and the token of the mail."""
    person = PersonFactory()
    (invitation,) = invite(people, person.email)
    send_invitations()
    return person, invitation, token_in(mailoutbox[-1])


class TestMailing:
    def test_the_mail_says_what_it_is_about_and_nothing_keeps_the_token(self, invited, people, mailoutbox):
        person, invitation, token = invited
        mail = mailoutbox[-1]

        assert mail.to == [person.email]
        assert mail.subject == f"{people.admin.name} invites you to {people.team.name}"
        assert f"{django_settings.SITE_URL}/invitations/{token}/" in mail.body
        assert "as member" in mail.body
        assert token in mail.alternatives[0][0]
        with connection.cursor() as cursor:
            for table in ("accounts_teaminvitation", "notifications_event", "accounts_historicalteam"):
                cursor.execute(f"SELECT COUNT(*) FROM {table} AS t WHERE t::text LIKE %s", [f"%{token}%"])
                assert cursor.fetchone() == (0,)
        invitation.refresh_from_db()
        assert (invitation.next_at, invitation.leased_until, invitation.attempts) == (None, None, 1)
        assert invitation.sent_at

    def test_what_is_over_is_not_sent(self, people, mailoutbox):
        sent, revoked, expired = invite(people, "a@x.org", "b@x.org", "c@x.org")
        revoke_invitation(actor=people.admin, invitation=revoked)
        TeamInvitation.objects.filter(pk=expired.pk).update(expires_at=clock.now())

        assert send_invitations() == 1
        assert [mail.to for mail in mailoutbox] == [["a@x.org"]]
        assert send_invitations() == 0
        sent.refresh_from_db()
        assert sent.sent_at

    def test_nothing_is_sent_for_a_deleted_team(self, people, mailoutbox):
        invite(people, "a@x.org")
        delete_team(actor=people.owner, team=people.team, typed_name=people.team.name)

        assert (send_invitations(), mailoutbox) == (0, [])

    @pytest.mark.django_db(transaction=True)
    def test_a_refused_address_does_not_hold_up_the_others(self, people, server):
        server.at_rcpt["bad@x.org"] = "550 no such person"
        bad, good = invite(people, "bad@x.org", "good@x.org")

        assert send_invitations() == 2
        for _try in range(3):
            TeamInvitation.objects.filter(pk=bad.pk, next_at__isnull=False).update(next_at=clock.now())
            send_invitations()

        assert server.recipients == ["good@x.org"]
        bad.refresh_from_db()
        assert (bad.sent_at, bad.next_at, bad.attempts) == (None, None, 3)
        assert "no such person" in bad.last_error
        good.refresh_from_db()
        assert good.sent_at

    @pytest.mark.django_db(transaction=True)
    def test_while_the_server_is_away_everyone_waits(self, people, server):
        server.stop()
        invite(people, "a@x.org", "b@x.org")

        assert send_invitations() == 1

        assert set(TeamInvitation.objects.values_list("sent_at", flat=True)) == {None}
        assert sorted(TeamInvitation.objects.values_list("attempts", flat=True)) == [0, 1]

    @pytest.mark.django_db(transaction=True)
    def test_ten_workers_send_each_mail_once(self, people, server):
        invite(people, *(f"p{number}@x.org" for number in range(20)))

        results = at_once([send_invitations for _worker in range(10)])

        assert not errors(results)
        assert sorted(server.recipients) == sorted(f"p{number}@x.org" for number in range(20))

    def test_a_worker_that_died_is_replaced_after_its_lease(self, people, mailoutbox):
        (invitation,) = invite(people, "a@x.org")
        TeamInvitation.objects.filter(pk=invitation.pk).update(leased_until=clock.now() + timedelta(seconds=30))
        assert send_invitations() == 0

        TeamInvitation.objects.filter(pk=invitation.pk).update(leased_until=clock.now() - timedelta(seconds=1))

        assert send_invitations() == 1


class TestAccepting:
    def test_makes_a_member_with_the_role_of_the_invitation(self, people, mailoutbox):
        person = PersonFactory()
        invite(people, person.email.upper(), role=ADMIN)
        send_invitations()

        accept_invitation(actor=person, token=token_in(mailoutbox[-1]))

        assert place(people.team, person) == ADMIN
        row = TeamInvitation.objects.get()
        assert (row.accepted_by, row.accepted_at is not None) == (person, True)
        assert events_of(team_stream(people.team.pk)).first().kind == "team.joined"

    def test_works_once(self, invited, people):
        person, _invitation, token = invited
        accept_invitation(actor=person, token=token)
        remove_team_member(actor=people.owner, team=people.team, person=person)

        with pytest.raises(DomainError, match="was used"):
            accept_invitation(actor=person, token=token)

        assert place(people.team, person) is None

    def test_is_for_the_address_only(self, invited, people):
        _person, _invitation, token = invited

        with pytest.raises(PermissionRefused, match=r"was sent to p…@mail\.example"):
            accept_invitation(actor=people.outsider, token=token)

        assert place(people.team, people.outsider) is None
        assert open_invitation_of(token)

    @pytest.mark.parametrize("change", [{"verified": False}, {"email": "other@x.org"}])
    def test_needs_the_address_confirmed(self, invited, people, change):
        person, _invitation, token = invited
        EmailAddress.objects.filter(user=person).update(**change)

        with pytest.raises(PermissionRefused):
            accept_invitation(actor=person, token=token)

    def test_another_confirmed_address_of_the_person_will_do(self, people, mailoutbox):
        person = PersonFactory()
        EmailAddress.objects.create(user=person, email="second@x.org", verified=True)
        invite(people, "second@x.org")
        send_invitations()

        accept_invitation(actor=person, token=token_in(mailoutbox[-1]))

        assert place(people.team, person) == MEMBER

    def test_a_letter_that_looks_alike_is_another(self, people, mailoutbox):
        invite(people, "kim@x.org")
        send_invitations()
        person = PersonFactory()
        EmailAddress.objects.create(user=person, email="\u212aim@x.org", verified=True)

        with pytest.raises(PermissionRefused):
            accept_invitation(actor=person, token=token_in(mailoutbox[-1]))

    def test_not_after_its_time(self, invited):
        person, invitation, token = invited

        with clock.at(invitation.expires_at), pytest.raises(DomainError, match="its time is over"):
            accept_invitation(actor=person, token=token)

        days = (invitation.expires_at - invitation.created_at).total_seconds() / 86_400
        assert round(days, 2) == django_settings.INVITATION_DAYS <= 10

    def test_not_while_its_team_is_deleted(self, invited, people):
        person, _invitation, token = invited
        delete_team(actor=people.owner, team=people.team, typed_name=people.team.name)
        with pytest.raises(DomainError, match="was used"):
            accept_invitation(actor=person, token=token)

    def test_a_new_mail_ends_the_one_before(self, invited, people, mailoutbox):
        person, invitation, first = invited

        resend_invitation(actor=people.owner, invitation=invitation)
        assert open_invitation_of(first) is None
        send_invitations()
        second = token_in(mailoutbox[-1])

        with pytest.raises(DomainError, match="sent again"):
            accept_invitation(actor=person, token=first)
        accept_invitation(actor=person, token=second)
        assert (first != second, place(people.team, person)) == (True, MEMBER)

    def test_revoked_is_over(self, invited, people):
        person, invitation, token = invited

        revoke_invitation(actor=people.owner, invitation=invitation)

        with pytest.raises(DomainError, match="taken back"):
            accept_invitation(actor=person, token=token)
        with pytest.raises(DomainError, match="taken back"):
            resend_invitation(actor=people.owner, invitation=invitation)

    @pytest.mark.parametrize("way", ["removed", "demoted"])
    def test_who_may_not_invite_any_more_lets_nobody_in(self, invited, people, way):
        person, _invitation, token = invited
        if way == "removed":
            remove_team_member(actor=people.owner, team=people.team, person=people.admin)
        else:
            change_team_role(actor=people.owner, team=people.team, person=people.admin, role=MEMBER)

        with pytest.raises(DomainError):
            accept_invitation(actor=person, token=token)

    @pytest.mark.parametrize("way", ["deactivated", "no administrator", "left"])
    def test_who_lost_their_rights_on_the_site_lets_nobody_in(self, people, world, mailoutbox, way):
        person, sender = PersonFactory(), PersonFactory()
        (kept,) = invite(people, "kept@x.org")
        set_administrator(actor=world.administrator, person=sender, administrator=True)
        sender.refresh_from_db()
        invite(people, person.email, actor=sender)
        send_invitations()
        token = next(token_in(mail) for mail in mailoutbox if mail.to == [person.email])

        if way == "deactivated":
            set_active(actor=world.administrator, person=sender, active=False)
            set_active(actor=world.administrator, person=sender, active=True)
        elif way == "left":
            delete_account(actor=sender, typed_username=sender.username)
        else:
            set_administrator(actor=world.administrator, person=sender, administrator=False)

        with pytest.raises(DomainError, match="taken back"):
            accept_invitation(actor=person, token=token)
        newest = events_of(team_stream(people.team.pk)).first()
        kept.refresh_from_db()
        assert (newest.kind, newest.data) == (
            "team.invitation_revoked",
            {"people": [masked(person.email)], "count": 1},
        )
        assert kept.revoked_at is None

    def test_who_stays_admin_of_the_team_goes_on_inviting_without_the_site(self, people, world):
        set_administrator(actor=world.administrator, person=people.admin, administrator=True)
        (sent,) = invite(people, "new@x.org")

        set_administrator(actor=world.administrator, person=people.admin, administrator=False)

        sent.refresh_from_db()
        assert sent.revoked_at is None

    def test_who_is_in_the_team_keeps_their_role(self, people, mailoutbox):
        person = PersonFactory()
        invite(people, person.email, role=ADMIN)
        send_invitations()
        join_team(actor=people.owner, team=people.team, person=person, role=GUEST)

        accept_invitation(actor=person, token=token_in(mailoutbox[-1]))

        assert place(people.team, person) == GUEST

    @pytest.mark.parametrize("token", ["", "x", "0" * 43, "\x00", "é" * 43])
    def test_no_other_token_opens_anything(self, invited, token):
        assert open_invitation_of(token) is None

    def test_a_digest_is_no_token(self, invited):
        _person, invitation, _token = invited
        invitation.refresh_from_db()

        assert open_invitation_of(invitation.digest) is None

    @pytest.mark.django_db(transaction=True)
    def test_fifty_at_once_make_one_membership(self, people, mailoutbox):
        person = PersonFactory()
        invite(people, person.email)
        send_invitations()
        token = token_in(mailoutbox[-1])

        results = at_once([lambda: accept_invitation(actor=person, token=token) for _time in range(50)])

        assert len(errors(results)) == 49
        assert {type(error) for error in errors(results)} == {DomainError}
        assert TeamMembership.objects.filter(team=people.team, person=person).count() == 1
        kinds = [event.kind for event in events_of(team_stream(people.team.pk))]
        assert kinds.count("team.joined") == 4
