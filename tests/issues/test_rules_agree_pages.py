"""The board's form and the admin answer every combination as the guard does, with the guard's own sentence."""

from contextlib import contextmanager
from html import unescape
from itertools import product

import pytest
from django.db import transaction
from django.urls import reverse

from issues.models import Issue
from projects.access import access_to
from projects.workflow import Facts, check_move, workflow_of
from tests.adminpages import address, filled
from tests.issues.placing import place

pytestmark = pytest.mark.django_db

NOTES = ("", "Found the loose screw.")


@contextmanager
def taken_back():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def combinations(world, key, actor):
    """Every way from state to state with every assignee and note, each placed, with the guard's refusal."""
    issue = world.issue(f"{key}-1")
    workflow = workflow_of(issue.project)
    for here, to, assignee, note in product(workflow.states, workflow.states, [None, actor, world.viewer], NOTES):
        with taken_back():
            place(issue, here, assignee, note)
            facts = Facts(issue.key, here.pk, assignee.pk if assignee else None, note)
            yield issue, to, check_move(workflow, access_to(issue.project, actor), facts, to)


@pytest.mark.parametrize("persona", ["lead", "developer", "viewer", "administrator"])
@pytest.mark.parametrize("key", ["BUG", "TEAM"])
def test_the_boards_form_agrees_with_the_guard(world, client_for, persona, key):
    client, disagreements, answers = client_for(persona), [], set()

    for issue, to, refusal in combinations(world, key, world.person(persona)):
        path = reverse("issues:issue-move", kwargs={"key": key, "number": issue.number})
        response = client.post(path, {"to": to.slug})
        state = Issue.objects.get(pk=issue.pk).state_id
        answers.add(refusal.code if refusal else "")
        if refusal is None:
            is_right = (response.status_code, state) == (302, to.pk)
        else:
            status = 403 if refusal.code == "permission" else 422
            text = unescape(response.content.decode())
            is_right = (response.status_code, state) == (status, issue.state_id) and refusal.message in text
        if not is_right:
            disagreements.append((issue.state.slug, to.slug, refusal and refusal.code, response.status_code))

    assert disagreements == []
    assert len(answers) > 1 or key == "TEAM" or persona == "viewer"


def test_the_admin_agrees_with_the_guard(world, client_for):
    client, disagreements = client_for("lead"), []

    for issue, to, refusal in combinations(world, "BUG", world.person("lead")):
        data = filled(client.get(address(issue)).content.decode()) | {"state": to.pk}
        response = client.post(address(issue), data)
        state = Issue.objects.get(pk=issue.pk).state_id
        if refusal is None:
            is_right = (response.status_code, state) == (302, to.pk)
        else:
            text = unescape(response.content.decode())
            is_right = (response.status_code, state) == (422, issue.state_id) and refusal.message in text
        if not is_right:
            disagreements.append((issue.state.slug, to.slug, refusal and refusal.code, response.status_code, state))

    assert disagreements == []
