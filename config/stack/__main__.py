"""`python -m config.stack`."""

import sys

from config.stack.cli import main

sys.exit(main(sys.argv[1:]))
