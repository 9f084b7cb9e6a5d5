#!/usr/bin/env python
"""Django's command line. Needs DATABASE_URL and REDIS_URL; `make manage ARGS="…"` gives those of the local stack."""

import os
import sys


def main() -> None:
    """Run one command, without the time limit that the web processes put on a statement."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("DATABASE_STATEMENT_TIMEOUT_MS", "0")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 (after the environment is set)

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
