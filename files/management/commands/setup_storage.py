"""`manage.py setup_storage`: make the bucket what it should be, and prove that files get in and out."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from files import bucket, roundtrip
from files.bucket import Finding, Verdict
from files.storage import StorageError


class Command(BaseCommand):
    """Sets what is not set, reads everything back and prints it. Exits with 1 where something is not as it should be.

    What an endpoint has no setting for is said and no failure. Others' rules of expiry and of origins stay.
    """

    help = "Set up the S3 bucket (encryption, no public access, versions, expiry, CORS) and check that it holds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change no setting; only say what holds")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.S3_BUCKET:
            raise CommandError("There is no bucket: S3_BUCKET is not set.")
        findings = []
        try:
            for finding in self.findings(change=not options["check"]):
                findings.append(finding)
                self.show(finding)
        except StorageError as error:
            where = settings.S3_ENDPOINT_URL or f"S3 in {settings.S3_REGION}"
            raise CommandError(f"{where} does not answer as it should: {error}") from None
        if any(finding.verdict is Verdict.UNABLE for finding in findings):
            self.stdout.write("What the endpoint has no setting for, Plumbline does without.")
        if wrong := sum(not finding.is_fine for finding in findings):
            raise CommandError(f"{wrong} of {len(findings)} are not as they should be.")
        self.stdout.write(self.style.SUCCESS("The storage is ready."))

    def findings(self, *, change: bool) -> Iterator[Finding]:
        """Yield those of the bucket, then those of the way through it, if there is one."""
        first = True
        for finding in bucket.examine(change=change):
            yield finding
            if first and finding.verdict is Verdict.WRONG:
                return
            first = False
        yield from roundtrip.travel()

    def show(self, finding: Finding) -> None:
        """Print one line."""
        style = self.style.SUCCESS if finding.verdict is Verdict.HOLDS else self.style.WARNING
        verdict = style(f"{finding.verdict:<20}") if finding.is_fine else self.style.ERROR(f"{finding.verdict:<20}")
        self.stdout.write(f"{finding.name:<36} {verdict} {finding.detail}".rstrip())
