"""Page and API give everyone the same verdict about a team, and say the same where they refuse it.

The pages alone, with all that they show, are tested in tests/accounts/test_views_teams.py.
"""

import pytest

from accounts.enums import TeamRole
from tests.accounts.teams import ROLES, add, crew
from tests.accounts.test_teams import ALLOWED, MATRIX
from tests.api.calling import Script, data
from tests.api.doors import Deed, by_api, by_page, differences
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
PAGE, API = "/teams/{team}", "/teams/{team}"
CHANGE = Deed("change", (f"{PAGE}/members/{{them}}/role/", {"role": "{role}"}),
              ("PATCH", f"{API}/members/{{them}}", {"role": "{role}"}))  # fmt: skip
REMOVE = Deed("remove", (f"{PAGE}/members/{{them}}/remove/", {}), ("DELETE", f"{API}/members/{{them}}", None))
DEEDS = [
    Deed("rename", (f"{PAGE}/settings/", {"name": "X"}), ("PATCH", API, {"name": "X"})),
    Deed("invite", (f"{PAGE}/invitations/", {"emails": "new@mail.example", "role": "guest", "step": "send"}),
         ("POST", f"{API}/invitations", {"emails": ["new@mail.example"], "role": "guest"})),
    Deed("open the join link", (f"{PAGE}/link/", {"link": "on"}), ("PUT", f"{API}/join-link", {"on": True})),
    Deed("transfer", (f"{PAGE}/transfer/", {"person": "{them_pk}"}),
         ("POST", f"{API}/transfer", {"username": "{them}"})),
    Deed("delete", (f"{PAGE}/delete/", {"typed_name": "{name}"}), ("DELETE", API, {"name": "{name}"})),
    Deed("delete, mistyped", (f"{PAGE}/delete/", {"typed_name": "Y"}), ("DELETE", API, {"name": "Y"})),
    Deed("leave", (f"{PAGE}/leave/", {}), ("POST", f"{API}/leave", {})),
]  # fmt: skip


@pytest.fixture
def people(world, settings):
    settings.CAN_MAIL = True
    return crew()


def everyone(world, people):
    """Return eight people by what they are to the team."""
    left = add(people, TeamRole.MEMBER)
    left.is_active = False
    left.save()
    roles = {str(role or "outsider"): people.person(role) for role in ROLES}
    return roles | {"anonymous": None, "deactivated": left, "administrator": world.administrator}


def words_of(people, them, role=None):
    names = {"team": people.team.pk, "name": people.team.name, "them": them.username, "them_pk": them.pk}
    return names | {"role": str(role)}


@pytest.mark.parametrize("deed", DEEDS, ids=[deed.name for deed in DEEDS])
def test_everyone_gets_the_same_verdict_by_page_and_api(world, people, client_for, deed):
    words, problems, verdicts = words_of(people, people.member), [], {}

    for name, person in everyone(world, people).items():
        verdicts[name] = by_api(Script(person), deed, words)
        browser = client_for(person or "anonymous")
        problems += differences(name, by_page(browser, deed, words), verdicts[name])

    assert problems == []
    assert len({verdict.status for verdict in verdicts.values()}) > 2, verdicts


@pytest.mark.parametrize("actor", ROLES)
def test_page_and_api_give_the_verdict_of_the_service(people, client_for, actor):
    """All 125: who does it × whom it is done to × what they are to be; the last lead of nobody is touched."""
    others = {role: add(people, role) if role else PersonFactory() for role in ROLES}
    browser, script, problems, done = client_for(people.person(actor)), Script(people.person(actor)), [], set()

    for _actor, target, new in (case for case in MATRIX if case[0] == actor):
        deed, words = CHANGE if new else REMOVE, words_of(people, others[target], new)
        if target == new and (actor, target, new) in ALLOWED:
            # They are that already: nothing happens, and nothing is refused.
            path = deed.api[1].format(**words)
            assert data(script.patch(path, {"role": new}))["role"] == new
            continue
        verdict = by_api(script, deed, words)
        done |= {(target, new)} if verdict.status == 200 else set()
        problems += differences(f"{target} → {new}", by_page(browser, deed, words), verdict)

    assert problems == []
    assert done == {(target, new) for who, target, new in ALLOWED if who == actor and target != new}


@pytest.mark.parametrize(("role", "new"), [(TeamRole.OWNER, TeamRole.MEMBER), (TeamRole.OWNER, None)])
def test_the_last_owner_stays_at_both_doors(people, client_for, role, new):
    deed, words = CHANGE if new else REMOVE, words_of(people, people.owner, new)

    said = by_api(Script(people.owner), deed, words)
    shown = by_page(client_for(people.owner), deed, words)

    assert said.status == 422
    assert differences("owner", shown, said) == []
