"""The S3 bucket: the one module that speaks its protocol. Signing is arithmetic and asks nobody; the rest may fail.

Whatever goes wrong on the way is a StorageError, and a StorageAway where another try may succeed.
"""

import base64
import hashlib
import os
import re
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib import request as web
from urllib.error import HTTPError
from urllib.parse import quote

from django.conf import settings

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.credentials import Credentials

# A request that S3 does not begin to answer within these seconds is given up; twice more is tried.
CONNECT_SECONDS, READ_SECONDS, TRIES = 2, 5, 3
# Where a page shows something else instead, nobody waits for as long, and only once.
HURRIED_SECONDS = 1.5
PUT_SECONDS, GET_SECONDS = 300, 60
BATCH = 1000
PIECE = 256 * 1024
MISSING = {"404", "NoSuchKey", "NotFound"}
# Somebody will see to it: a bucket that is not there says nothing about any object.
LATER = {"SlowDown", "RequestTimeout", "NoSuchBucket"}
CODE = re.compile(rb"<Code>(\w+)</Code>")
# An answer that says what is wrong is no longer.
REFUSAL_BYTES = 4096
AMAZON = "https://s3.{}.amazonaws.com"


class StorageError(Exception):
    """The storage said no, or something that makes no sense."""


class StorageAway(StorageError):
    """The storage does not answer, or asks to come back later."""


class ObjectMissing(StorageError):
    """There is no object under the key."""


@dataclass(frozen=True, slots=True)
class SignedPut:
    """Where and with which headers a browser puts one object. Good for PUT_SECONDS."""

    url: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the storage said to a question about the bucket itself. `code` is empty where it is no refusal."""

    code: str
    status: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stored:
    """An object of the bucket."""

    key: str
    size: int
    modified: datetime


def client() -> Any:
    """Return the process's own S3 client.

    boto3 is imported where it is first needed: it costs 0.4 s and 26 MiB. What a web process does needs none.
    """
    return _client(settings.S3_ENDPOINT_URL)


@lru_cache(maxsize=4)
def _client(endpoint: str) -> "BaseClient":
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    keys = {}
    if settings.S3_ACCESS_KEY_ID:
        keys = {
            "aws_access_key_id": settings.S3_ACCESS_KEY_ID,
            "aws_secret_access_key": settings.S3_SECRET_ACCESS_KEY,
        }
    # Without the version botocore signs for other endpoints than Amazon's in the old way, which none of them takes.
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": TRIES, "mode": "standard"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    session = boto3.session.Session()
    return session.client("s3", endpoint_url=endpoint or None, region_name=settings.S3_REGION, config=config, **keys)


def full_key(key: str) -> str:
    """Return the key within the bucket of what we call `key`."""
    return f"{settings.S3_PREFIX}{key}"


def sign_put(key: str, *, type: str, size: int) -> SignedPut:  # noqa: A002 (S3's own word)
    """Sign the upload of exactly `size` bytes of exactly this type to exactly this key. No request is made."""
    url = _signed(
        "PUT", settings.S3_PUBLIC_URL, key, PUT_SECONDS, headers={"Content-Length": str(size), "Content-Type": type}
    )
    return SignedPut(url, {"Content-Type": type})


def sign_get(key: str, *, type: str, name: str, inline: bool = False, seconds: int = GET_SECONDS) -> str:  # noqa: A002
    """Sign the download of an object, with the type and the name that the answer will carry. No request is made."""
    answer = {
        "response-content-type": type,
        "response-content-disposition": disposition(name, inline=inline),
        "response-cache-control": "private, no-store",
    }
    return _signed("GET", settings.S3_PUBLIC_URL, key, seconds, query=answer)


def _signed(
    method: str,
    endpoint: str,
    key: str,
    seconds: int,
    *,
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
) -> str:
    """Sign for one of the storage's names, headers included (Signature Version 4 in the query).

    The client would do the same to the letter, many times slower and with its 26 MiB.
    """
    from botocore.auth import S3SigV4QueryAuth  # noqa: PLC0415
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415

    url = f"{endpoint.rstrip('/')}/{quote(f'{settings.S3_BUCKET}/{full_key(key)}', safe='/~')}"
    request = AWSRequest(method=method, url=url, headers=headers, params=query or {})
    keys = _credentials(settings.S3_ACCESS_KEY_ID, settings.S3_SECRET_ACCESS_KEY).get_frozen_credentials()
    S3SigV4QueryAuth(keys, "s3", settings.S3_REGION, seconds).add_auth(request)
    return str(request.url)


@lru_cache(maxsize=4)
def _credentials(access: str, secret: str) -> "Credentials":
    """Return the keys, or without any those of the machine's role, which renew themselves."""
    if access:
        from botocore.credentials import Credentials  # noqa: PLC0415

        return Credentials(access, secret)
    from botocore.session import get_session  # noqa: PLC0415

    found = get_session().get_credentials()
    if found is None:
        raise StorageError("there are neither keys nor a role")
    return found


def disposition(name: str, *, inline: bool = False) -> str:
    """Return a Content-Disposition that names a file of any letters (RFC 6266 4.3, RFC 8187), and splits no header."""
    ascii_name = "".join(sign if " " <= sign <= "~" and sign not in '"\\%' else "_" for sign in name)
    return f"{'inline' if inline else 'attachment'}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"


def head(key: str) -> int:
    """Return the size of an object in bytes. Raises ObjectMissing, StorageAway or StorageError.

    The answer is the same where there is no bucket; then another request tells, and it is StorageAway.
    """
    try:
        with _told(key):
            size: int = client().head_object(**_place(key))["ContentLength"]
    except ObjectMissing:
        if ask_bucket("head_bucket").status == 404:  # noqa: PLR2004
            raise StorageAway(f"{key}: there is no bucket") from None
        raise
    return size


def download(key: str, target: BinaryIO, *, at_most: int) -> str:
    """Write an object to a file and return its SHA-256 in hexadecimal.

    Raises StorageAway where fewer bytes came than the storage had announced, StorageError where there are more than
    `at_most`, ObjectMissing where there is none.
    """
    digest, done = hashlib.sha256(), 0
    with _told(key):
        answer = client().get_object(**_place(key))
        announced = answer["ContentLength"]
        for piece in answer["Body"].iter_chunks(PIECE):
            done += len(piece)
            if done > at_most:
                raise StorageError(f"{key} is longer than {at_most} bytes")
            digest.update(piece)
            target.write(piece)
    if done != announced:
        raise StorageAway(f"{key}: {done} of {announced} bytes came")
    return digest.hexdigest()


def read(key: str, *, at_most: int, seconds: float = READ_SECONDS) -> bytes:
    """Return a small object whole. Raises as `download` does; StorageAway soon after `seconds`, without another try.

    One signed request without the client, which would cost every web process that shows a face its 26 MiB.
    """
    ends = time.monotonic() + seconds
    with _told(key):
        url = _signed("GET", settings.S3_ENDPOINT_URL or AMAZON.format(settings.S3_REGION), key, GET_SECONDS)
        with _opener().open(url, timeout=seconds) as answer:
            announced = int(answer.headers.get("Content-Length", -1))
            body = _read_until(answer, at_most + 1, ends)
    if len(body) > at_most:
        raise StorageError(f"{key} is longer than {at_most} bytes")
    if len(body) != announced:
        raise StorageAway(f"{key}: {len(body)} of {announced} bytes came")
    return body


def _read_until(answer: HTTPResponse, size: int, ends: float) -> bytes:
    """Return up to `size` bytes. Raises TimeoutError for what only trickles: each wait alone has its limit already."""
    body = bytearray()
    while len(body) < size and (piece := answer.read1(size - len(body))):
        body += piece
        if time.monotonic() > ends:
            raise TimeoutError
    return bytes(body)


def trusted() -> ssl.SSLContext:
    """Return whose certificates are accepted: those that the client reads, otherwise the machine's."""
    return ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))


@lru_cache(maxsize=1)
def _opener() -> web.OpenerDirector:
    """Return what asks as the client does: through the machine's proxies, trusting whom it trusts.

    It follows no redirection, because a signature is for one name alone.
    """
    opener = web.OpenerDirector()
    for handler in (
        web.ProxyHandler(),
        web.UnknownHandler(),
        web.HTTPHandler(),
        web.HTTPSHandler(context=trusted()),
        web.HTTPErrorProcessor(),
        web.HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    return opener


def upload(key: str, source: BinaryIO, *, type: str, sha256: str, size: int) -> None:  # noqa: A002
    """Store a file's bytes; the storage compares them with the digest where it can. Asks for the size afterwards.

    Raises StorageError where it is refused, and StorageAway also where what lies there then is not what was sent.
    """
    checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
    with _told(key):
        client().put_object(**_place(key), Body=source, ContentType=type, ContentLength=size, ChecksumSHA256=checksum)
    try:
        found = head(key)
    except ObjectMissing:
        raise StorageAway(f"{key}: nothing lies there, {size} bytes were sent") from None
    if found != size:
        raise StorageAway(f"{key}: {found} bytes lie there, {size} were sent")


def delete(keys: Iterable[str]) -> None:
    """Delete objects, a thousand with each request; one that is gone already counts as deleted.

    Raises StorageAway or StorageError; some may be deleted then.
    """
    rest = list(keys)
    while rest:
        batch, rest = rest[:BATCH], rest[BATCH:]
        with _told(batch[0]):
            named = [{"Key": full_key(key)} for key in batch]
            answer = client().delete_objects(Bucket=settings.S3_BUCKET, Delete={"Objects": named, "Quiet": True})
        if refused := answer.get("Errors"):
            raise StorageError(f"{len(refused)} objects were not deleted: {refused[0].get('Message', '')}")


def listed(prefix: str) -> Iterator[Stored]:
    """Yield every object below a prefix, a thousand with each request, ordered by key."""
    skip = len(settings.S3_PREFIX)
    with _told(prefix):
        pages = client().get_paginator("list_objects_v2").paginate(Bucket=settings.S3_BUCKET, Prefix=full_key(prefix))
        for page in pages:
            for each in page.get("Contents", []):
                yield Stored(each["Key"][skip:], each["Size"], each["LastModified"])


def ask_bucket(operation: str, **values: Any) -> Reply:
    """Ask for a setting of the bucket, or change one. A refusal is an answer like others; StorageAway where none comes.

    Never for tags: there are servers that store the tags in the place of the object.
    """
    from botocore.exceptions import ClientError, ParamValidationError  # noqa: PLC0415

    with _told(settings.S3_BUCKET):
        try:
            answer = getattr(client(), operation)(Bucket=settings.S3_BUCKET, **values)
        except ClientError as error:
            about = error.response
            return Reply(str(about["Error"].get("Code", "")), about["ResponseMetadata"]["HTTPStatusCode"], {})
        except ParamValidationError as error:
            raise StorageError(str(error)) from None
    return Reply("", answer.pop("ResponseMetadata")["HTTPStatusCode"], answer)


def _place(key: str) -> dict[str, str]:
    return {"Bucket": settings.S3_BUCKET, "Key": full_key(key)}


@contextmanager
def _told(key: str) -> Iterator[None]:
    """Turn others' errors into ours; none of them names an address, because that may carry a signature."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        raise _refusal(key, code, status) from None
    except HTTPError as error:
        raise _refusal(key, _code_of(error), error.code) from None
    except (BotoCoreError, HTTPException, OSError) as error:
        raise StorageAway(f"{key}: {type(error).__name__}") from None


def _refusal(key: str, code: str, status: int) -> StorageError:
    if code in MISSING:
        return ObjectMissing(key)
    kind = StorageAway if status >= 500 or code in LATER else StorageError  # noqa: PLR2004
    return kind(f"{key}: {code or status}")


def _code_of(error: HTTPError) -> str:
    """Return the storage's own word for what is wrong, or the number where it says none. Closes the answer."""
    with error:
        try:
            found = CODE.search(error.read(REFUSAL_BYTES))
        except (HTTPException, OSError):
            found = None
    return found[1].decode() if found else str(error.code)
