"""A client that a generator of others makes of the document does the most common jobs against a running site."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from config.api.document import document
from issues.models import Issue
from tests.api.calling import token_of
from tests.api.clients import lead1, live_site  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """Return a function that imports from the generated package."""
    place = tmp_path_factory.mktemp("client")
    told = place / "openapi.json"
    told.write_text(json.dumps(document()))
    command = [str(Path(sys.executable).with_name("openapi-python-client")), "generate", "--path", str(told)]
    command += ["--meta", "none", "--output-path", str(place / "plumbline_client")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING parsing" not in done.stdout + done.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(place))
        yield lambda name: importlib.import_module(f"plumbline_client{name}")


def test_generated_client_does_five_jobs(generated, live_site, lead1):  # noqa: F811 (fixtures)
    models = generated(".models")
    body = models.IssueIn(title="Found by a program", description="As it *was*", assignee="me")
    said = models.MessageIn(body="See the *log*.")
    change = models.IssueEditIn(title="Renamed by a program")
    post = generated(".api.conversations.post_issue_message")

    with generated("").AuthenticatedClient(base_url=live_site, token=token_of(lead1)) as client:
        me = generated(".api.me.read_me").sync(client=client).data
        made = generated(".api.issues.create_an_issue").sync("BUG", client=client, body=body).data
        mine = generated(".api.issues.list_my_issues").sync(client=client).data
        change.version = made.version
        changed = generated(".api.issues.change_issue").sync("BUG", made.number, client=client, body=change).data
        message = post.sync("BUG", made.number, client=client, body=said).data

    assert (me.username, made.title, made.assignee.username) == ("lead1", "Found by a program", "lead1")
    assert [issue.key for issue in mine.items] == [made.key]
    assert (changed.title, changed.description, changed.version) == (change.title, "As it *was*", made.version + 1)
    assert (message.issue, message.body) == (made.key, "See the *log*.")
    assert Issue.objects.get(project__key="BUG", number=made.number).title == "Renamed by a program"


def test_generated_client_reads_why_it_is_refused(generated, live_site, world):  # noqa: F811 (a fixture)
    body = generated(".models").IssueIn(title="Not mine to make")

    with generated("").AuthenticatedClient(base_url=live_site, token=token_of(world.viewer)) as client:
        refused = generated(".api.issues.create_an_issue").sync("BUG", client=client, body=body)

    assert (refused.status, refused.error.code) == (403, "permission")
    assert refused.error.message.startswith("Creating issues in BUG needs the role")
