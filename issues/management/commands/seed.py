"""`manage.py seed`: fill the database with a demo team, or with the load of the benchmarks."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from config.errors import DomainError
from issues.demo import bench, build
from projects.models import Project

SIZES = {"demo": build.run, "bench": bench.run}
LOCK = 7_305_166_822  # Any number, as long as nothing else takes this advisory lock.


class Command(BaseCommand):
    """Makes data through the services (demo) or in bulk with the same result (bench), all or nothing."""

    help = "Fill the database: --size demo for a team to look at, --size bench for a load to measure."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--size", choices=list(SIZES), default="demo")
        parser.add_argument("--if-empty", action="store_true", help="do nothing where there is a project already")
        parser.add_argument(
            "--in-production", action="store_true", help="allow accounts with well-known passwords there"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed in one transaction, one process at a time. Raises CommandError where the data is there already."""
        if settings.PRODUCTION and not options["in_production"]:
            raise CommandError(
                "The accounts of this data have passwords that everyone knows. "
                "Add --in-production if this installation is only for trying out."
            )
        began = time.monotonic()
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = 0")
                    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
                if options["if_empty"] and Project.objects.exists():
                    lines = ["There are projects already; nothing was added."]
                else:
                    lines = [*SIZES[options["size"]](), f"Done in {time.monotonic() - began:.1f} s."]
        except DomainError as error:
            raise CommandError(str(error)) from error
        if options["verbosity"]:
            self.stdout.write("\n".join(lines))
