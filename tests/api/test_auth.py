"""Logging in over the API: the pages' verdict, tokens that end with their log-in, and tokens that nobody gave."""

import base64
import hmac
import json
import time

import jwt as pyjwt
import pytest
from allauth.headless.tokens.strategies.jwt import internal as jwt
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session

from accounts import attempts, instance
from accounts.enums import Registration
from accounts.events import AccountEvent
from accounts.models import InstanceSettings, User
from accounts.services.entering import set_password
from accounts.services.people import set_active
from accounts.services.sessions import end_all
from notifications.models import Event
from tests.api.calling import Script, data, error
from tests.factories import PASSWORD, PersonFactory, canary
from tests.parallel import at_once

pytestmark = pytest.mark.django_db
SOMEBODY = {"email": "new.person@mail.example", "password": "quite a long passphrase", "display_name": "New"}


def log_in(person, **changes):
    body = {"login": person.username, "password": PASSWORD} | changes
    return Script(None).post("/auth/login", body, User_Agent="curl/8.9")


def with_access(token):
    script = Script(None)
    script.headers["Authorization"] = f"Bearer {token}"
    return script


def renew(token):
    return Script(None).post("/auth/refresh", {"refresh_token": token})


def totp_of(person):
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    RecoveryCodes.activate(person)
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def kinds_about(person):
    return list(Event.objects.filter(subject=f"person:{person.pk}").order_by("seq").values_list("kind", flat=True))


def test_log_in_gives_tokens_that_say_who_one_is(world):
    pair = data(log_in(world.developer))

    told = data(with_access(pair["access_token"]).get("/auth/me"))
    assert told["username"] == world.developer.username
    assert (pair["token_type"], pair["expires_in"]) == ("Bearer", 900)


@pytest.mark.parametrize("name", ["username", "email"])
def test_log_in_by_either_name(world, name):
    assert log_in(world.developer, login=getattr(world.developer, name).upper()).status_code == 200


def test_log_in_sets_no_cookie(world):
    response = log_in(world.developer)

    assert response.cookies == {}
    assert response.headers["Cache-Control"] == "no-store"


def test_log_in_stands_on_the_persons_list_of_sessions(world):
    data(log_in(world.developer))

    listed = UserSession.objects.get(user=world.developer)
    assert (listed.ip, listed.user_agent, listed.data) == ("127.0.0.1", "curl/8.9", {"script": True})
    assert AccountEvent.LOGGED_IN in kinds_about(world.developer)


def test_wrong_password_and_unknown_name_get_the_same_answer(world):
    wrong = log_in(world.developer, password="not this one at all")
    unknown = log_in(world.developer, login="nobody.knows.me")

    assert error(wrong, 401)["code"] == "wrong_login"
    assert wrong.content == unknown.content
    assert wrong.headers["WWW-Authenticate"] == "Bearer"


def test_sixth_wrong_password_is_not_looked_at(world):
    for _each in range(attempts.LOGIN_NAME.amount):
        log_in(world.developer, password="not this one at all")

    locked = log_in(world.developer)

    assert error(locked, 429)["code"] == "too_many"
    assert int(locked.headers["Retry-After"]) > 0


def test_deactivated_person_comes_in_nowhere(world):
    set_active(actor=world.administrator, person=world.developer, active=False)

    assert error(log_in(world.developer), 403)["code"] == "inactive"
    assert error(log_in(world.developer, password="not this one at all"), 401)["code"] == "wrong_login"
    assert not Session.objects.exists()


def test_person_with_an_unconfirmed_address_comes_in_nowhere(world, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    world.developer.emailaddress_set.update(verified=False)

    assert error(log_in(world.developer), 403)["code"] == "unverified"
    assert not Session.objects.exists()


def test_second_factor_is_asked_for(world):
    code = totp_of(world.developer)

    asked = log_in(world.developer)
    wrong = log_in(world.developer, code="000000" if code != "000000" else "111111")
    right = log_in(world.developer, code=code)

    assert error(asked, 401)["code"] == "two_factor_needed"
    assert list(error(asked, 401)["fields"]) == ["code"]
    assert error(wrong, 401)["code"] == "wrong_code"
    assert data(right)["token_type"] == "Bearer"
    assert Session.objects.count() == 1


def test_recovery_code_stands_in_for_the_app_once(world):
    totp_of(world.developer)
    codes = Authenticator.objects.get(user=world.developer, type="recovery_codes").wrap().get_unused_codes()

    assert log_in(world.developer, code=codes[0]).status_code == 200
    assert error(log_in(world.developer, code=codes[0]), 401)["code"] == "wrong_code"


def test_codes_without_the_password_open_nothing(world):
    code = totp_of(world.developer)

    assert error(log_in(world.developer, password="not this one at all", code=code), 401)["code"] == "wrong_login"


def test_where_everyone_needs_a_factor_tokens_do_nothing_without(world):
    pair = data(log_in(world.developer))
    InstanceSettings.objects.update_or_create(pk=1, defaults={"require_two_factors": True})
    instance.forget()

    refused = with_access(pair["access_token"]).get("/me")

    instance.forget()
    assert error(refused, 403)["code"] == "factor_needed"


def test_register_logs_in_at_once_where_nothing_is_mailed(settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    name = f"new.{canary()}".replace(" ", "")

    told = data(Script(None).post("/auth/register", SOMEBODY | {"username": name}), 201)

    person = User.objects.get(username=name)
    assert told["confirm_email"] is False
    assert data(with_access(told["tokens"]["access_token"]).get("/me"))["name"] == "New"
    assert person.teams.count() == 1


def test_register_confirms_the_address_first_where_mail_is_sent(world, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.CAN_MAIL = True

    free = Script(None).post("/auth/register", SOMEBODY | {"username": "somebody.new"})
    taken = Script(None).post("/auth/register", SOMEBODY | {"username": "more.new", "email": world.lead.email})

    assert data(free, 201) == {"confirm_email": True, "tokens": None}
    assert free.content == taken.content
    assert User.objects.filter(username="somebody.new").exists()
    assert not User.objects.filter(username="more.new").exists()
    assert not Session.objects.exists()


def test_register_tells_what_is_wrong_with_which_value(db):
    body = SOMEBODY | {"username": "-", "email": "no address", "password": "short"}

    refusal = error(Script(None).post("/auth/register", body), 422)

    assert refusal["code"] == "invalid"
    assert sorted(refusal["fields"]) == ["email", "password", "username"]


def test_register_follows_the_rule_of_the_installation(db):
    InstanceSettings.objects.update_or_create(pk=1, defaults={"registration": Registration.INVITATION})
    instance.forget()

    refused = Script(None).post("/auth/register", SOMEBODY | {"username": "somebody.new"})

    instance.forget()
    assert error(refused, 403)["code"] == "registration_closed"
    assert not User.objects.filter(username="somebody.new").exists()


@pytest.mark.parametrize("extra", ["is_superuser", "is_staff", "id", "is_active", "credential"])
def test_register_takes_no_field_that_is_not_offered(db, extra):
    refused = Script(None).post("/auth/register", SOMEBODY | {"username": "somebody.new", extra: True})

    assert extra in error(refused, 422)["fields"]
    assert not User.objects.filter(username="somebody.new").exists()


def test_refresh_gives_a_new_pair_and_spends_the_token(world):
    first = data(log_in(world.developer))

    second = data(renew(first["refresh_token"]))
    third = data(renew(second["refresh_token"]))

    assert len({pair["refresh_token"] for pair in (first, second, third)}) == 3
    assert data(with_access(third["access_token"]).get("/me"))["username"] == world.developer.username


def test_spent_refresh_token_ends_the_whole_log_in(world):
    first = data(log_in(world.developer))
    second = data(renew(first["refresh_token"]))

    again = renew(first["refresh_token"])

    assert error(again, 401)["code"] == "unauthenticated"
    assert error(with_access(second["access_token"]).get("/me"), 401)["code"] == "unauthenticated"
    assert error(renew(second["refresh_token"]), 401)["code"] == "unauthenticated"
    assert not Session.objects.exists()
    assert not UserSession.objects.exists()
    assert kinds_about(world.developer).count(AccountEvent.TOKEN_REUSED) == 1


def test_reuse_ends_no_other_log_in(world):
    other = data(log_in(world.developer))
    first = data(log_in(world.developer))
    renew(first["refresh_token"])
    renew(first["refresh_token"])

    assert with_access(other["access_token"]).get("/me").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_parallel_renewals_one_wins_and_the_log_in_ends(world, settings):
    settings.RATE_LIMIT_FACTOR = 100
    for _round in range(5):
        token = data(log_in(world.developer))["refresh_token"]

        answers = at_once([lambda token=token: renew(token)] * 4)

        assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
        won = next(answer for answer in answers if answer.status_code == 200)
        assert with_access(data(won)["access_token"]).get("/me").status_code == 401
        assert not Session.objects.exists()


def test_logging_out_ends_all_tokens_of_the_log_in(world):
    pair = data(log_in(world.developer))

    done = with_access(pair["access_token"]).post("/auth/logout")

    assert data(done) == {"done": True}
    assert with_access(pair["access_token"]).get("/me").status_code == 401
    assert renew(pair["refresh_token"]).status_code == 401
    assert not UserSession.objects.exists()


def test_personal_token_cannot_log_out(world):
    assert error(Script(world.developer).post("/auth/logout"), 403)["code"] == "scope"


@pytest.mark.parametrize("end", ["deactivated", "password", "sessions"])
def test_tokens_end_at_once_with_what_ends_log_ins(world, end):
    pair = data(log_in(world.developer))
    if end == "deactivated":
        set_active(actor=world.administrator, person=world.developer, active=False)
    elif end == "password":
        kind = AccountEvent.PASSWORD_CHANGED
        set_password(person=world.developer, password="another passphrase", kind=kind, letter="password_changed")
    else:
        end_all(actor=world.developer, person=world.developer)

    assert with_access(pair["access_token"]).get("/me").status_code == 401
    assert renew(pair["refresh_token"]).status_code == 401


def test_refresh_token_opens_nothing_and_access_token_renews_nothing(world):
    pair = data(log_in(world.developer))

    assert with_access(pair["refresh_token"]).get("/me").status_code == 401
    assert renew(pair["access_token"]).status_code == 401


def forged(token, *, header=None, key=None, **claims):
    """A token of the same claims but for some, signed as said; without a key as it was."""
    head, body, signature = token.split(".")
    told = json.loads(base64.urlsafe_b64decode(body + "==")) | claims
    parts = [header or json.loads(base64.urlsafe_b64decode(head + "==")), told]
    signed = ".".join(unpadded(json.dumps(part).encode()) for part in parts)
    if key is not None:
        digest = "sha512" if parts[0]["alg"] == "HS512" else "sha256"
        signature = unpadded(hmac.digest(key.encode(), signed.encode(), digest))
    return f"{signed}.{'' if header and header['alg'] == 'none' else signature}"


def unpadded(part):
    """As RFC 7515 encodes bytes."""
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def attacks(token, world):
    """Tokens that nobody gave, by what is wrong with them."""
    key, other = settings.HEADLESS_JWT_PRIVATE_KEY, world.lead
    foreign = data(log_in(other))["access_token"]
    sid = pyjwt.decode(foreign, key, algorithms=["HS256"])["sid"]
    return {
        "without a signature": forged(token, header={"alg": "none", "typ": "JWT"}, sub=str(other.pk)),
        "NONE in capitals": forged(token, header={"alg": "NONE", "typ": "JWT"}),
        "changed": forged(token, sub=str(other.pk)),
        "signed with the site's key": forged(token, key=settings.SECRET_KEY),
        "signed with an empty key": forged(token, key=""),
        "signed with HS512": forged(token, key=key, header={"alg": "HS512", "typ": "JWT"}),
        "another person's session": forged(token, key=key, sid=sid),
        "another person": forged(token, key=key, sub=str(other.pk)),
        "no person": forged(token, key=key, sub="٣"),
        "no number": forged(token, key=key, sub="0 OR 1=1"),
        "expired": forged(token, key=key, exp=int(time.time()) - 1),
        "from the future": forged(token, key=key, nbf=int(time.time()) + 60),
        "no session": forged(token, key=key, sid="bm90aGluZw=="),
        "a session that never was": forged(token, key=key, sid=jwt.session_key_to_sid("a" * 32)),
        "a zero character": forged(token, key=key, sid=jwt.session_key_to_sid("a\x00b")),
        "another use": forged(token, key=key, token_use="refresh"),
        "no token": "a.b.c",
        "nothing": "",
    }


def test_tokens_that_nobody_gave_open_nothing(world, settings):
    settings.RATE_LIMIT_FACTOR = 100
    token = data(log_in(world.developer))["access_token"]
    assert with_access(token).get("/me").status_code == 200

    for name, attack in attacks(token, world).items():
        assert with_access(attack).get("/me").status_code == 401, name


def test_answers_of_a_log_in_are_told_nowhere_else(world, caplog):
    pair = data(log_in(world.developer))
    data(renew(pair["refresh_token"]))

    stored = str(list(Session.objects.values())) + str(list(Event.objects.values_list("data", flat=True))) + caplog.text

    assert pair["refresh_token"] not in stored
    assert pair["access_token"] not in stored
    assert PASSWORD not in stored


def test_stranger_who_registers_knows_nobody(world):
    person = PersonFactory()

    listed = data(with_access(data(log_in(person))["access_token"]).get("/me"))

    assert listed["username"] == person.username
