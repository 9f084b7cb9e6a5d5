"""The only HTTP client of ours: for addresses that people typed, which must never lead into our own network.

The name is looked up once, every address it has is judged, and the connection goes to the address that was judged, so
that a second look-up cannot lead elsewhere. No redirects, no proxies of the environment, and limits on time and size
(rows 26–29 of the plan: redirects, rebinding, guards with holes).
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

CONNECT_SECONDS = 2.0
TOTAL_SECONDS = 5.0
MOST_BYTES = 1024 * 1024
LONGEST_URL = 500
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# Where clouds answer with the machine's own credentials; no setting lets anybody there.
METADATA = frozenset(
    map(ipaddress.ip_address, ("169.254.169.254", "169.254.170.2", "100.100.100.200", "fd00:ec2::254"))
)
# IPv6 addresses that a gateway turns into the IPv4 address in their last 32 bits (RFC 6052, RFC 8215, RFC 4291).
EMBEDDING = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")))


class Unsafe(Exception):
    """The address may not be asked; `str()` says why, for people."""


class Unreachable(Exception):
    """Nobody answered in time, or not in HTTP; `str()` says what happened."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the status and at most `keep` bytes of the body."""

    status: int
    body: bytes
    seconds: float


def judge_url(url: str) -> SplitResult:
    """Return the parts of an address that may be asked as far as its text tells, or raise Unsafe. Looks nothing up."""
    if len(url) > LONGEST_URL or any(ord(sign) <= 32 or ord(sign) == 127 for sign in url) or "\\" in url:  # noqa: PLR2004
        raise Unsafe(_("The address is too long, or has signs that no address has."))
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Unsafe(_("This is not an address.")) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Unsafe(_("The address begins with https:// or http:// and names a host."))
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise Unsafe(_("The address may hold no name and password. Every request is signed instead."))
    if port not in settings.WEBHOOK_PORTS:
        ports = ", ".join(map(str, settings.WEBHOOK_PORTS))
        raise Unsafe(_("Port %(port)s is not allowed; these are: %(ports)s.") % {"port": port, "ports": ports})
    return parts


def judge_address(address: Address) -> None:
    """Raise Unsafe unless the address is one of the public internet, or an administrator allowed its network."""
    for inner in _meanings(address):
        if inner in METADATA:
            raise Unsafe(_("The address leads to the machine's own credentials."))
    if any(address in network for network in _allowed() if network.version == address.version):
        return
    for inner in _meanings(address):
        if not inner.is_global or inner.is_multicast or inner.is_reserved:
            raise Unsafe(
                _("The address leads into a private network. An administrator can allow it: WEBHOOK_NETWORKS.")
            )


def post(url: str, body: bytes, headers: Mapping[str, str], *, keep: int = 4096) -> Reply:
    """Send one POST and return its answer, whatever its status, a redirect included. Raises Unsafe or Unreachable.

    Takes at most TOTAL_SECONDS beyond the look-up of the name, which has CONNECT_SECONDS of its own.
    """
    parts = judge_url(url)
    host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
    addresses = resolve(host, port)
    for address in addresses:
        judge_address(address)
    began = time.monotonic()
    connection = _Pinned(host, port, addresses[0], parts.scheme == "https")
    ender = threading.Timer(TOTAL_SECONDS, connection.end)
    ender.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, {**headers, "Host": parts.netloc, "Connection": "close"})
        answer = connection.getresponse()
        told = answer.read(keep)
        _skim(answer)
        return Reply(answer.status, told, time.monotonic() - began)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(_words(error, time.monotonic() - began)) from error
    finally:
        ender.cancel()
        connection.close()


def resolve(host: str, port: int) -> list[Address]:
    """Return every address of a name; raises Unreachable where it has none or nobody says in time."""
    if literal := _literal(host):
        return [literal]
    pool = ThreadPoolExecutor(1)
    try:
        found = pool.submit(socket.getaddrinfo, host.rstrip("."), port, type=socket.SOCK_STREAM).result(CONNECT_SECONDS)
    except TimeoutError:
        raise Unreachable(_("The name could not be looked up in time.")) from None
    except (OSError, UnicodeError):
        raise Unreachable(_("The name has no address.")) from None
    finally:
        pool.shutdown(wait=False)
    addresses = [ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in found]
    if not addresses:
        raise Unreachable(_("The name has no address."))
    return addresses


def _literal(host: str) -> Address | None:
    """Return the address that a host is, also as the C library reads it: 127.1, 0x7f.1, 2130706433."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


class _Pinned(http.client.HTTPConnection):
    """A connection to one judged address, which is asked and checked as `host`."""

    def __init__(self, host: str, port: int, address: Address, tls: bool) -> None:  # noqa: FBT001 (private)
        super().__init__(host, port, timeout=CONNECT_SECONDS)
        self.address, self.tls = address, tls
        # http.client lets go of its socket once the answer begins; the answer is still read from it.
        self.wire: socket.socket | None = None

    def connect(self) -> None:
        self.sock: Any = socket.create_connection((str(self.address), self.port), CONNECT_SECONDS)
        if self.tls:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
        self.sock.settimeout(TOTAL_SECONDS)
        self.wire = self.sock

    def end(self) -> None:
        """Break off, also in the middle of an answer that drips."""
        if self.wire is not None:
            try:
                self.wire.shutdown(socket.SHUT_RDWR)
            except OSError:
                return


def _skim(answer: http.client.HTTPResponse) -> None:
    """Read the rest up to MOST_BYTES, so that the other side may finish; more is cut off."""
    left = MOST_BYTES
    while left > 0 and (piece := answer.read(min(left, 65_536))):
        left -= len(piece)


def _meanings(address: Address) -> list[Address]:
    """Return an address and the IPv4 addresses that it stands for: mapped, 6to4, Teredo, or through a gateway."""
    found: list[Address] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        teredo = address.teredo or ()
        found += [inner for inner in (address.ipv4_mapped, address.sixtofour, *teredo) if inner is not None]
        if any(address in network for network in EMBEDDING):
            found.append(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    return found


def _allowed() -> list[Network]:
    return [ipaddress.ip_network(network) for network in settings.WEBHOOK_NETWORKS]


def _words(error: Exception, seconds: float) -> str:
    if isinstance(error, TimeoutError) or seconds >= TOTAL_SECONDS:
        return _("No answer within %s seconds.") % int(TOTAL_SECONDS)
    if isinstance(error, ssl.SSLError):
        return _("The certificate is not valid: %s") % getattr(error, "verify_message", error.reason)
    if isinstance(error, ConnectionRefusedError):
        return _("Nobody listens there.")
    return _("The connection broke: %s") % type(error).__name__
