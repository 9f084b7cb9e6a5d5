"""`manage.py ensure_admin`: the site administrator from ADMIN_USERNAME, ADMIN_EMAIL and ADMIN_PASSWORD."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.services.people import ensure_administrator

NAMES = ("ADMIN_USERNAME", "ADMIN_EMAIL", "ADMIN_PASSWORD")


class Command(BaseCommand):
    """Idempotent: aligns the person with the variables, and writes nothing where they agree already."""

    help = "Create or align the site administrator from ADMIN_USERNAME, ADMIN_EMAIL and ADMIN_PASSWORD."

    def handle(self, *args: Any, **options: Any) -> None:
        given = {name: os.environ.get(name, "") for name in NAMES}
        if not any(given.values()):
            self.tell("No ADMIN_USERNAME given; no site administrator is made.", options)
            return
        if missing := [name for name, value in given.items() if not value]:
            raise CommandError(f"{', '.join(missing)} must be set as well.")
        username, email, password = given.values()
        person, changed = ensure_administrator(username=username, email=email, password=password)
        self.tell(f"Site administrator {person.username} {'aligned' if changed else 'unchanged'}.", options)

    def tell(self, line: str, options: dict[str, Any]) -> None:
        """Print a line, unless --verbosity 0 asks for silence."""
        if options["verbosity"]:
            self.stdout.write(line)
