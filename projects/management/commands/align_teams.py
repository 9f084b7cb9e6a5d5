"""Give everyone the roles that follow from their teams, where they do not have them yet."""

from typing import Any

from django.core.management.base import BaseCommand

from projects.services.inheritance import align_all


class Command(BaseCommand):
    """For data from before teams gave roles, or written by hand. Finds nothing to do otherwise, with one statement."""

    help = "Aligns the roles in projects with the places in their teams."

    def handle(self, *args: Any, **options: Any) -> None:
        """Align, and say how many teams it took."""
        count = align_all()
        if options["verbosity"]:
            self.stdout.write(f"{count} teams aligned")
