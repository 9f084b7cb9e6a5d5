"""Second factors: set up, used once, guessed five times, taken away; and who must have one."""

import json
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.cache import caches

from accounts import instance
from accounts.limits import TooMany
from accounts.models import InstanceSettings
from accounts.services.factors import guess, guessed, take_code
from chat.visits import visit, wanted_by
from notifications.live.guard import Claim, judge
from notifications.live.sessions import bearer_of
from notifications.live.sockets import Close
from notifications.queries import events_about
from tests.accounts.factoring import (
    app_of,
    code_of,
    codes_on,
    is_in,
    log_in,
    secret_on,
    step_up,
    with_app,
    with_codes,
)
from tests.parallel import at_once, errors
from tests.projects.pages import soup, words
from tests.sockets import session_of

pytestmark = pytest.mark.django_db
APP, CODES, FACTOR = "/me/security/app/", "/me/security/codes/", "/accounts/factor/"


@pytest.fixture
def everyone_needs_one(world):
    """Let the installation ask everyone for a second factor."""
    InstanceSettings.objects.update_or_create(pk=1, defaults={"require_two_factors": True})
    instance.forget()
    yield
    InstanceSettings.objects.filter(pk=1).delete()
    instance.forget()


def kinds_about(person):
    return list(events_about(f"person:{person.pk}").order_by("seq").values_list("kind", flat=True))


@pytest.mark.parametrize("path", [APP, CODES, "/me/security/passkeys/add/"])
def test_factors_are_changed_only_by_who_steps_up(world, client_for, path):
    with_app(world.lead) if path == CODES else None
    client = client_for("lead")

    response = client.get(path)

    assert (response.status_code, response.headers["Location"]) == (
        302,
        f"/accounts/again/?next={path.replace('/', '%2F')}",
    )


def test_who_steps_up_comes_back_to_the_page(world, client_for):
    client = client_for("lead")

    response = step_up(client, APP)

    assert (response.status_code, response.headers["Location"]) == (302, APP)
    assert client.get(APP).status_code == 200


def test_a_wrong_password_is_no_step_up(world, client_for):
    client = client_for("lead")

    client.post(f"/accounts/again/?next={APP}", {"password": "not it"})

    assert client.get(APP).status_code == 302


def test_step_up_ends_after_five_minutes(world, client_for):
    client = client_for("lead")
    step_up(client)
    session = client.session
    session["account_authentication_methods"][-1]["at"] = time.time() - 301
    session.save()

    response = client.get(APP)

    assert (response.status_code, response.headers["Location"].partition("?")[0]) == (302, "/accounts/again/")


def test_app_is_set_up_by_its_code(world, client_for):
    client = client_for("lead")
    step_up(client)
    page = client.get(APP)
    secret = secret_on(page)

    done = client.post(APP, {"code": code_of(secret)})

    assert soup(page).select_one("svg.qr path")["d"].startswith("M")
    assert (done.status_code, len(codes_on(done))) == (200, 10)
    assert secret not in json.dumps(app_of(world.lead).data)
    assert kinds_about(world.lead) == ["person.registered", "person.factor_added"]


def test_app_is_not_set_up_by_a_wrong_code(world, client_for):
    client = client_for("lead")
    step_up(client)
    secret = secret_on(client.get(APP))

    response = client.post(APP, {"code": "000000"})

    assert (response.status_code, app_of(world.lead)) == (422, None)
    assert secret_on(response) == secret


def test_code_of_the_set_up_does_not_log_in(world, client, client_for):
    setting_up = client_for("lead")
    step_up(setting_up)
    code = code_of(secret_on(setting_up.get(APP)))
    setting_up.post(APP, {"code": code})
    log_in(client, world.lead)

    response = client.post(FACTOR, {"code": code})

    assert (response.status_code, is_in(client)) == (422, False)


def test_a_new_factor_ends_the_other_sessions(world, client_for):
    here, there, other = client_for("lead"), client_for("lead"), client_for("viewer")
    step_up(here)

    here.post(APP, {"code": code_of(secret_on(here.get(APP)))})

    assert (is_in(here), is_in(there), is_in(other)) == (True, False, True)
    assert UserSession.objects.filter(user=world.lead).count() == 1


def test_removal_ends_the_other_sessions_and_the_codes(world, client_for):
    with_app(world.lead), with_codes(world.lead)
    here, there = client_for("lead"), client_for("lead")
    step_up(here)

    response = here.post("/me/security/app/remove/")

    assert (response.status_code, response.headers["Location"]) == (302, "/me/security/")
    assert not Authenticator.objects.filter(user=world.lead).exists()
    assert (is_in(here), is_in(there)) == (True, False)
    assert "person.factor_removed" in kinds_about(world.lead)


def test_removal_without_step_up_removes_nothing(world, client_for):
    with_app(world.lead)

    response = client_for("lead").post("/me/security/app/remove/")

    assert response.status_code == 302
    assert app_of(world.lead) is not None


@pytest.mark.parametrize("persona", ["stranger", "administrator"])
def test_nobody_removes_the_passkey_of_another(world, client_for, persona):
    factor = Authenticator.objects.create(user=world.lead, type=Authenticator.Type.WEBAUTHN, data={"name": "Key"})
    client = client_for(persona)
    step_up(client)

    answers = [client.post(f"/me/security/passkeys/{factor.pk}/{act}/").status_code for act in ("remove", "edit")]

    assert (answers, Authenticator.objects.filter(pk=factor.pk).exists()) == ([404, 404], True)


def test_log_in_asks_for_the_code(world, client):
    secret = with_app(world.lead)

    asked = log_in(client, world.lead)
    between = is_in(client)
    done = client.post(FACTOR, {"code": code_of(secret)})

    assert (asked.headers["Location"], between) == (FACTOR, False)
    assert (done.status_code, is_in(client)) == (302, True)


def test_the_same_code_is_refused_also_where_the_cache_is_emptied(world, client_for, client):
    secret = with_app(world.lead)
    code = code_of(secret)
    log_in(client, world.lead)
    client.post(FACTOR, {"code": code})
    caches["default"].clear()
    other = client_for("anonymous")
    log_in(other, world.lead)

    refused = other.post(FACTOR, {"code": code})

    assert (refused.status_code, is_in(other)) == (422, False)
    assert other.post(FACTOR, {"code": code_of(secret, ahead=1)}).status_code == 302


def test_a_recovery_code_logs_in_once(world, client_for):
    with_app(world.lead)
    code = with_codes(world.lead)[3]
    one, two = client_for("anonymous"), client_for("anonymous")

    answers = []
    for client in (one, two):
        log_in(client, world.lead)
        answers.append(client.post(FACTOR, {"code": code}).status_code)

    assert (answers, is_in(one), is_in(two)) == ([302, 422], True, False)


def test_recovery_codes_are_shown_once(world, client_for):
    with_app(world.lead)
    earlier = with_codes(world.lead)
    client = client_for("lead")
    step_up(client)

    made = codes_on(client.post(CODES))
    later = [client.get(path).content.decode() for path in (CODES, "/me/security/")]

    assert (len(made), set(made) & set(earlier)) == (10, set())
    assert not [code for page in later for code in made if code in page]
    assert "10 codes left" in words(client.get("/me/security/"), "main")


def test_codes_without_a_factor_are_not_made(world, client_for):
    client = client_for("lead")
    step_up(client)

    client.post(CODES)

    assert not Authenticator.objects.filter(user=world.lead).exists()


def test_the_sixth_guess_is_not_looked_at(world, client):
    secret = with_app(world.lead)
    log_in(client, world.lead)
    wrong = [client.post(FACTOR, {"code": "000000"}).status_code for _number in range(5)]

    right = client.post(FACTOR, {"code": code_of(secret)})

    assert (wrong, right.status_code, is_in(client)) == ([422] * 5, 429, False)
    assert 0 < int(right.headers["Retry-After"]) <= 900


def test_a_right_code_forgets_the_wrong_ones(world, client):
    secret = with_app(world.lead)
    log_in(client, world.lead)
    for _number in range(4):
        client.post(FACTOR, {"code": "000000"})
    client.post(FACTOR, {"code": code_of(secret)})

    guess(world.lead)

    assert is_in(client)


@pytest.mark.django_db(transaction=True)
def test_a_hundred_guesses_at_once_are_five(world):
    results = at_once([lambda: guess(world.lead)] * 100)

    assert len(results) - len(errors(results)) == 5
    assert {type(error) for error in errors(results)} == {TooMany}
    guessed(world.lead)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_twenty_right_codes_at_once_are_one(world, kind):
    secret, codes = with_app(world.lead), with_codes(world.lead)
    kept = Authenticator.Type.TOTP if kind == "app" else Authenticator.Type.RECOVERY_CODES
    code = code_of(secret) if kind == "app" else codes[0]

    def use():
        return take_code(Authenticator.objects.get(user=world.lead, type=kept), code)

    results = at_once([use] * 20)

    assert sorted(results) == [False] * 19 + [True]


def test_a_changed_factor_is_told_by_mail(world, client_for, monkeypatch, django_capture_on_commit_callbacks):
    told = []
    monkeypatch.setattr("accounts.adapter.post_letter", lambda **letter: told.append((letter["kind"], letter["to"])))
    client = client_for("lead")
    step_up(client)

    with django_capture_on_commit_callbacks(execute=True):
        client.post(APP, {"code": code_of(secret_on(client.get(APP)))})

    assert told == [("totp_activated", world.lead.email)]


@pytest.mark.parametrize("path", ["/inbox/", "/", "/BUG/", "/me/sessions/", "/me/security/codes/"])
def test_who_needs_a_factor_gets_to_setting_one_up_only(world, client_for, everyone_needs_one, path):
    client = client_for("lead")
    allowed = path == "/me/security/codes/"

    plain, htmx = client.get(path), client.get(path, htmx=True)

    # The codes' page asks for the step-up first, as always.
    wanted = "/accounts/again/" if allowed else "/me/security/"
    assert (plain.status_code, plain.headers["Location"].partition("?")[0]) == (302, wanted)
    assert htmx.headers["HX-Redirect"].partition("?")[0] == wanted


def test_who_needs_a_factor_is_told_so_where_a_script_asks(world, client_for, everyone_needs_one):
    response = client_for("lead").get("/inbox/", headers={"Accept": "application/json"})

    assert (response.status_code, response.json()["code"]) == (403, "factor_needed")


def test_who_needs_a_factor_sets_one_up_and_goes_on(world, client_for, everyone_needs_one):
    client = client_for("lead")
    page = client.get("/me/security/")
    step_up(client)

    client.post(APP, {"code": code_of(secret_on(client.get(APP)))})

    assert soup(page).select_one(".rail, [data-me]") is None
    assert is_in(client)


def test_who_has_a_factor_notices_nothing(world, client_for, everyone_needs_one):
    with_app(world.lead)

    assert is_in(client_for("lead"))


def test_who_needs_a_factor_may_leave(world, client_for, everyone_needs_one):
    client = client_for("lead")

    client.post("/accounts/logout/")

    assert client.get("/inbox/").headers["Location"].startswith("/accounts/login/")


def test_sockets_of_who_needs_a_factor_are_refused(world, everyone_needs_one):
    with_app(world.viewer)
    wanted = wanted_by(b"")

    codes = {name: visit(session_of(world.person(name)), wanted).code for name in ("lead", "viewer")}

    assert codes == {"lead": Close.RIGHTS, "viewer": 0}


def test_open_sockets_end_where_a_factor_is_asked_for(world, request):
    bearers = [bearer_of(session_of(world.person(name))) for name in ("lead", "viewer")]
    claims = [Claim(bearer.person, bearer.key, bearer.data, None) for bearer in bearers]
    with_app(world.viewer)
    before = [verdict.code for verdict in judge(claims)]
    request.getfixturevalue("everyone_needs_one")

    after = [verdict.code for verdict in judge(claims)]

    assert (before, after) == ([0, 0], [Close.RIGHTS, 0])
