"""What README.md shows of the API is run as it stands there, with curl, against a running site."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from issues.models import Issue
from tests.api.clients import lead1, live_site  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db(transaction=True)
README = Path(__file__).resolve().parents[2] / "README.md"
THERE = "http://127.0.0.1:8000"


def blocks() -> list[str]:
    """Return the commands of the section about the API, one block after the other."""
    section = README.read_text().partition("\n## The API\n")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)


def test_commands_of_the_readme_do_what_it_says(live_site, lead1):  # noqa: F811 (fixtures)
    assert shutil.which("curl"), "The commands of README.md are run with curl, which this machine lacks: install it."
    script = "set -eu\n" + "\n".join(blocks()).replace(THERE, live_site)

    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    issue = Issue.objects.select_related("state").get(project__key="BUG", title="The lamp stays dark")
    assert (issue.reporter, issue.assignee, issue.state.slug, issue.priority) == (lead1, lead1, "in-progress", 3)
    assert done.stdout.count('"error":null') == done.stdout.count('"status":') > 5
    assert "It was the fuse." in done.stdout
