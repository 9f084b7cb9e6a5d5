"""Who a request of the API comes from."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.bearers import digest_of, new_token
from accounts.enums import Scope
from accounts.models import PersonalToken
from accounts.services.people import set_active

pytestmark = pytest.mark.django_db


def token_of(person, *scopes, **changes):
    secret = new_token()
    values = {"expires_at": timezone.now() + timedelta(days=1), "prefix": secret[:12], "name": "script"} | changes
    PersonalToken.objects.create(person=person, digest=digest_of(secret), scopes=list(scopes), **values)
    return secret


def read_me(client, secret):
    return client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})


def test_token_says_who_its_person_is(world, client):
    response = read_me(client, token_of(world.developer, Scope.ME_READ))

    assert response.status_code == 200
    assert response.json()["data"]["username"] == world.developer.username
    assert (response.json()["error"], response.json()["status"]) == (None, 200)
    assert response.headers["RateLimit-Remaining"] == "199"


def test_token_without_the_scope_is_refused(world, client):
    response = read_me(client, token_of(world.developer, Scope.ISSUES_WRITE))

    assert response.status_code == 403
    assert response.json()["error"]["code"] == "scope"


def test_token_ends_with_its_person(world, client):
    secret = token_of(world.developer, Scope.ME_READ)
    set_active(actor=world.administrator, person=world.developer, active=False)

    response = read_me(client, secret)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("changes", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now()}])
def test_ended_token_is_nobodys(world, client, changes):
    assert read_me(client, token_of(world.developer, Scope.ME_READ, **changes)).status_code == 401


def test_request_without_token_is_told_what_to_send(client):
    response = client.get("/api/v1/me")

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "unauthenticated"
