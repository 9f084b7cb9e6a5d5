"""Personal tokens: made in the page by who has just said who they are, narrower than their person, ended at once."""

import re
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from accounts import uses
from accounts.bearers import digest_of, is_well_formed, new_token, person_by_token
from accounts.enums import Scope
from accounts.events import AccountEvent
from accounts.models import PersonalToken
from accounts.services.tokens import MOST, create_token, revoke_token, write_uses
from config import clock
from config.errors import DomainError, PermissionRefused
from notifications.models import Event
from tests.api.calling import data, error, script_of, token_of

pytestmark = pytest.mark.django_db
NEW = {"name": "Nightly report", "scopes": ["issues:read"], "reach": "all", "days": "30"}


def made(actor, **changes):
    values = {"name": "report", "scopes": {Scope.ISSUES_READ}, "projects": None, "days": 30} | changes
    return create_token(actor=actor, **values)


def stepped_up(client_for, persona):
    """The browser of somebody who said a moment ago who they are."""
    client = client_for(persona)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()
    return client


def kinds_about(person):
    told = Event.objects.filter(subject=f"person:{person.pk}", kind__startswith="token.").order_by("seq")
    return list(told.values_list("kind", flat=True))


def test_new_token_is_long_random_and_known_by_its_digest_only(world):
    token, secret = made(world.developer)

    assert is_well_formed(secret)
    assert len(secret) == len("plb_") + 43 + 8
    assert token.digest == digest_of(secret)
    assert token.prefix == secret[:12]
    assert person_by_token(secret) == world.developer
    assert token.expires_at - token.created_at == timedelta(days=30)
    assert kinds_about(world.developer) == [AccountEvent.TOKEN_CREATED]


def test_log_holds_nothing_by_which_the_token_could_be_used(world):
    token, secret = made(world.developer)
    uses.note(token.pk, "192.0.2.7")
    write_uses()
    revoke_token(actor=world.developer, token=token)

    told = str(list(Event.objects.values_list("data", flat=True)))

    assert kinds_about(world.developer) == ["token.created", "token.used_from", "token.revoked"]
    assert secret[12:] not in told
    assert token.digest not in told


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"scopes": set()}, "scopes"),
        ({"days": 366}, "days"),
        ({"days": 0}, "days"),
        ({"projects": []}, "projects"),
    ],
)
def test_token_without_bounds_is_refused(world, changes, code):
    with pytest.raises(DomainError) as refusal:
        made(world.developer, **changes)

    assert refusal.value.code == code
    assert not PersonalToken.objects.exists()


def test_token_reaches_only_projects_that_its_person_sees(world):
    with pytest.raises(DomainError) as refusal:
        made(world.developer, projects=[world.bug.pk, world.far.pk])

    assert refusal.value.code == "projects"
    assert made(world.developer, projects=[world.bug.pk])[0].projects == [world.bug.pk]


def test_scopes_of_administrators_are_theirs(world):
    with pytest.raises(PermissionRefused):
        made(world.lead, scopes={Scope.ADMIN_READ})

    assert made(world.administrator, scopes={Scope.ADMIN_READ})[0].scopes == ["admin:read"]


def test_scopes_of_administrators_are_for_no_token_of_some_projects(world):
    with pytest.raises(DomainError) as refusal:
        made(world.administrator, scopes={Scope.ADMIN_WRITE}, projects=[world.bug.pk])

    assert refusal.value.code == "projects"
    assert not PersonalToken.objects.exists()


def test_token_cannot_make_tokens(world):
    came_with = person_by_token(token_of(world.developer))

    with pytest.raises(PermissionRefused):
        made(came_with)


def test_nobody_has_more_than_fifty(world):
    for _each in range(MOST):
        token_of(world.developer)
    token_of(world.developer, expires_at=timezone.now())

    with pytest.raises(DomainError) as refusal:
        made(world.developer)

    assert refusal.value.code == "limit"


def test_revoked_token_is_nobodys_at_once(world):
    token, secret = made(world.developer)

    revoke_token(actor=world.developer, token=token)
    revoke_token(actor=world.developer, token=token)

    assert person_by_token(secret) is None
    assert kinds_about(world.developer) == ["token.created", "token.revoked"]


def test_changed_token_is_refused_without_asking_the_database(world, django_assert_num_queries):
    secret = token_of(world.developer)
    slip = secret[:-1] + ("0" if secret[-1] != "0" else "1")

    with django_assert_num_queries(0):
        assert person_by_token(slip) is None
        assert person_by_token("plb_") is None
    assert person_by_token(new_token()) is None


def test_use_is_written_later_and_tells_of_each_new_address_once(world, django_capture_on_commit_callbacks):
    token, _secret = made(world.developer)

    for ip in ("192.0.2.7", "192.0.2.8", "192.0.2.7"):
        uses._noted.clear()
        uses.note(token.pk, ip)
        with django_capture_on_commit_callbacks(execute=True):
            write_uses()

    token.refresh_from_db()
    assert token.last_used_ip == "192.0.2.7"
    assert kinds_about(world.developer) == ["token.created", "token.used_from", "token.used_from"]


def test_request_notes_its_use_once_a_minute(world, django_assert_num_queries, django_capture_on_commit_callbacks):
    script = script_of(world, "developer", Scope.ME_READ)
    script.get("/me")
    token = PersonalToken.objects.get()

    with django_assert_num_queries(1):
        script.get("/me")
    assert [(use.token_id, use.ip) for use in uses.noted()] == [(token.pk, "127.0.0.1")]
    with django_capture_on_commit_callbacks(execute=True):
        assert write_uses() == 1

    token.refresh_from_db()
    assert token.last_used_ip == "127.0.0.1"
    assert uses.noted() == []


def test_page_lists_ones_own_tokens_without_their_secret(world, client_for):
    token, secret = made(world.developer, name="Mine", projects=[world.bug.pk])
    made(world.lead, name="Somebody else's")

    page = client_for("developer").get("/me/tokens/").content.decode()

    assert "Mine" in page
    assert token.prefix in page
    assert "BUG" in page
    assert secret not in page
    assert "Somebody else" not in page


def test_list_costs_the_same_for_more_tokens(world, client_for, assert_equal_queries):
    client = client_for("developer")
    made(world.developer, projects=[world.bug.pk])

    assert_equal_queries(lambda: client.get("/me/tokens/"), lambda: made(world.developer, projects=[world.team.pk]))


def test_form_is_for_who_has_just_said_who_they_are(world, client_for):
    client = client_for("developer")

    responses = [client.get("/me/tokens/new/"), client.post("/me/tokens/new/", NEW)]

    assert [response.status_code for response in responses] == [302, 302]
    assert all(response.url.startswith("/accounts/") for response in responses)
    assert not PersonalToken.objects.exists()


def test_form_makes_a_token_and_shows_it_once(world, client_for):
    client = stepped_up(client_for, "developer")

    page = client.post("/me/tokens/new/", NEW).content.decode()

    token = PersonalToken.objects.get()
    secret = re.search(r'id="secret"\s+value="([^"]+)"', page)[1]
    assert digest_of(secret) == token.digest
    assert f"Bearer {secret}" in page
    assert secret not in client.get("/me/tokens/").content.decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"scopes": []},
        {"scopes": ["admin:write"]},
        {"reach": "some"},
        {"projects": ["1"]},
        {"days": "366"},
    ],
)
def test_form_refuses_what_is_wrong(world, client_for, changes):
    response = stepped_up(client_for, "developer").post("/me/tokens/new/", NEW | changes)

    assert response.status_code == 422
    assert not PersonalToken.objects.exists()


def test_form_takes_projects_one_sees_and_no_others(world, client_for):
    client = stepped_up(client_for, "developer")
    asked = NEW | {"reach": "some", "projects": [str(world.bug.pk)]}

    refused = client.post("/me/tokens/new/", asked | {"projects": [str(world.far.pk)]})
    client.post("/me/tokens/new/", asked)

    assert refused.status_code == 422
    assert PersonalToken.objects.get().projects == [world.bug.pk]


@pytest.mark.parametrize("persona", ["lead", "developer", "viewer", "stranger", "administrator"])
def test_only_ones_own_token_can_be_revoked(world, client_for, persona):
    token, _secret = made(world.developer)

    response = client_for(persona).post(f"/me/tokens/{token.pk}/revoke/")

    token.refresh_from_db()
    is_own = persona == "developer"
    assert response.status_code == (302 if is_own else 404)
    assert (token.revoked_at is not None) == is_own


def test_guest_is_sent_to_log_in(world, client):
    response = client.get("/me/tokens/")

    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/")


def test_script_lists_and_revokes_its_persons_tokens(world):
    token, _secret = made(world.developer, name="old", projects=[world.bug.pk])
    other, _theirs = made(world.lead)
    script = script_of(world, "developer", Scope.ME_WRITE)

    listed = data(script.get("/me/tokens"))
    foreign = script.delete(f"/me/tokens/{other.pk}")
    done = script.delete(f"/me/tokens/{token.pk}")

    assert [(row["name"], row["projects"], row["scopes"]) for row in listed] == [
        ("script", None, ["me:write"]),
        ("old", ["BUG"], ["issues:read"]),
    ]
    assert error(foreign, 404)["code"] == "not_found"
    assert data(done) == {"done": True}
    assert [row["name"] for row in data(script.get("/me/tokens"))] == ["script"]


def test_token_of_some_projects_sees_and_revokes_itself_only(world):
    other, _secret = made(world.developer, name="other")
    script = script_of(world, "developer", Scope.ME_WRITE, projects=[world.bug.pk])

    listed = data(script.get("/me/tokens"))
    refused = script.delete(f"/me/tokens/{other.pk}")

    assert [(row["name"], row["projects"]) for row in listed] == [("script", ["BUG"])]
    assert error(refused, 404)["code"] == "not_found"
    assert PersonalToken.objects.get(pk=other.pk).revoked_at is None
    assert data(script.delete(f"/me/tokens/{listed[0]['id']}")) == {"done": True}


def test_token_without_the_scope_revokes_nothing(world):
    token, _secret = made(world.developer)

    response = script_of(world, "developer", Scope.ME_READ).delete(f"/me/tokens/{token.pk}")

    assert error(response, 403)["code"] == "scope"
    token.refresh_from_db()
    assert token.revoked_at is None


def test_token_ends_by_itself(world):
    _token, secret = made(world.developer, days=settings.TOKEN_DAYS)

    assert person_by_token(secret) == world.developer
    PersonalToken.objects.update(expires_at=clock.now() - timedelta(minutes=1))
    assert person_by_token(secret) is None
