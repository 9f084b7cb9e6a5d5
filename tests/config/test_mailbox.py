"""The mailbox of the local stack: it takes what is sent, keeps it, and shows it without letting it do anything."""

import os
import smtplib
import stat
import subprocess
import sys
import time
from email.message import EmailMessage

import pytest

from config.env import mailbox as read_address
from config.mailbox import store
from config.mailbox.store import Mailbox
from config.stack.options import read_options
from config.stack.supervisor import Supervisor
from tests.config.stacks import ROOT, free_port

EVIL = (
    "<html><body><script>alert(1)</script><p>Hello <a href='https://tracker.example/BUG-1/'>BUG-1</a></p></body></html>"
)


def letter(to="ana@mail.example", subject="Hello", html=EVIL):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "tracker@mail.example", to, subject
    mail.set_content("See https://tracker.example/BUG-1/ for more.\n")
    mail.add_alternative(html, subtype="html")
    return mail


@pytest.fixture
def mailbox(settings, tmp_path):
    settings.ROOT_URLCONF = "tests.config.mailboxurls"
    settings.MAILBOX_FOLDER = tmp_path / "mail"
    settings.MAILBOX = "127.0.0.1:1"
    return Mailbox(settings.MAILBOX_FOLDER)


def test_a_mail_is_kept_and_read_again(mailbox):
    name = mailbox.keep(bytes(letter(subject="Grüße ⛴")), ["ana@mail.example", "ben@mail.example"])

    kept = mailbox.read(name)

    assert (kept.subject, kept.recipients) == ("Grüße ⛴", ["ana@mail.example", "ben@mail.example"])
    assert kept.part("plain") == "See https://tracker.example/BUG-1/ for more.\n"
    assert kept.part("html").strip() == EVIL


def test_only_the_newest_are_kept_and_nobody_else_may_read_them(mailbox, monkeypatch):
    monkeypatch.setattr(store, "KEEP", 3)

    names = [mailbox.keep(bytes(letter(subject=str(number))), ["ana@mail.example"]) for number in range(5)]

    assert mailbox.names() == names[:1:-1]
    assert stat.S_IMODE(mailbox.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in mailbox.folder.iterdir()} == {0o600}


@pytest.mark.parametrize(
    "name", ["../secret_key", "20250101T000000-000000-0000000g", "", "20250101T000000-000000-00000000"]
)
def test_only_mails_are_read(mailbox, name):
    mailbox.keep(bytes(letter()), ["ana@mail.example"])
    (mailbox.folder.parent / "secret_key.eml").write_text("hidden")

    assert mailbox.read(name) is None


def test_the_server_keeps_what_it_is_sent_until_it_is_asked_to_stop(tmp_path):
    port = free_port()
    command = [sys.executable, "-m", "config.mailbox.server", f"127.0.0.1:{port}", str(tmp_path / "mail")]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        deliver(port, letter(to="ana@mail.example"))
    finally:
        began = time.monotonic()
        process.terminate()
        status = process.wait(10)

    kept = Mailbox(tmp_path / "mail").newest(10)
    assert [mail.recipients for mail in kept] == [["ana@mail.example"]]
    assert (status, time.monotonic() - began < 1.2) == (0, True)


def deliver(port, mail):
    until = time.monotonic() + 20
    while True:
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=5) as connection:
                connection.send_message(mail)
                return
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.05)


@pytest.mark.django_db
class TestPages:
    def test_the_list_has_the_newest_first(self, mailbox, client):
        for number in range(3):
            mailbox.keep(bytes(letter(subject=f"Mail number {number}")), ["ana@mail.example"])

        page = client.get("/_mail/").content.decode()

        places = [page.index(f"Mail number {number}") for number in range(3)]
        assert places == sorted(places, reverse=True)

    def test_the_list_is_searched_by_recipient(self, mailbox, client):
        mailbox.keep(bytes(letter(subject="For Ana")), ["ana@mail.example"])
        mailbox.keep(bytes(letter(subject="For Ben")), ["ben@mail.example"])

        page = client.get("/_mail/", {"to": "BEN@"}).content.decode()

        assert ("For Ana" in page, "For Ben" in page) == (False, True)

    def test_an_empty_mailbox_says_what_comes_here(self, mailbox, client, settings):
        assert "No mail yet" in client.get("/_mail/").content.decode()
        assert "No mail to this address" in client.get("/_mail/", {"to": "ana"}).content.decode()

        settings.MAILBOX = ""

        assert "No mail is caught here" in client.get("/_mail/").content.decode()

    def test_a_mail_shows_text_headers_and_source_and_frames_its_html(self, mailbox, client):
        name = mailbox.keep(bytes(letter(subject="<b>Bold</b>")), ["ana@mail.example"])

        response = client.get(f"/_mail/{name}/")

        page = response.content.decode()
        assert f'src="/_mail/{name}/html/"' in page
        assert 'href="https://tracker.example/BUG-1/"' in page
        assert "<b>Bold</b>" not in page
        assert "<script>alert(1)" not in page
        assert "frame-src 'self'" in response.headers["Content-Security-Policy"]

    def test_the_html_of_a_mail_can_do_nothing(self, mailbox, client):
        client.checks_pages = False
        name = mailbox.keep(bytes(letter()), ["ana@mail.example"])

        response = client.get(f"/_mail/{name}/html/")

        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';")
        assert "script" not in policy
        assert response.headers["X-Frame-Options"] == "SAMEORIGIN"

    @pytest.mark.parametrize("page", ["", "html/"])
    def test_an_unknown_mail_is_not_found(self, mailbox, client, page):
        assert client.get(f"/_mail/20250101T000000-000000-00000000/{page}").status_code == 404

    def test_there_is_none_beside_development(self, client):
        assert client.get("/_mail/").status_code == 404


def test_an_address_is_read():
    assert read_address("127.0.0.1:2525") == {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": 2525}
    assert read_address("") == {}


@pytest.mark.parametrize(
    ("given", "caught"),
    [({}, True), ({"EMAIL_URL": "smtp://mail.example"}, False), ({"PLUMBLINE_ENV": "production"}, False)],
)
def test_mails_are_caught_where_they_have_no_way(given, caught, tmp_path):
    options = read_options({"PLUMBLINE_DATA": str(tmp_path), **given})

    assert (options.mailbox, bool(Supervisor(options).mailbox)) == (caught, caught)


def test_with_a_mailbox_newcomers_confirm_their_address():
    code = "from config.settings import *; print(CAN_MAIL, EMAIL_HOST, EMAIL_PORT, ACCOUNT_EMAIL_VERIFICATION)"

    assert settings_with(code, PLUMBLINE_MAILBOX="127.0.0.1:2525") == ("True 127.0.0.1 2525 mandatory")
    assert settings_with(code, PLUMBLINE_MAILBOX="127.0.0.1:2525", EMAIL_URL="smtp://mail.example") == (
        "True mail.example 25 mandatory"
    )
    assert settings_with("from config.settings import *; print(CAN_MAIL)") == "False"


def settings_with(code, **variables):
    environment = {name: value for name, value in os.environ.items() if name not in {"EMAIL_URL", "PLUMBLINE_MAILBOX"}}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment | variables, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
