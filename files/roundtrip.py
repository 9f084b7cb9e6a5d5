"""A file's way through the address that browsers use: sent, fetched, refused without a signature, and deleted again.

It goes without boto3, as a browser does, so that it finds what only browsers would: a public name that leads nowhere,
a proxy that changes what was signed, a clock that is wrong.
"""

import re
import secrets
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from django.conf import settings

from config import clock
from config.origins import allowed_origins
from files import storage
from files.bucket import Finding, Verdict

SECONDS = 10
# S3 itself allows for a quarter of an hour; less may end a link of 60 s before it is used.
SKEW_SECONDS = 30
CODE = re.compile(rb"<Code>(\w+)</Code>")
TYPE = "text/plain"
UNKNOWN_KEY = "InvalidAccessKeyId"
WRONG_SECRET = "SignatureDoesNotMatch"  # noqa: S105 (a code of S3's)
OTHER_CLOCK = {"RequestTimeTooSkewed", "RequestExpired"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `trouble` says why nothing did."""

    status: int = 0
    body: bytes = b""
    headers: dict[str, str] | None = None
    trouble: str = ""

    @property
    def is_success(self) -> bool:
        """Say whether it is a 2xx."""
        return self.status // 100 == 2  # noqa: PLR2004


def travel() -> Iterator[Finding]:
    """Yield a finding for each leg of the way. Raises nothing; what it cannot delete expires with `incoming/`."""
    body = secrets.token_hex(8).encode()
    key = f"incoming/setup-{secrets.token_hex(16)}"
    put = storage.sign_put(key, type=TYPE, size=len(body))
    sent = _ask("PUT", put.url, put.headers, body)
    where = f"through {settings.S3_ORIGIN}"
    if not sent.trouble:
        yield _clock(sent)
    yield Finding("a file arrives", Verdict.HOLDS, where) if sent.is_success else _explained("a file arrives", sent)
    if not sent.is_success:
        return
    yield from _back(key, body, put.url)
    try:
        storage.delete([key])
    except storage.StorageError as error:
        yield Finding("and is deleted", Verdict.WRONG, str(error).rpartition(": ")[2])
    else:
        yield Finding("and is deleted", Verdict.HOLDS)


def _back(key: str, body: bytes, put_url: str) -> Iterator[Finding]:
    link = storage.sign_get(key, type=TYPE, name="setup.txt")
    fetched = _ask("GET", link)
    if fetched.is_success and fetched.body == body:
        yield Finding("and comes back", Verdict.HOLDS)
    else:
        yield _explained("and comes back", fetched)
    plain = _ask("GET", link.partition("?")[0])
    yield _refused("nobody reads it without a signature", plain)
    forged = link[:-1] + ("0" if link[-1] != "0" else "1")
    yield _refused("nor with a forged one", _ask("GET", forged))
    yield _preflight(put_url)


def _clock(answer: Answer) -> Finding:
    """Compare the clocks: what is signed here is judged by theirs."""
    name = "the clocks agree"
    date = (answer.headers or {}).get("date")
    if not date:
        return Finding(name, Verdict.UNABLE, "the endpoint does not tell its time")
    ahead = (clock.now() - parsedate_to_datetime(date)).total_seconds()
    if abs(ahead) <= SKEW_SECONDS:
        return Finding(name, Verdict.HOLDS)
    side = "ahead of" if ahead > 0 else "behind"
    return Finding(name, Verdict.WRONG, f"this machine is {abs(ahead):.0f} s {side} the storage; set its clock")


def _refused(name: str, answer: Answer) -> Finding:
    if answer.trouble:
        return _explained(name, answer)
    if answer.is_success:
        return Finding(name, Verdict.WRONG, "the endpoint gave it away")
    return Finding(name, Verdict.HOLDS, f"answers {answer.status}")


def _preflight(url: str) -> Finding:
    """Ask as a page's browser does before it sends."""
    origin = min(allowed_origins())
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = _ask("OPTIONS", url, headers)
    allowed = (answer.headers or {}).get("access-control-allow-origin", "")
    if answer.is_success and allowed in {origin, "*"}:
        return Finding("pages may send", Verdict.HOLDS, f"from {allowed if allowed != '*' else 'every origin'}")
    if answer.trouble:
        return _explained("pages may send", answer)
    return Finding("pages may send", Verdict.WRONG, f"pages of {origin} are not allowed to (CORS)")


def _ask(method: str, url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Answer:
    request = Request(url, data=body, headers=headers or {}, method=method)  # noqa: S310 (an address of our settings)
    try:
        with urlopen(request, timeout=SECONDS, context=storage.trusted()) as answer:  # noqa: S310
            return Answer(answer.status, answer.read(), _lowered(answer.headers))
    except HTTPError as error:
        with error:
            return Answer(error.code, error.read(), _lowered(error.headers))
    except URLError as error:
        return Answer(trouble=_trouble(error.reason))
    except OSError as error:
        return Answer(trouble=_trouble(error))


def _lowered(headers: object) -> dict[str, str]:
    assert hasattr(headers, "items")
    return {name.lower(): value for name, value in headers.items()}


def _trouble(reason: object) -> str:
    host = urlsplit(settings.S3_PUBLIC_URL).netloc
    if isinstance(reason, socket.gaierror):
        return f"nobody knows the name {host}; is S3_PUBLIC_URL right?"
    if isinstance(reason, ssl.SSLError):
        return f"the certificate of {host} is not accepted: {reason.reason}"
    if isinstance(reason, TimeoutError):
        return f"{host} does not answer within {SECONDS} s; is S3_PUBLIC_URL right?"
    return f"{host} cannot be reached ({type(reason).__name__}); is S3_PUBLIC_URL right?"


def _explained(name: str, answer: Answer) -> Finding:
    """Say what is most likely wrong."""
    if answer.trouble:
        return Finding(name, Verdict.WRONG, answer.trouble)
    match = CODE.search(answer.body)
    code = match[1].decode() if match else ""
    if _clock(answer).verdict is Verdict.WRONG or code in OTHER_CLOCK:
        detail = "the clocks differ too much"
    elif code == UNKNOWN_KEY:
        detail = "S3_ACCESS_KEY_ID is not known there"
    elif code == WRONG_SECRET:
        detail = "S3_SECRET_ACCESS_KEY is wrong, or something on the way to S3_PUBLIC_URL changes host or path"
    else:
        detail = f"{answer.status} {code}".strip()
    return Finding(name, Verdict.WRONG, detail)
