"""Checks of the settings of files: what cannot work is said at the start, and not by the first upload that fails."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 (Django's name)

SCHEMES = {"http", "https"}


@register
def storage_can_work(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Return what is wrong with the settings of the bucket and of the limits; asks nobody."""
    return [*_of_the_bucket(), *_of_the_limits()] if settings.S3_BUCKET else _without_a_bucket()


def _without_a_bucket() -> list[CheckMessage]:
    if settings.ENVIRONMENT != "production":
        return []
    hint = "Set S3_BUCKET and its keys, then run manage.py setup_storage."
    return [Warning("There is no file storage; nobody can add files.", hint=hint, id="plumbline.W002")]


def _of_the_bucket() -> Iterator[CheckMessage]:
    yield from _of_the_addresses()
    if bool(settings.S3_ACCESS_KEY_ID) != bool(settings.S3_SECRET_ACCESS_KEY):
        yield Error(
            "Of S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY only one is set.",
            hint="Set both, or neither where the machine has a role.",
            id="plumbline.E101",
        )
    if settings.S3_PREFIX and (not settings.S3_PREFIX.endswith("/") or settings.S3_PREFIX.startswith("/")):
        yield Error(
            "S3_PREFIX does not end with a slash, or begins with one.",
            hint="Write S3_PREFIX=tracker/.",
            id="plumbline.E102",
        )


def _of_the_addresses() -> Iterator[CheckMessage]:
    for name in ("S3_ENDPOINT_URL", "S3_PUBLIC_URL"):
        address = urlsplit(getattr(settings, name))
        if getattr(settings, name) and (address.scheme not in SCHEMES or not address.hostname):
            yield Error(f"{name} is no address.", hint=f"Write {name}=https://s3.example.org.", id="plumbline.E103")
    public = urlsplit(settings.S3_PUBLIC_URL)
    if settings.HTTPS and public.scheme == "http":
        yield Error(
            "S3_PUBLIC_URL is http and the site is https: browsers send and show nothing then.",
            hint="Put TLS in front of the storage and set S3_PUBLIC_URL=https://….",
            id="plumbline.E104",
        )
    # Cookies know no ports, and S3 does not say nosniff: whatever is shown there had better be of another site.
    if settings.ENVIRONMENT == "production" and public.hostname == settings.SITE.hostname:
        yield Warning(
            "Files come from the host of the site itself.",
            hint="Give the storage a name of its own, best below another domain.",
            id="plumbline.W003",
        )


def _of_the_limits() -> Iterator[CheckMessage]:
    for name, limit in (("FILE_DAY_MB", settings.FILE_DAY_BYTES), ("FILE_PROJECT_MB", settings.FILE_PROJECT_BYTES)):
        if limit < settings.FILE_LIMIT_BYTES:
            yield Error(
                f"FILE_LIMIT_MB is more than {name}: no file of that size could ever be sent.",
                hint=f"Raise {name}, or lower FILE_LIMIT_MB.",
                id="plumbline.E105",
            )
    scanner = settings.CLAMD_ADDRESS
    if scanner and not scanner.startswith("/") and not scanner.rpartition(":")[2].isdecimal():
        yield Error(
            "CLAMD_ADDRESS is neither host:port nor the path of a socket.",
            hint="Write CLAMD_ADDRESS=127.0.0.1:3310, or CLAMD_ADDRESS=/run/clamav/clamd.ctl.",
            id="plumbline.E106",
        )
