"""How often somebody may try to come in, and how many mails about it are sent: the figures of the table of limits.

What is counted for an account is counted for its person however they are named, by username or address, and of people
who do not exist just as well, so that the count says nothing about who does. It stops guessing and nothing else:
sessions, tokens, passkeys and identity providers go on, so it locks nobody out.
"""

import ipaddress
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.limits import DAY, HOUR, MINUTE, Limit, TooMany, give_back, spend
from accounts.models import User
from config.client import client_ip

QUARTER = 15 * MINUTE


@dataclass(frozen=True, slots=True)
class Fixed(Limit):
    """A limit against guessing and flooding, which a busy installation does not raise."""

    @property
    def most(self) -> int:
        """The amount, everywhere."""
        return self.amount


# Of one name as it was typed, of one person by all their names, of one address of the network and of its neighbours.
LOGIN_NAME = Fixed("login-name", 5, QUARTER)
LOGIN_PERSON = Fixed("login-person", 5, QUARTER)
LOGIN_IP = Fixed("login-ip", 30, QUARTER)
LOGIN_NETWORK = Fixed("login-network", 300, QUARTER)
MAIL_HOUR = Fixed("mail-hour", 2, HOUR)
MAIL_DAY = Fixed("mail-day", 5, DAY)
MAIL_IP = Limit("mail-ip", 20, DAY)
# Who logs in by code asks for more of them than for resets; with five guesses each, a code of eight letters holds.
CODE_HOUR = Fixed("code-hour", 5, HOUR)
CODE_DAY = Fixed("code-day", 20, DAY)
CODE_IP = Limit("code-ip", 60, DAY)
CODE_GUESS = Fixed("code-guess", 5, 10 * MINUTE)
CODE_USE = Fixed("code-use", 1, 10 * MINUTE)
SIGN_UP = Limit("sign-up", 20, HOUR)

Spent = tuple[Limit, str]


def spend_all(wanted: Sequence[Spent], sentence: str) -> None:
    """Spend from all of these limits or from none; raises TooMany with the sentence, and with when it works again."""
    done: list[Spent] = []
    for limit, who in wanted:
        try:
            spend(limit, who)
        except TooMany as error:
            give_all_back(done)
            raise _told(sentence, error) from None
        done.append((limit, who))


def give_all_back(spent: Sequence[Spent]) -> None:
    """Take back what was spent together."""
    for limit, who in spent:
        give_back(limit, who)


def spend_login(request: HttpRequest, name: str) -> list[Spent]:
    """Count a try to log in by password as a failure until it succeeds (`give_all_back`); raises TooMany."""
    wanted = [*_network(request), (LOGIN_NAME, folded(name))]
    try:
        spend_all(wanted, _("There were too many wrong passwords."))
    except TooMany as error:
        raise _with_way_out(error) from None
    return wanted


@contextmanager
def guessing(person: User | None, name: str) -> Iterator[Spent | None]:
    """Count one guess of a person's password under any of their names: None where it must not be looked at.

    That is not told apart from a wrong password, or else trying a username and an address in turn would tell whether
    they belong together. For nobody the same is done.
    """
    who = f"person:{person.pk}" if person else f"nobody:{folded(name)}"
    try:
        spend(LOGIN_PERSON, who)
    except TooMany:
        yield None
    else:
        yield LOGIN_PERSON, who


def require_unlocked(person: User) -> None:
    """Raise TooMany while no password of the person is looked at: then no code of theirs is either."""
    who = f"person:{person.pk}"
    try:
        spend(LOGIN_PERSON, who)
    except TooMany as error:
        raise _with_way_out(_told(_("There were too many wrong passwords for this account."), error)) from None
    give_back(LOGIN_PERSON, who)


def unlock(person: User) -> None:
    """Let the person's passwords be looked at again: they have shown that the mailbox is theirs."""
    names = [(LOGIN_PERSON, f"person:{person.pk}")]
    names += [(LOGIN_NAME, folded(name)) for name in (person.username, person.email)]
    for limit, who in names:
        for _each in range(limit.most):
            give_back(limit, who)


def spend_mail(request: HttpRequest, address: str) -> None:
    """Count a mail with a link to an address, known here or not; raises TooMany."""
    wanted = [(MAIL_IP, _ip(request)), (MAIL_DAY, folded(address)), (MAIL_HOUR, folded(address))]
    spend_all(wanted, _("We sent several mails already; the links in them still work."))


def spend_code_mail(request: HttpRequest, address: str) -> None:
    """Count a mail with a code to an address, known here or not; raises TooMany."""
    wanted = [(CODE_IP, _ip(request)), (CODE_DAY, folded(address)), (CODE_HOUR, folded(address))]
    spend_all(wanted, _("We sent several codes already."))


def spend_sign_up(request: HttpRequest) -> None:
    """Count a new account from an address of the network; raises TooMany."""
    spend_all([(SIGN_UP, _ip(request))], _("Too many accounts were created from your network."))


def may_guess_code(code: str) -> bool:
    """Count a guess of a code that was sent; False from the sixth on, whatever it says."""
    return _once_more(CODE_GUESS, code)


def may_use_code(code: str) -> bool:
    """Say whether a code that was guessed right is used for the first time: of several at once, one is told True."""
    return _once_more(CODE_USE, code)


def folded(name: str) -> str:
    """Return a name as all its spellings are counted (Unicode TR 36, 2.11.2: NFKC, then without case)."""
    return unicodedata.normalize("NFKC", name.strip()).casefold()[:254]


def _once_more(limit: Limit, who: str) -> bool:
    try:
        spend(limit, who)
    except TooMany:
        return False
    return True


def _network(request: HttpRequest) -> list[Spent]:
    ip = client_ip(request)
    return [(LOGIN_NETWORK, _block(ip, 24, 48)), (LOGIN_IP, _ip(request))]


def _ip(request: HttpRequest) -> str:
    """Return whom an address of the network stands for: one of IPv4, or the 64 bits that one customer of IPv6 has."""
    return _block(client_ip(request), 32, 64)


def _block(ip: str, four: int, six: int) -> str:
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return f"ip:{ip}"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return f"ip:{ipaddress.ip_network((address, four if address.version == 4 else six), strict=False)}"  # noqa: PLR2004


def _with_way_out(error: TooMany) -> TooMany:
    """Return the error with a link to what ends the wait: a new password, by a mail to its person."""
    if not settings.CAN_MAIL:
        return error
    way = {"href": reverse("account_reset_password"), "link": _("Choose a new password")}
    return TooMany(str(error), context={**error.context, **way})


def _told(sentence: str, error: TooMany) -> TooMany:
    minutes = ceil(error.context["retry_after"] / MINUTE)
    again = ngettext("Try again in %(num)d minute.", "Try again in %(num)d minutes.", minutes) % {"num": minutes}
    return TooMany(f"{sentence} {again}", context=error.context)
