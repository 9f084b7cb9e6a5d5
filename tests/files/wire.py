"""What a browser, or whoever is none, sends to the storage: plain HTTP, without boto3."""

import http.client
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit


@dataclass(frozen=True)
class Said:
    """An answer of the storage."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def is_refused(self):
        """Say whether it is a refusal; a 404 or 405 would say that something else was asked."""
        return self.status in {400, 401, 403}


def ask(method, url, body=None, headers=None, length=None):
    """Send one request; `length` is what the header says, whatever the body has."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    headers = dict(headers or {})
    if length is not None:
        headers["Content-Length"] = str(length)
    try:
        connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, body, headers)
        answer = connection.getresponse()
        return Said(answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()})
    finally:
        connection.close()


def changed(url, *, path=None, **query):
    """Return an address with another path, or other values of its query; None takes one out."""
    parts = urlsplit(url)
    values = dict(parse_qsl(parts.query, keep_blank_values=True)) | query
    return urlunsplit(
        parts._replace(
            path=parts.path if path is None else path,
            query=urlencode({name: value for name, value in values.items() if value is not None}),
        )
    )


def unsigned(url):
    """Return an address without its query."""
    return urlunsplit(urlsplit(url)._replace(query=""))
