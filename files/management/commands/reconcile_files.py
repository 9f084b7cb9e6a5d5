"""`manage.py reconcile_files`: compare the files with the objects of the storage, and mend what can be mended."""

from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from files.reconciling import SENTENCES, Finding, Problem, compare
from files.services.mending import mend
from files.storage import StorageError, full_key

REPORT_EVERY = 10_000


class Command(BaseCommand):
    """Looks at every file and at every object below S3_PREFIX; exits with 1 where something is wrong and stays so."""

    help = "List files without objects and objects without files; --mend puts them right."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--mend",
            action="store_true",
            help="mark files without their object as lost, make missing pictures again, delete objects without files",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.S3_BUCKET:
            raise CommandError("There is no file storage: set S3_BUCKET.")
        found: Counter[Problem] = Counter()
        left = 0
        try:
            for finding in compare(self._progress):
                is_mended = options["mend"] and mend(finding)
                found[finding.problem] += 1
                left += not is_mended
                self.stdout.write(self._line(finding, is_mended=is_mended))
        except StorageError as error:
            raise CommandError(f"The storage does not answer as it should: {error}") from None
        for problem, count in found.items():
            self.stdout.write(f"{count:>7}  {SENTENCES[problem]}")
        if left:
            raise CommandError(f"{left} not mended." if options["mend"] else f"{left} found; --mend puts them right.")
        self.stdout.write(self.style.SUCCESS("All mended." if found else "Every file has its objects."))

    def _line(self, finding: Finding, *, is_mended: bool) -> str:
        file = finding.file
        place = (file.project.key if file.project else "picture of a person") if file else "-"
        name = f"{place}  {file.name}" if file else place
        return f"{finding.problem:<10}  {'mended' if is_mended else '      '}  {full_key(finding.key)}  {name}"

    def _progress(self, count: int) -> None:
        if count % REPORT_EVERY == 0:
            self.stderr.write(f"{count:,} objects …")
