"""Who may create an account: the same rule on every way to one."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress

from accounts.bearers import digest_of
from accounts.enums import TeamRole
from accounts.models import Team, TeamInvitation, User
from accounts.services.registration import RegistrationClosed, free_username, is_invited, is_open, require_registration
from config import clock
from tests.accounts.door import SENT, SIGNUP, heading, is_in, mails, rules, sign_up, with_mail
from tests.factories import PersonFactory
from tests.projects.pages import words

pytestmark = pytest.mark.django_db
__all__ = ["rules", "with_mail"]
TOKEN = "a-token-that-stands-in-the-mail-only"
CLOSED = "Accounts are not for everyone here"


@pytest.fixture
def invited(world):
    """An open invitation to Ana's address."""
    return TeamInvitation.objects.create(
        team=Team.objects.filter(memberships__person=world.lead).first(),
        email="ana@mail.example",
        role=TeamRole.MEMBER,
        digest=digest_of(TOKEN),
        invited_by=world.lead,
        expires_at=clock.now() + timedelta(days=7),
    )


def come_by(client, token=TOKEN):
    """Open the link of an invitation, as far as the session is concerned."""
    client.get(SIGNUP)
    session = client.session
    session["invitation"] = token
    session.save()


def test_everyone_where_it_is_open(rules):
    assert is_open() is True
    require_registration(email="anyone@anywhere.example")


def test_nobody_uninvited_where_it_is_by_invitation(world, client, rules):
    rules(registration="invitation")

    page, answer = client.get(SIGNUP), sign_up(client)

    assert [(each.status_code, heading(each)) for each in (page, answer)] == [(403, CLOSED)] * 2
    assert not User.objects.filter(username="ana.lima").exists()


def test_who_was_invited_comes_in_and_their_address_is_confirmed(world, client, rules, invited, with_mail):
    rules(registration="invitation")
    come_by(client)

    page, answer = client.get(SIGNUP), sign_up(client)

    assert f"{invited.team.name} invited ana@mail.example." in words(page, "main")
    assert answer.headers["Location"] == f"/invitations/{TOKEN}/"
    assert EmailAddress.objects.get(email="ana@mail.example").verified
    assert (is_in(client), mails()) == (True, [])


def test_an_invitation_is_for_its_address_alone(world, client, rules, invited, with_mail):
    rules(registration="invitation")
    come_by(client)

    answer = sign_up(client, email="eve@mail.example")

    assert "use the address that was invited" in words(answer, ".errors")
    assert not User.objects.filter(username="ana.lima").exists()


def test_where_it_is_open_another_address_than_the_invited_is_to_be_confirmed(world, client, invited, with_mail):
    come_by(client)

    answer = sign_up(client, email="eve@mail.example")

    assert (answer.headers["Location"], is_in(client)) == (SENT, False)
    assert [letter.to for letter in mails()] == [["eve@mail.example"]]


@pytest.mark.parametrize(
    "end", [{"revoked_at": "now"}, {"accepted_at": "now"}, {"expires_at": "now"}, {"digest": "another"}]
)
def test_an_invitation_that_ended_opens_nothing(world, client, rules, invited, end):
    rules(registration="invitation")
    values = {name: clock.now() - timedelta(seconds=1) if value == "now" else value for name, value in end.items()}
    TeamInvitation.objects.filter(pk=invited.pk).update(**values)
    come_by(client)

    assert client.get(SIGNUP).status_code == 403
    assert sign_up(client).status_code == 403


@pytest.mark.parametrize("token", ["", "made up", digest_of(TOKEN)])
def test_a_made_up_token_opens_nothing(world, client, rules, invited, token):
    rules(registration="invitation")
    come_by(client, token)

    assert sign_up(client).status_code == 403


@pytest.mark.parametrize("email", ["ana@corp.example", "ANA@CORP.EXAMPLE"])
def test_an_address_of_an_allowed_domain(world, client, rules, email):
    rules(registration="domains", allowed_domains=["corp.example"])

    assert sign_up(client, email=email).status_code == 302


@pytest.mark.parametrize(
    "email",
    [
        "ana@mail.example",
        "ana@corp.example.evil.example",
        "ana@evil-corp.example",
        "ana@sub.corp.example",
        "ana@corp.exampl\u0435",
        '"ana@corp.example"@evil.example',
        "ana@corp.example@evil.example",
    ],
)
def test_no_other_domain(world, client, rules, email):
    rules(registration="domains", allowed_domains=["corp.example"])

    answer = sign_up(client, email=email)

    assert words(answer, ".errors")
    assert not User.objects.filter(username="ana.lima").exists()


def test_who_was_invited_needs_no_allowed_domain(world, client, rules, invited):
    rules(registration="domains", allowed_domains=["corp.example"])
    come_by(client)

    assert sign_up(client).status_code == 302


def test_the_rule_is_looked_at_where_the_account_is_saved(world, client, rules, monkeypatch):
    """The form asks as well; what counts is asked where the account is made."""
    from accounts.forms.entering import SignupForm

    rules(registration="domains", allowed_domains=["corp.example"])
    monkeypatch.setattr(SignupForm, "clean_email", lambda form: form.cleaned_data["email"].lower())

    response = sign_up(client)

    assert (response.status_code, User.objects.filter(username="ana.lima").exists()) == (403, False)


def test_with_no_domain_named_nobody_comes(rules, world):
    rules(registration="domains", allowed_domains=["corp.example"])

    with pytest.raises(RegistrationClosed, match="an e-mail address of corp"):
        require_registration(email="ana@mail.example")


def test_an_invited_address_that_only_looks_alike_is_another(invited):
    TeamInvitation.objects.filter(pk=invited.pk).update(email="kim@mail.example")

    assert is_invited("KIM@mail.example", TOKEN) is True
    assert is_invited("\u212aim@mail.example", TOKEN) is False


def test_a_free_username_is_found_among_many(db):
    for name in ("ana", "ana2", "Ana3"):
        PersonFactory(username=name)

    assert free_username(["ana"]) == "ana4"
    assert free_username(["", "!", "b", "Ben.Ode"]) == "Ben.Ode"
    assert free_username([]).startswith("person-")
