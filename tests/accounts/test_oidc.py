"""Logging in with an account elsewhere, against a real OpenID provider on the loopback."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from accounts.models import SealedMail, User
from accounts.services.people import set_active
from config.providers import providers
from notifications.queries import events_about
from tests.accounts.door import (
    ELSEWHERE,
    INACTIVE,
    LOGIN,
    RESET,
    SIGNUP,
    heading,
    is_in,
    link_in,
    mails,
    rules,
    sign_up,
    sure,
    with_mail,
)
from tests.accounts.provider import CALLBACK, Provider, app_of, running
from tests.browsing import CheckedClient
from tests.factories import PersonFactory
from tests.projects.pages import soup, words

pytestmark = pytest.mark.django_db
__all__ = ["rules", "with_mail"]
BEGIN = "/accounts/oidc/google/login/"
CONNECT = f"{ELSEWHERE}google/"
END = f"{ELSEWHERE}end/"
FAILED = "Google could not tell us who you are"
REFUSED = "This account cannot log in here yet"


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Provider]:
    """The provider of this module's tests."""
    with running() as provider:
        yield provider


@pytest.fixture
def google(elsewhere, settings) -> Provider:
    """The provider as Google, where Ana has an account with a confirmed address."""
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app_of(elsewhere.url)]}}
    elsewhere.lies()
    elsewhere.knows("ana", email="ana@mail.example", email_verified=True, name="Ana Lima", preferred_username="ana")
    return elsewhere


def begin(client, path=BEGIN, **data):
    """Press the button, and return where the page leads."""
    page = client.post(path, data)
    return soup(page).select_one("a.btn-primary")["href"]


def come(client, google, sub="ana", path=BEGIN, **data):
    """Go there, log in, and come back."""
    return client.get(google.allow(begin(client, path, **data), sub))


def kinds(person):
    return list(events_about(f"person:{person.pk}").values_list("kind", flat=True))


def test_the_door_has_a_button_for_each_provider(client, google):
    forms = [soup(client.get(page)).select_one(f'form[action="{BEGIN}"]') for page in (LOGIN, SIGNUP)]

    assert [form.get_text(strip=True) for form in forms] == ["Continue with Google"] * 2


def test_it_asks_with_state_nonce_and_challenge(client, google):
    address = begin(client)

    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    state = client.session["socialaccount_states"][asked["state"]][0]
    challenge = urlsafe_b64encode(hashlib.sha256(state["pkce_code_verifier"].encode()).digest()).rstrip(b"=").decode()
    assert address.startswith(f"{google.url}/oauth2/authorize?")
    assert (asked["response_type"], sorted(asked["scope"].split())) == ("code", ["email", "openid", "profile"])
    assert asked["redirect_uri"] == f"http://127.0.0.1:8000{CALLBACK}"
    assert (asked["code_challenge_method"], asked["code_challenge"]) == ("S256", challenge)
    assert (asked["nonce"], len(asked["nonce"]) >= 43) == (state["nonce"], True)


def test_a_new_person_registers(world, client, google, with_mail):
    response = come(client, google)

    person = User.objects.get(email="ana@mail.example")
    assert (response.headers["Location"], is_in(client)) == ("/", True)
    assert (person.username, person.name, person.has_usable_password()) == ("ana", "Ana Lima", False)
    assert [(team.name, team.is_personal) for team in person.teams.all()] == [("Ana Lima", True)]
    assert list(EmailAddress.objects.filter(user=person).values_list("email", "verified", "primary")) == [
        ("ana@mail.example", True, True)
    ]
    assert kinds(person) == ["person.registered", "person.logged_in"]
    assert events_about(f"person:{person.pk}").last().data["ways"] == ["socialaccount"]
    assert SocialAccount.objects.get(user=person).extra_data == {"email": "ana@mail.example", "name": "Ana Lima"}
    assert SocialToken.objects.count() == 0


def test_a_known_person_logs_in_whatever_their_address_is_by_then(client, google):
    come(client, google)
    google.knows("ana", email="other@mail.example", email_verified=False)
    other = CheckedClient()

    response = come(other, google)

    assert (response.headers["Location"], is_in(other)) == ("/", True)
    assert User.objects.filter(email__in=["ana@mail.example", "other@mail.example"]).count() == 1


def test_it_leads_to_where_one_came_from(client, google):
    assert come(client, google, next="/me/").headers["Location"] == "/me/"


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example/"])
def test_it_leads_nowhere_else(client, google, target):
    assert come(client, google, next=target).headers["Location"] == "/"


@pytest.mark.parametrize("taken", ["ana", "ANA"])
def test_a_username_that_is_taken_gets_a_number(client, google, taken):
    PersonFactory(username=taken, email="another.ana@mail.example")

    come(client, google)

    assert User.objects.get(email="ana@mail.example").username == "ana2"


@pytest.mark.parametrize(
    ("claims", "username"),
    [
        ({"preferred_username": "Ana Lima <b>"}, "Ana-Lima-b"),
        ({"preferred_username": "ana@corp.example"}, "ana"),
        ({"preferred_username": "北京"}, "l.ana"),
        ({"preferred_username": "x" * 90}, "x" * 28),
        ({"name": "Ana\r\nBcc: x\u202e"}, "l.ana"),
    ],
)
def test_a_username_is_one_whatever_the_provider_says(client, google, claims, username):
    google.knows("l", email="l.ana@mail.example", email_verified=True, **claims)

    come(client, google, "l")

    person = User.objects.get(email="l.ana@mail.example")
    person.full_clean(exclude=["password"])
    assert (person.username, "\n" in person.name) == (username, False)


# --- People who are here already --------------------------------------------------------------------------------------


def test_an_address_that_both_have_confirmed_connects(client, google, with_mail):
    person = PersonFactory(email="ana@mail.example")

    response = come(client, google)

    assert (response.headers["Location"], is_in(client)) == ("/", True)
    assert SocialAccount.objects.get().user == person
    assert [(letter.to, letter.subject) for letter in mails()] == [([person.email], "Log-in with Google added")]
    assert kinds(person)[-2:] == ["person.connected", "person.logged_in"]


@pytest.mark.parametrize("said", [False, "true", "false", 1, None, "yes", [True]])
def test_an_address_that_the_provider_has_not_confirmed_opens_nothing(client, google, said):
    person = PersonFactory(email="ana@mail.example")
    google.knows("eve", email="ana@mail.example", email_verified=said)

    response = come(client, google, "eve")

    assert (response.status_code, heading(response), is_in(client)) == (403, REFUSED, False)
    assert "Google has not confirmed your e-mail address." in words(response, "main")
    assert (SocialAccount.objects.count(), User.objects.get(pk=person.pk).password) == (0, person.password)


def test_the_same_is_said_whether_the_address_is_known_here(client, google):
    PersonFactory(email="known@mail.example")
    said = []
    for email in ("known@mail.example", "free@mail.example"):
        google.knows("eve", email=email, email_verified=False)
        response = come(CheckedClient(), google, "eve")
        said.append((response.status_code, words(response)))

    assert said[0] == said[1]


def test_an_address_that_the_account_here_never_confirmed_opens_nothing(client, google, with_mail):
    sign_up(CheckedClient(), username="squatter")

    response = come(client, google)

    assert (response.status_code, is_in(client), SocialAccount.objects.count()) == (403, False, 0)
    assert "never confirmed it" in words(response, "main")
    assert soup(response).select_one("a.btn-primary")["href"] == RESET


def test_an_address_that_only_looks_alike_opens_nothing(client, google):
    PersonFactory(email="kim@kino.example")
    google.knows("eve", email="kim@\u212aino.example", email_verified=True)

    response = come(client, google, "eve")

    assert (response.status_code, SocialAccount.objects.count()) == (403, 0)


def test_without_an_address_there_is_no_account(client, google):
    google.knows("eve", name="Eve")

    response = come(client, google, "eve")

    assert (response.status_code, is_in(client)) == (403, False)
    assert "Google did not tell your e-mail address" in words(response, "main")


def test_a_deactivated_person_is_refused_and_nothing_is_connected(world, client, google):
    google.knows("gone", email=world.deactivated.email, email_verified=True)

    response = come(client, google, "gone")

    assert (response.headers["Location"], is_in(client), SocialAccount.objects.count()) == (INACTIVE, False, 0)


def test_who_was_deactivated_since_is_refused(world, client, google):
    come(CheckedClient(), google)
    person = User.objects.get(email="ana@mail.example")
    set_active(actor=world.administrator, person=person, active=False)

    response = come(client, google)

    assert (response.headers["Location"], is_in(client)) == (INACTIVE, False)


def test_a_second_factor_is_asked_for_all_the_same(client, google):
    person = PersonFactory(email="ana@mail.example")
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "x"})

    response = come(client, google)

    assert (response.headers["Location"], is_in(client)) == (reverse("mfa_authenticate"), False)


# --- Registration -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"registration": "invitation"}, "Accounts are by invitation here: use the address that was invited."),
        (
            {"registration": "domains", "allowed_domains": ["corp.example"]},
            "Accounts here need an e-mail address of corp.example.",
        ),
    ],
)
def test_the_rules_of_registration_hold(client, google, rules, changes, sentence):
    rules(**changes)

    response = come(client, google)

    assert (response.status_code, is_in(client)) == (403, False)
    assert sentence in words(response, "main")
    assert not User.objects.filter(email="ana@mail.example").exists()


def test_closed_registration_keeps_out_nobody_who_is_in(client, google, rules):
    PersonFactory(email="ana@mail.example")
    rules(registration="invitation")

    assert come(client, google).headers["Location"] == "/"


# --- What an attacker sends -------------------------------------------------------------------------------------------


def test_a_code_of_another_log_in_opens_nothing(google):
    victim, attacker = CheckedClient(), CheckedClient()
    stolen = parse_qs(urlsplit(google.allow(begin(attacker), "ana")).query)["code"][0]
    state = parse_qs(urlsplit(begin(victim)).query)["state"][0]

    response = victim.get(CALLBACK, {"code": stolen, "state": state})

    assert (response.status_code, heading(response), is_in(victim)) == (401, FAILED, False)


def test_an_answer_that_this_browser_has_not_asked_for_opens_nothing(client, google):
    path = google.allow(begin(CheckedClient()), "ana")

    response = client.get(path)

    assert (response.status_code, heading(response), is_in(client)) == (401, FAILED, False)


def test_an_answer_is_used_once(client, google):
    path = google.allow(begin(client), "ana")
    client.get(path)
    client.post("/accounts/logout/")

    response = client.get(path)

    assert (response.status_code, is_in(client)) == (401, False)


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?state=x", "?code=x&state=x", "?error=server_error", "?code=&state="]
)
def test_an_answer_without_its_parts_opens_nothing(client, google, query):
    begin(client)

    response = client.get(CALLBACK + query)

    assert (response.status_code, heading(response), is_in(client)) == (401, FAILED, False)


def test_a_made_up_code_opens_nothing(client, google):
    state = parse_qs(urlsplit(begin(client)).query)["state"][0]

    response = client.get(CALLBACK, {"code": "made-up", "state": state})

    assert (response.status_code, heading(response), is_in(client)) == (401, FAILED, False)


@pytest.mark.parametrize(
    "lie",
    [
        {"token": "none"},
        {"token": "unsigned"},
        {"token": "foreign"},
        {"token": "shared"},
        {"claims": {"nonce": "another"}},
        {"claims": {"aud": "another"}},
        {"claims": {"aud": ["plumbline", "another"], "azp": "another"}},
        {"claims": {"iss": "https://accounts.elsewhere.example"}},
        {"claims": {"exp": 1_600_000_000}},
        {"claims": {"sub": "somebody"}},
        {"userinfo": {"sub": "somebody"}},
        {"userinfo": {"sub": None}},
    ],
)
def test_an_answer_that_does_not_hold_together_opens_nothing(client, google, lie):
    before = User.objects.count()
    google.lies(**lie)

    response = come(client, google)

    assert (response.status_code, heading(response), is_in(client)) == (401, FAILED, False)
    assert (User.objects.count(), SocialAccount.objects.count()) == (before, 0)


def test_one_part_of_the_answer_that_denies_the_address_is_enough(client, google):
    google.lies(userinfo={"email_verified": False})

    assert come(client, google).status_code == 403


def test_who_turns_back_is_told_that_nothing_happened(client, google):
    response = client.get(google.refuse(begin(client)), follow=True)

    assert (heading(response), is_in(client)) == ("You turned back", False)


def test_a_provider_that_is_away_is_said_to_be(client, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app_of("http://127.0.0.1:9")]}}

    response = client.post(BEGIN)

    assert (response.status_code, heading(response)) == (401, FAILED)


def test_going_there_takes_a_form_of_ours(google):
    browser = CheckedClient(enforce_csrf_checks=True)

    assert [browser.post(BEGIN).status_code, browser.get(BEGIN).status_code] == [403, 405]


def test_what_is_asked_there_is_not_for_an_address_to_say(client, google):
    address = begin(client, f"{BEGIN}?scope=admin&auth_params=redirect_uri%3Dhttps://evil.example&process=connect")

    assert ("admin" in address, "evil" in address) == (False, False)


@pytest.mark.parametrize("path", ["/accounts/oidc/nobody/login/", "/accounts/oidc/nobody/login/callback/"])
def test_a_provider_that_is_not_set_up_is_not_there(client, google, path):
    answer = client.get(path) if "callback" in path else client.post(path)

    assert answer.status_code == 404


# --- Connecting -------------------------------------------------------------------------------------------------------


def as_person(client, **values):
    person = PersonFactory(**values)
    client.force_login(person)
    sure(client)
    return person


def test_a_person_connects_and_disconnects(client, google, with_mail):
    person = as_person(client)

    response = come(client, google, path=CONNECT)
    page = words(client.get(ELSEWHERE), "#main")
    connection = SocialAccount.objects.get()
    ended = client.post(END, {"connection": connection.pk})

    assert (response.headers["Location"], connection.user) == (ELSEWHERE, person)
    assert "Google ana@mail.example" in page
    assert (ended.headers["Location"], SocialAccount.objects.count()) == (ELSEWHERE, 0)
    assert kinds(person)[-2:] == ["person.connected", "person.disconnected"]
    assert [letter.subject for letter in mails()] == ["Log-in with Google added", "Log-in with Google removed"]


def test_connecting_asks_first_who_it_is(client, google):
    person = PersonFactory()
    client.force_login(person)

    answers = [client.post(CONNECT), client.post(END, {"connection": 1})]

    assert all(answer.status_code == 302 and "next=" in answer.headers["Location"] for answer in answers)


def test_what_logs_in_to_another_account_stays_there(client, google):
    come(CheckedClient(), google)
    as_person(client)

    come(client, google, path=CONNECT)

    assert SocialAccount.objects.get().user.email == "ana@mail.example"
    assert "logs in to another account here" in words(client.get(ELSEWHERE), "#toasts")


def test_nobody_ends_a_connection_of_another(client, google):
    come(CheckedClient(), google)
    as_person(client)

    response = client.post(END, {"connection": SocialAccount.objects.get().pk})

    assert (response.status_code, SocialAccount.objects.count()) == (404, 1)


def test_the_last_way_in_stays(client, google):
    come(client, google)
    sure(client)

    response = client.post(END, {"connection": SocialAccount.objects.get().pk})

    assert (response.status_code, SocialAccount.objects.count()) == (422, 1)
    assert "Set a password first" in words(response, "main")


def test_a_provider_that_is_no_longer_set_up_can_be_disconnected(client, google, settings):
    as_person(client)
    come(client, google, path=CONNECT)
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}

    page = words(client.get(ELSEWHERE), "#main")
    client.post(END, {"connection": SocialAccount.objects.get().pk})

    assert "google ana@mail.example" in page
    assert SocialAccount.objects.count() == 0


def test_nothing_of_the_provider_is_kept_but_who_it_is(client, google):
    come(client, google)

    row = SocialAccount.objects.values("provider", "uid", "extra_data").get()
    kept = [session.get_decoded() for session in Session.objects.all()]
    assert row == {"provider": "google", "uid": "ana", "extra_data": {"email": "ana@mail.example", "name": "Ana Lima"}}
    assert all("access_token" not in str(each) and "id_token" not in str(each) for each in kept)
    assert SealedMail.objects.count() == 0


def test_the_list_costs_one_statement_whatever_its_length(google, client, assert_equal_queries):
    person = as_person(client)

    def add():
        number = SocialAccount.objects.count()
        SocialAccount.objects.create(user=person, provider="google", uid=f"u{number}")

    add()

    assert_equal_queries(lambda: client.get(ELSEWHERE), add)


def test_with_a_reset_one_gets_to_an_account_that_was_registered_with_ones_address(client, google, with_mail):
    sign_up(CheckedClient(), username="squatter")
    mails()
    client.post(RESET, {"email": "ana@mail.example"})
    page = client.get(link_in(mails()[-1])).headers["Location"]
    client.post(page, {"password1": "nine other ferries"})

    response = come(client, google)

    assert (response.headers["Location"], SocialAccount.objects.get().user.username) == ("/", "squatter")


# --- Settings ---------------------------------------------------------------------------------------------------------

NAMES = ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "OIDC_PROVIDERS")


@pytest.fixture
def environment(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch.setenv


def test_without_settings_there_is_no_provider(environment):
    assert providers() == []


def test_google_needs_two_values(environment):
    environment("GOOGLE_CLIENT_ID", "client")
    environment("GOOGLE_CLIENT_SECRET", "secret")

    assert providers() == [
        {
            "provider_id": "google",
            "name": "Google",
            "client_id": "client",
            "secret": "secret",
            "settings": {"server_url": "https://accounts.google.com", "oauth_pkce_enabled": True},
        }
    ]


def test_any_other_is_named(environment):
    environment("OIDC_PROVIDERS", "key-cloak")
    environment("OIDC_KEY_CLOAK_URL", "https://id.corp.example/realms/all/")
    environment("OIDC_KEY_CLOAK_CLIENT_ID", "client")
    environment("OIDC_KEY_CLOAK_CLIENT_SECRET", "secret")
    environment("OIDC_KEY_CLOAK_LABEL", "the Corp")

    found = providers()[0]

    assert (found["provider_id"], found["name"]) == ("key-cloak", "the Corp")
    assert found["settings"]["server_url"] == "https://id.corp.example/realms/all"


@pytest.mark.parametrize(
    "values",
    [
        {"GOOGLE_CLIENT_ID": "client"},
        {"OIDC_PROVIDERS": "a b"},
        {"OIDC_PROVIDERS": "../x"},
        {"OIDC_PROVIDERS": "corp"},
        {"OIDC_PROVIDERS": "corp", "OIDC_CORP_URL": "https://id.example"},
        {
            "OIDC_PROVIDERS": "corp",
            "OIDC_CORP_URL": "http://id.example",
            "OIDC_CORP_CLIENT_ID": "c",
            "OIDC_CORP_CLIENT_SECRET": "s",
        },
    ],
)
def test_what_cannot_work_stops_the_start(environment, values):
    for name, value in values.items():
        environment(name, value)

    with pytest.raises(ImproperlyConfigured):
        providers()
