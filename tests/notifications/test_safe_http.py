"""The HTTP client for addresses that people typed: it is never led into our own network (rows 26 to 29)."""

import ipaddress
import re
import socket
import time
from pathlib import Path

import pytest

from notifications import safe_http
from tests.guards import ROOT
from tests.notifications.receiver import receiving

INSIDE = [
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.1.1",
    "169.254.169.254",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
]
# Where a resolver is asked, it answers 127.0.0.1 or another address of this machine.
SPELLINGS = ["127.1", "0", "0x7f.1", "0x7f000001", "2130706433", "017700000001", "localhost", "localhost.", "[::1]"]


@pytest.fixture
def ports(settings):
    settings.WEBHOOK_PORTS = [80, 443, 8080]


@pytest.mark.parametrize("address", INSIDE)
def test_inner_address_is_refused(address):
    with pytest.raises(safe_http.Unsafe):
        safe_http.judge_address(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111"])
def test_public_address_is_allowed(address):
    safe_http.judge_address(ipaddress.ip_address(address))


def test_allowed_network_is_allowed_but_never_its_credentials(settings):
    settings.WEBHOOK_NETWORKS = ["169.254.0.0/16", "10.1.0.0/16", "0.0.0.0/0", "::/0"]

    safe_http.judge_address(ipaddress.ip_address("10.1.2.3"))

    for address in ("169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "fd00:ec2::254"):
        with pytest.raises(safe_http.Unsafe):
            safe_http.judge_address(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_this_machine_is_asked(ports, host, settings):
    with receiving() as trap:
        settings.WEBHOOK_PORTS = [80, trap.port]

        with pytest.raises((safe_http.Unsafe, safe_http.Unreachable)):
            safe_http.post(f"http://{host}:{trap.port}/", b"{}", {})

    assert trap.got == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://mail.example/",
        "file:///etc/passwd",
        "gopher://mail.example/",
        "//mail.example/",
        "http://",
        "https://name:word@mail.example/",
        "https://mail.example@127.0.0.1/",
        "https://mail.example:22/",
        "https://mail.example:5432/",
        "https://mail.example:6379/",
        "https://mail.example:99999/",
        "https://mail.example/\r\nHost: inner",
        "https://mail.example\\@127.0.0.1/",
        "https://mail.example/ x",
        "https://mail.example/" + "x" * 500,
        "http://[::1",
        "",
    ],
)
def test_odd_address_is_refused_unasked(ports, url):
    with pytest.raises(safe_http.Unsafe):
        safe_http.judge_url(url)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(settings, status):
    settings.WEBHOOK_NETWORKS = ["127.0.0.1/32"]
    with receiving() as trap, receiving() as told:
        settings.WEBHOOK_PORTS = [trap.port, told.port]
        told.status, told.headers = status, {"Location": trap.url}

        reply = safe_http.post(told.url, b"{}", {})

    assert (reply.status, len(told.got), trap.got) == (status, 1, [])


def test_second_look_up_leads_nowhere_else(settings, monkeypatch):
    """A name that answers a public address first and this machine afterwards: the address that was judged is asked."""
    asked = []

    def answer(host, port, *args, **kwargs):
        asked.append(str(host))
        address = "203.0.113.7" if host == "rebind.example" and asked.count(host) > 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    settings.WEBHOOK_NETWORKS = ["127.0.0.1/32"]
    with receiving() as told:
        settings.WEBHOOK_PORTS = [told.port]
        monkeypatch.setattr(socket, "getaddrinfo", answer)

        safe_http.post(f"http://rebind.example:{told.port}/", b"{}", {})

    assert asked.count("rebind.example") == 1
    assert told.got[0][0]["Host"] == f"rebind.example:{told.port}"


def test_one_inner_address_among_several_refuses_all(settings, monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("1.1.1.1", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)

    with pytest.raises(safe_http.Unsafe):
        safe_http.post("http://both.example/", b"{}", {})


def test_dripping_answer_is_ended_in_time(settings, monkeypatch):
    settings.WEBHOOK_NETWORKS = ["127.0.0.1/32"]
    monkeypatch.setattr(safe_http, "TOTAL_SECONDS", 1.0)
    with receiving() as told:
        settings.WEBHOOK_PORTS = [told.port]
        told.answer, told.drip = b"x" * 100, 0.2
        began = time.monotonic()

        reply = safe_http.post(told.url, b"{}", {}, keep=4096)

    assert (reply.status, len(reply.body) < 20, time.monotonic() - began < 3) == (200, True, True)


def test_silent_address_is_given_up_in_time(settings, monkeypatch):
    settings.WEBHOOK_NETWORKS = ["127.0.0.1/32"]
    monkeypatch.setattr(safe_http, "TOTAL_SECONDS", 1.0)
    with receiving() as told:
        settings.WEBHOOK_PORTS = [told.port]
        told.pause = 4
        began = time.monotonic()

        with pytest.raises(safe_http.Unreachable, match="No answer within"):
            safe_http.post(told.url, b"{}", {})

    assert time.monotonic() - began < 3


def test_endless_answer_is_cut_off(settings):
    settings.WEBHOOK_NETWORKS = ["127.0.0.1/32"]
    with receiving() as told:
        settings.WEBHOOK_PORTS = [told.port]
        told.answer = b"x" * (3 * safe_http.MOST_BYTES)

        reply = safe_http.post(told.url, b"{}", {}, keep=10)

    assert (reply.status, reply.body) == (200, b"x" * 10)


def test_proxies_of_the_environment_count_for_nothing(settings, monkeypatch):
    settings.WEBHOOK_NETWORKS = ["127.0.0.1/32"]
    with receiving() as told, receiving() as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        settings.WEBHOOK_PORTS = [told.port]

        safe_http.post(told.url, b"{}", {})

    assert (len(told.got), proxy.got) == (1, [])


def test_nothing_else_of_ours_is_an_http_client():
    """Static half of row 29: libraries that fetch are imported by the files below and nowhere else."""
    client = re.compile(
        r"^\s*(?:import|from) (?:requests|httpx|aiohttp|urllib3|http\.client|urllib\.request)\b", re.MULTILINE
    )
    apps = ("accounts", "projects", "files", "chat", "issues", "notifications", "config")

    found = {
        str(path.relative_to(ROOT))
        for app in apps
        for path in Path(ROOT, app).rglob("*.py")
        if client.search(path.read_text()) and "stack" not in path.parts
    }

    # The addresses of the bucket and of identity providers are settings of the installation, nobody's input.
    bucket, providers = {"files/storage.py", "files/roundtrip.py"}, {"accounts/views/entering.py"}
    assert found == {"notifications/safe_http.py", *bucket, *providers}
