"""`manage.py verify_log`: prove that no event was forged, removed or reordered."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from notifications import queries


class Command(BaseCommand):
    """Walks every stream's hash chain; names the first broken link of each and exits with 1 where one is broken."""

    help = "Check the event log's hash chains; name the first broken link."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--heads", action="store_true", help="print each stream's newest hash, to keep elsewhere")

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            for stream, link in queries.verify_all():
                if link:
                    broken += 1
                    self.stderr.write(self.style.ERROR(f"{link.stream} event {link.seq}: {link.problem}"))
                elif options["heads"]:
                    self.stdout.write(f"{stream.name} {stream.seq} {stream.head}")
        if broken:
            raise CommandError(f"{broken} stream(s) are broken.")
        self.stdout.write(self.style.SUCCESS("Every stream holds."))
