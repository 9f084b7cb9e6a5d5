"""Who is told of what happens in a team: once for the team, whatever follows from it in projects."""

import pytest

from accounts.enums import TeamRole
from accounts.services.teams import change_team_role, join_team, remove_team_member, transfer_team
from notifications.enums import NoticeKind
from notifications.letters import write_letter
from notifications.models import Delivery, Entry
from tests.accounts.teams import crew
from tests.factories import ProjectFactory
from tests.notifications.telling import decide, forget

pytestmark = pytest.mark.django_db
OWNER, ADMIN, MEMBER, GUEST = TeamRole


@pytest.fixture
def people(db):
    """A team whose members are in two projects; nothing of its making is left to tell."""
    found = crew()
    for _project in range(2):
        ProjectFactory(actor=found.owner, team=found.team, default_role="developer")
    forget()
    return found


def told():
    return {(entry.person_id, entry.kind) for entry in Entry.objects.all()}


def test_a_new_role_is_told_once(people):
    change_team_role(actor=people.owner, team=people.team, person=people.member, role=ADMIN)

    decide()

    assert told() == {(people.member.pk, NoticeKind.TEAM_CHANGED)}


def test_a_new_owner_is_told(people):
    transfer_team(actor=people.owner, team=people.team, person=people.admin)

    decide()

    assert told() == {(people.admin.pk, NoticeKind.TEAM_CHANGED)}


def test_who_is_removed_is_told_once_and_by_mail(people):
    remove_team_member(actor=people.admin, team=people.team, person=people.member)

    decide()

    assert told() == {(people.member.pk, NoticeKind.TEAM_REMOVED)}
    letter = write_letter(Delivery.objects.get())
    sentence = f"{people.admin.name} removed you from the team {people.team.name}"
    assert letter.subject == f"[Plumbline] {sentence}"
    assert letter.sections[0].lines[0].deed == sentence


def test_who_joins_has_no_need_to_be_told(people):
    join_team(actor=people.outsider, team=people.team, person=people.outsider, role=MEMBER)

    decide()

    assert told() == set()


def test_the_inbox_says_it(people, client_for, world):
    change_team_role(actor=people.owner, team=people.team, person=people.guest, role=MEMBER)
    decide()

    page = client_for(people.guest).get("/inbox/").content.decode()

    assert f"{people.owner.name} changed your role in the team {people.team.name}" in page
