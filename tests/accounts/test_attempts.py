"""How often one may try: exact for one account, one address of the network and its neighbours, whoever counts."""

import pytest
from django.test import RequestFactory

from accounts import attempts
from accounts.attempts import LOGIN_IP, LOGIN_NETWORK, LOGIN_PERSON, give_all_back, spend_all, spend_login
from accounts.limits import TooMany
from config.client import client_ip, unambiguous
from notifications.queries import events_about, events_of
from tests.accounts.door import LOGIN, RESET, is_in, log_in, mails, sign_up, with_mail, without_redis
from tests.browsing import CheckedClient
from tests.factories import PASSWORD, PersonFactory
from tests.parallel import at_once, errors
from tests.projects.pages import soup, words

pytestmark = pytest.mark.django_db
__all__ = ["with_mail", "without_redis"]
WRONG = "not the passphrase"


def come_from(ip, **headers):
    request = RequestFactory().post(LOGIN, REMOTE_ADDR=ip, headers=headers)
    request.session = {}
    return request


def fail(count, name, ip="192.0.2.1"):
    return [log_in(CheckedClient(REMOTE_ADDR=ip), name, WRONG).status_code for _each in range(count)]


def test_the_sixth_try_is_refused_and_says_when_to_come_back(client):
    person = PersonFactory()

    codes = fail(6, person.username)
    response = log_in(client, person.username)

    assert codes == [200] * 5 + [429]
    assert (response.status_code, is_in(client)) == (429, False)
    assert 890 < int(response.headers["Retry-After"]) <= 900


def test_who_has_to_wait_is_led_to_what_ends_it(client, with_mail):
    fail(5, "somebody")

    response = log_in(client, "somebody")

    assert (response.status_code, soup(response).select_one(".btn-primary")["href"]) == (429, RESET)


def test_all_names_of_a_person_count_together_and_tell_nothing_of_each_other(client):
    person = PersonFactory()
    fail(3, person.username)
    fail(2, person.email)

    response = log_in(client, person.email.upper())

    assert (response.status_code, is_in(client)) == (200, False)
    assert "The username or password is not correct." in words(response, ".refusal")


def test_spellings_of_a_name_count_together():
    PersonFactory(username="ana.lima")

    assert fail(6, "ana.lima")[:3] + fail(1, "ANA.LIMA") == [200, 200, 200, 429]
    assert fail(1, " ana.lima ") == [429]
    assert fail(1, "ａna.lima") == [429]


def test_names_of_nobody_are_counted_alike():
    assert fail(6, "nobody.at.all") == [200] * 5 + [429]


def test_a_right_password_does_not_count_and_forgives_nothing(client):
    person = PersonFactory()
    fail(4, person.username)

    right = [log_in(CheckedClient(), person.username).status_code for _each in range(10)]

    assert right == [302] * 10
    assert fail(2, person.username) == [200, 429]


def test_sessions_go_on_while_nobody_can_log_in(client):
    person = PersonFactory()
    log_in(client, person.username)

    fail(6, person.username)

    assert is_in(client)


def test_thirty_tries_of_one_address_of_the_network():
    codes = [code for number in range(31) for code in fail(1, f"person{number}")]

    assert codes == [200] * 30 + [429]
    assert fail(1, "somebody", ip="192.0.2.2") == [200]


def test_who_is_refused_for_the_network_costs_nobody_a_try(client):
    person = PersonFactory()
    for number in range(30):
        fail(1, f"person{number}")

    fail(10, person.username)

    assert log_in(client, person.username).status_code == 302


@pytest.mark.parametrize(
    ("first", "others"),
    [("192.0.2.", range(1, 12)), ("2001:db8:1:", [f"{number:x}::1" for number in range(1, 12)])],
)
def test_three_hundred_tries_of_neighbours(first, others):
    ips = [f"{first}{other}" for other in others]
    codes = []
    for ip in ips:
        for number in range(30):
            try:
                spend_login(come_from(ip), f"{ip} {number}")
                codes.append(ip)
            except TooMany:
                pass

    assert (len(codes), ips[10] in codes) == (300, False)


def test_a_customer_of_ipv6_has_one_address():
    for number in range(30):
        spend_login(come_from(f"2001:db8:1:1::{number + 1:x}"), f"p{number}")

    with pytest.raises(TooMany):
        spend_login(come_from("2001:db8:1:1:ffff::1"), "p31")

    spend_login(come_from("2001:db8:1:2::1"), "p32")


@pytest.mark.django_db(transaction=True)
def test_of_two_hundred_at_once_no_more_than_five_are_looked_at(world):
    def attempt(number):
        ip = f"10.{number}.0.1"
        return log_in(CheckedClient(REMOTE_ADDR=ip), world.viewer.username, WRONG).status_code

    codes = at_once([lambda n=n: attempt(n) for n in range(200)], workers=20)

    failed = events_about(f"person:{world.viewer.pk}").filter(kind="person.log_in_failed").count()
    assert set(codes) == {200, 429}
    assert 1 <= codes.count(200) <= 5
    assert failed == codes.count(200)


@pytest.mark.django_db(transaction=True)
def test_of_two_hundred_at_once_no_more_than_the_limit_pass():
    calls = [lambda: spend_all([(LOGIN_PERSON, "person:0")], "no") for _each in range(200)]

    results = at_once(calls, workers=32)

    assert len(errors(results)) >= 195
    assert len(errors(results)) < 200


def test_without_redis_it_counts_in_the_database(without_redis, client):
    person = PersonFactory()

    codes = fail(6, person.username)
    right = log_in(client, person.username)

    assert (codes, right.status_code) == ([200] * 5 + [429], 429)
    assert log_in(client, PersonFactory().username).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_without_redis_it_is_exact_as_well(without_redis, world):
    calls = [lambda: spend_all([(LOGIN_PERSON, "person:0")], "no") for _each in range(100)]

    results = at_once(calls, workers=20)

    assert len(errors(results)) == 95


def test_what_is_given_back_can_be_spent_again(without_redis):
    wanted = [(LOGIN_PERSON, "person:0")]
    for _each in range(20):
        spend_all(wanted, "no")
        give_all_back(wanted)

    for _each in range(5):
        spend_all(wanted, "no")


def test_a_limit_that_refuses_costs_the_others_nothing():
    for _each in range(5):
        spend_all([(LOGIN_PERSON, "person:1")], "no")

    for _each in range(100):
        with pytest.raises(TooMany):
            spend_all([(LOGIN_IP, "ip:1"), (LOGIN_PERSON, "person:1")], "no")

    for _each in range(30):
        spend_all([(LOGIN_IP, "ip:1")], "no")


def test_a_busy_installation_raises_no_limit_against_guessing(settings):
    settings.RATE_LIMIT_FACTOR = 100

    assert (LOGIN_PERSON.most, LOGIN_NETWORK.most, attempts.MAIL_HOUR.most, attempts.MAIL_IP.most) == (5, 300, 2, 2000)


# --- Whose address: headers that anybody may write (row 37) -----------------------------------------------------------


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP"])
def test_without_declared_proxies_no_header_counts(header):
    codes = []
    for number in range(31):
        browser = CheckedClient()
        answer = log_in(browser, f"person{number}", WRONG, headers={header: f"10.0.{number}.1"})
        codes.append(answer.status_code)

    assert codes == [200] * 30 + [429]


def test_behind_a_proxy_only_what_it_added_counts(settings):
    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    codes = []
    for number in range(31):
        told = {"X-Forwarded-For": f"10.0.{number}.1, 10.9.{number}.9, 198.51.100.7"}
        codes.append(log_in(CheckedClient(), f"person{number}", WRONG, headers=told).status_code)

    other = log_in(CheckedClient(), "somebody", WRONG, headers={"X-Forwarded-For": "198.51.100.7, 198.51.100.8"})
    assert (codes, other.status_code) == ([200] * 30 + [429], 200)


@pytest.mark.parametrize(
    ("proxies", "told", "found"),
    [
        (0, "10.0.0.1", "192.0.2.1"),
        (1, "10.0.0.1", "10.0.0.1"),
        (1, "10.0.0.9, 10.0.0.1", "10.0.0.1"),
        (2, "10.0.0.9, 10.0.0.1, 10.0.0.2", "10.0.0.1"),
        (2, "10.0.0.1", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "10.0.0.1:4711", "10.0.0.1"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "2001:DB8::1", "2001:db8::1"),
        (1, "not an address", "192.0.2.1"),
        (1, "10.0.0.1, <script>", "192.0.2.1"),
    ],
)
def test_the_clients_address_is_one(settings, proxies, told, found):
    from accounts.adapter import AccountAdapter

    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    request = come_from("192.0.2.1", **{"X-Forwarded-For": told})

    assert (client_ip(request), AccountAdapter().get_client_ip(request)) == (found, found)


def test_what_is_spelled_like_the_proxys_header_does_not_reach_us():
    headers = [(b"x-forwarded-for", b"198.51.100.7"), (b"x_forwarded_for", b"10.0.0.1"), (b"host", b"tracker.example")]

    assert unambiguous(headers) == [headers[0], headers[2]]


# --- Mails ------------------------------------------------------------------------------------------------------------


def test_two_links_an_hour_for_one_address_whoever_asks_for_what(client, with_mail):
    person = PersonFactory()
    codes = [
        CheckedClient(REMOTE_ADDR=f"10.0.{number}.1").post(RESET, {"email": person.email}).status_code
        for number in range(3)
    ]
    registered = sign_up(client, email=person.email.upper())

    assert (codes, registered.status_code, len(mails())) == ([302, 302, 429], 429, 2)


def test_addresses_of_nobody_get_the_same_answers(client, with_mail):
    codes = [client.post(RESET, {"email": "nobody@mail.example"}).status_code for _each in range(3)]

    assert codes == [302, 302, 429]


def test_five_links_a_day(with_mail, time_machine_hours):
    person = PersonFactory()
    codes = []
    for _each in range(6):
        codes.append(CheckedClient().post(RESET, {"email": person.email}).status_code)
        time_machine_hours(1.1)

    assert codes == [302] * 5 + [429]


def test_twenty_links_a_day_for_one_address_of_the_network(with_mail):
    codes = [CheckedClient().post(RESET, {"email": f"p{number}@mail.example"}).status_code for number in range(21)]

    assert codes == [302] * 20 + [429]


@pytest.fixture
def time_machine_hours(monkeypatch):
    from accounts import limits

    moved = {"seconds": 0.0}
    real = limits.time.time
    monkeypatch.setattr("accounts.limits.time.time", lambda: real() + moved["seconds"])

    def forward(hours):
        moved["seconds"] += hours * 3600

    return forward


def test_twenty_accounts_an_hour_from_one_address_of_the_network():
    codes = [
        sign_up(CheckedClient(), username=f"person{number}", email=f"p{number}@mail.example").status_code
        for number in range(21)
    ]

    assert codes == [302] * 20 + [429]


def test_a_form_that_is_refused_for_another_reason_costs_nothing(client):
    for _each in range(25):
        sign_up(client, password1="short")

    assert sign_up(client).status_code == 302


# --- What is recorded -------------------------------------------------------------------------------------------------


def test_wrong_passwords_are_recorded_without_what_was_typed(client):
    person = PersonFactory()

    log_in(client, person.username, "sekret passphrase")
    log_in(client, "sekret.name", "sekret passphrase")

    known = events_about(f"person:{person.pk}").filter(kind="person.log_in_failed").get()
    rows = list(events_of("instance").filter(kind="person.log_in_failed").values_list("subject", "data", "actor"))
    data = {"way": "password", "ip": "127.0.0.1"}
    assert known.data == data
    assert sorted(rows) == [("", data, None), (f"person:{person.pk}", data, None)]


def test_a_log_in_is_recorded_with_its_way(client):
    person = PersonFactory()

    log_in(client, person.username, PASSWORD)

    event = events_about(f"person:{person.pk}").filter(kind="person.logged_in").get()
    assert (event.actor, event.data) == (person, {"ways": ["password"], "ip": "127.0.0.1"})
