"""The settings of the bucket: what they should be, and whether it holds them.

Not every S3 has settings of buckets. One that does not know them is found out by questions only and nothing is written
to it, because some take the new setting for something else (config/stack/objectstore.py).
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings

from config.origins import allowed_origins
from files import storage
from files.storage import Reply

# How endpoints say that they do not have a setting. The last is rclone's, for everything that it takes for a creation.
UNKNOWN_CODES = {"NotImplemented", "MethodNotAllowed", "UnsupportedOperation", "XNotImplemented", "BucketAlreadyExists"}
UNKNOWN_STATUS = {405, 501}
FORBIDDEN, NOT_FOUND = 403, 404
DEFAULT_REGION = "us-east-1"
BLOCKED = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


class Verdict(StrEnum):
    """What became of one setting. The first two are fine."""

    HOLDS = "holds"
    UNABLE = "not on this endpoint"
    FORBIDDEN = "not allowed"
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    name: str
    verdict: Verdict
    detail: str = ""

    @property
    def is_fine(self) -> bool:
        """Say whether there is nothing to do about it."""
        return self.verdict in {Verdict.HOLDS, Verdict.UNABLE}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: the names of its two operations, and three questions about what the bucket says it is.

    `wanted` returns what to write, with everything in it that others have set; `lacks` returns in words what is not as
    it should be, or nothing.
    """

    name: str
    read: str
    write: str
    wanted: Callable[[dict[str, Any]], dict[str, Any]]
    lacks: Callable[[dict[str, Any]], str]
    about: Callable[[], str]


def examine(*, change: bool) -> Iterator[Finding]:
    """Yield a finding for the bucket and for each of its settings; with `change` set first what is not so.

    Ends after the bucket where there is none. Raises StorageAway where the endpoint does not answer.
    """
    bucket = _bucket(change=change)
    yield bucket
    if bucket.verdict is Verdict.WRONG:
        return
    knows = knows_settings()
    for setting in SETTINGS:
        yield _settled(setting, change=change) if knows else Finding(setting.name, Verdict.UNABLE)


def knows_settings() -> bool:
    """Say whether the endpoint has settings of buckets at all. One that has not answers every question by a listing."""
    policy = storage.ask_bucket("get_bucket_policy").values.get("Policy")
    if policy is None:
        return True
    try:
        json.loads(policy)
    except ValueError:
        return False
    return True


def _bucket(*, change: bool) -> Finding:
    name = f"bucket {settings.S3_BUCKET}"
    reply = storage.ask_bucket("head_bucket")
    if reply.status == NOT_FOUND and change:
        place = {} if settings.S3_REGION == DEFAULT_REGION else {"LocationConstraint": settings.S3_REGION}
        made = storage.ask_bucket("create_bucket", **({"CreateBucketConfiguration": place} if place else {}))
        if made.code and made.code != "BucketAlreadyOwnedByYou":
            return Finding(name, Verdict.WRONG, f"there is none, and it cannot be made: {made.code}")
        return Finding(name, Verdict.HOLDS, f"made in {settings.S3_REGION}")
    if reply.status == NOT_FOUND:
        return Finding(name, Verdict.WRONG, "there is none; setup_storage without --check makes it")
    if reply.status == FORBIDDEN:
        return Finding(name, Verdict.FORBIDDEN, "it is somebody else's, or these keys may not ask")
    if reply.code:
        return Finding(name, Verdict.WRONG, f"{reply.code}: is it in the region {settings.S3_REGION}?")
    return Finding(name, Verdict.HOLDS)


def _settled(setting: Setting, *, change: bool) -> Finding:
    """Look at one setting; where it is not as it should be and may be changed, change it and look again."""
    found = storage.ask_bucket(setting.read)
    if verdict := _refused(found):
        return Finding(setting.name, verdict, found.code)
    lack = setting.lacks(found.values)
    if not lack:
        return Finding(setting.name, Verdict.HOLDS, setting.about())
    if not change:
        return Finding(setting.name, Verdict.WRONG, lack)
    wrote = storage.ask_bucket(setting.write, **setting.wanted(found.values))
    if wrote.code:
        return Finding(setting.name, _refused(wrote) or Verdict.WRONG, wrote.code)
    if lack := setting.lacks(storage.ask_bucket(setting.read).values):
        return Finding(setting.name, Verdict.WRONG, f"was taken and not kept: {lack}")
    return Finding(setting.name, Verdict.HOLDS, f"{setting.about()} (set now)")


def _refused(reply: Reply) -> Verdict | None:
    """Return what a refusal means; None for an answer, and where the setting has simply never been made."""
    if reply.code in UNKNOWN_CODES or reply.status in UNKNOWN_STATUS:
        return Verdict.UNABLE
    if reply.status == FORBIDDEN:
        return Verdict.FORBIDDEN
    return Verdict.WRONG if reply.code and reply.status != NOT_FOUND else None


# --- Encryption ------------------------------------------------------------------------------------------------------
def _encryption() -> dict[str, Any]:
    if settings.S3_KMS_KEY_ID:
        by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": settings.S3_KMS_KEY_ID}
        return {"ApplyServerSideEncryptionByDefault": by_default, "BucketKeyEnabled": True}
    return {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}


def _encryption_wanted(found: dict[str, Any]) -> dict[str, Any]:
    return {"ServerSideEncryptionConfiguration": {"Rules": [_encryption()]}}


def _encryption_lacks(found: dict[str, Any]) -> str:
    """Without a key of ours anything is right that encrypts: an owner's own key is not replaced by a weaker choice."""
    rules = found.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    by_default = rules[0].get("ApplyServerSideEncryptionByDefault", {}) if rules else {}
    if not by_default.get("SSEAlgorithm"):
        return "objects are not encrypted by default"
    if not settings.S3_KMS_KEY_ID:
        return ""
    if by_default != _encryption()["ApplyServerSideEncryptionByDefault"]:
        return f"by {by_default.get('KMSMasterKeyID') or by_default['SSEAlgorithm']}, not by S3_KMS_KEY_ID"
    return "" if rules[0].get("BucketKeyEnabled") else "without a bucket key each object asks KMS anew"


# --- Public access and versions --------------------------------------------------------------------------------------
def _access_wanted(found: dict[str, Any]) -> dict[str, Any]:
    return {"PublicAccessBlockConfiguration": dict.fromkeys(BLOCKED, True)}


def _access_lacks(found: dict[str, Any]) -> str:
    blocked = found.get("PublicAccessBlockConfiguration", {})
    return ", ".join(f"{name} is off" for name in BLOCKED if not blocked.get(name))


def _versions_wanted(found: dict[str, Any]) -> dict[str, Any]:
    return {"VersioningConfiguration": {"Status": "Enabled"}}


def _versions_lacks(found: dict[str, Any]) -> str:
    return "" if found.get("Status") == "Enabled" else f"versions are {found.get('Status', 'off').lower()}"


# --- Expiry and other origins: lists that are shared with others; ours are known by their names ----------------------
def _expiry() -> list[dict[str, Any]]:
    """Return our rules. What a browser has sent and nobody has fetched goes after a day, versions of it included."""
    prefix = settings.S3_PREFIX
    return [
        {
            "ID": f"plumbline {prefix}incoming",
            "Status": "Enabled",
            "Filter": {"Prefix": f"{prefix}incoming/"},
            "Expiration": {"Days": 1},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        },
        {
            "ID": f"plumbline {prefix}deleted",
            "Status": "Enabled",
            "Filter": {"Prefix": prefix},
            "Expiration": {"ExpiredObjectDeleteMarker": True},
            "NoncurrentVersionExpiration": {"NoncurrentDays": settings.FILE_TRASH_DAYS},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        },
    ]


def _origins() -> list[dict[str, Any]]:
    """Return our one rule: pages of this site, and of no other, may send and fetch."""
    return [
        {
            "ID": f"plumbline {settings.S3_PREFIX}site",
            "AllowedOrigins": sorted(allowed_origins()),
            "AllowedMethods": ["GET", "HEAD", "PUT"],
            "AllowedHeaders": ["content-type"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 3600,
        }
    ]


def _merged(found: list[dict[str, Any]], ours: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = {rule["ID"] for rule in ours}
    return [rule for rule in found if rule.get("ID") not in names] + ours


def _missing(found: list[dict[str, Any]], ours: list[dict[str, Any]]) -> str:
    known = {rule.get("ID"): rule for rule in found}
    wrong = [rule["ID"] for rule in ours if not _agrees(known.get(rule["ID"], {}), rule)]
    return f"no rule, or another one, called {', '.join(map(repr, wrong))}" if wrong else ""


def _agrees(found: dict[str, Any], rule: dict[str, Any]) -> bool:
    """Say whether a rule says what ours does; an endpoint may add values of its own, and order lists as it likes."""
    return all(_plain(found.get(name)) == _plain(value) for name, value in rule.items())


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _expiry_wanted(found: dict[str, Any]) -> dict[str, Any]:
    kept = "TransitionDefaultMinimumObjectSize"
    rules = {"LifecycleConfiguration": {"Rules": _merged(found.get("Rules", []), _expiry())}}
    return rules | ({kept: found[kept]} if kept in found else {})


def _origins_wanted(found: dict[str, Any]) -> dict[str, Any]:
    return {"CORSConfiguration": {"CORSRules": _merged(found.get("CORSRules", []), _origins())}}


SETTINGS = (
    Setting(
        "encryption at rest",
        "get_bucket_encryption",
        "put_bucket_encryption",
        _encryption_wanted,
        _encryption_lacks,
        lambda: f"AWS KMS, {settings.S3_KMS_KEY_ID}" if settings.S3_KMS_KEY_ID else "AES-256 or stronger",
    ),
    Setting(
        "public access blocked",
        "get_public_access_block",
        "put_public_access_block",
        _access_wanted,
        _access_lacks,
        lambda: "by ACLs and by policies",
    ),
    Setting(
        "versions",
        "get_bucket_versioning",
        "put_bucket_versioning",
        _versions_wanted,
        _versions_lacks,
        lambda: f"deleted ones for {settings.FILE_TRASH_DAYS} days",
    ),
    Setting(
        "expiry",
        "get_bucket_lifecycle_configuration",
        "put_bucket_lifecycle_configuration",
        _expiry_wanted,
        lambda found: _missing(found.get("Rules", []), _expiry()),
        lambda: f"{settings.S3_PREFIX}incoming/ after a day",
    ),
    Setting(
        "pages that may send (CORS)",
        "get_bucket_cors",
        "put_bucket_cors",
        _origins_wanted,
        lambda found: _missing(found.get("CORSRules", []), _origins()),
        lambda: " and ".join(sorted(allowed_origins())),
    ),
)
