"""Everything between an empty database and one that can serve: in one process, because loading Django takes longest."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config import env
from config.stack.terminal import step

DEMO_PERSON = ("lead1", "leadpass")


class Command(BaseCommand):
    """Migrate, align the administrator and the roles that teams give, and fill an empty database with demo data unless
    PLUMBLINE_DEMO=0.

    In production it takes PLUMBLINE_DEMO=1 to get demo data, because everyone knows its passwords.
    Running it again changes nothing that is already so. `--report` writes what was found as JSON.
    """

    help = "Migrates, aligns the administrator and fills an empty database with demo data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare --report."""
        parser.add_argument("--report", type=Path, help="write {'demo': true or false} to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the steps in order, one line each with its time."""
        with step("migrate") as line:
            line.note = migrate()
        with step("admin"):
            call_command("ensure_admin", verbosity=0)
        with step("teams"):
            call_command("align_teams", verbosity=0)
        if env.flag("PLUMBLINE_DEMO", default=not settings.PRODUCTION):
            with step("demo"):
                call_command("seed", size="demo", if_empty=True, in_production=True, verbosity=0)
        if options["report"]:
            options["report"].write_text(json.dumps({"demo": demo_person_can_log_in()}))


def migrate() -> str:
    """Apply what is missing; say how many. Nothing missing costs no more than the look."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        call_command("migrate", interactive=False, verbosity=0)
    return f"{len(plan)} applied" if plan else ""


def demo_person_can_log_in() -> bool:
    """Say whether the demo log-ins that the stack prints would be taken."""
    name, password = DEMO_PERSON
    person = get_user_model().objects.filter(username=name, is_active=True).first()
    return person is not None and person.check_password(password)
