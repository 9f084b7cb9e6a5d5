"""The admin × every persona × own, foreign and unknown objects: whatever is registered there, now or later."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from config.serviceadmin import ForAdministrators
from tests.browsing import CheckedClient
from tests.issues.records import fingerprint
from tests.surface import routes
from tests.test_access_matrix import FOREIGN, forbidden, leaks  # noqa: F401 (a fixture)
from tests.world import PERSONAS

pytestmark = pytest.mark.django_db

ROUTES = {name: pattern for name, pattern in routes() if name.startswith("admin:")}
BARE = sorted(name for name, pattern in ROUTES.items() if not pattern.pattern.regex.groupindex)
ABOUT = sorted(name for name, pattern in ROUTES.items() if "object_id" in pattern.pattern.regex.groupindex)
OUTSIDE = ("stranger", "viewer", "developer", "removed")
UNKNOWN = 987_654_321


def path_of(name, pk):
    """Return an address about an object; history pages name a row of it as well."""
    groups = ROUTES[name].pattern.regex.groupindex
    return reverse(name, kwargs=dict.fromkeys(groups, pk))


def model_of(name):
    """Return the model that an address is about: admin:issues_issue_change → Issue."""
    words = name.removeprefix("admin:").split("_")
    return next(
        (model for model in admin.site._registry if words[:2] == [model._meta.app_label, model._meta.model_name]), None
    )


def row_of(world, model, key):
    """Return an object of a project, or of its owner, by the model's own way to the project; None where it has none."""
    project = world.projects[key]
    names = {field.name for field in model._meta.get_fields()}
    if model._meta.label == "projects.Project":
        return project
    if "project" in names:
        return model._default_manager.filter(project=project).order_by("pk").first()
    if model._meta.label == "notifications.Event":
        return model._default_manager.filter(stream__name=f"project:{project.pk}").order_by("pk").first()
    return None


def test_something_is_registered():
    labels = {model._meta.label for model in admin.site._registry}

    assert {"issues.Issue", "projects.Label", "projects.Membership", "projects.State", "projects.Transition"} <= labels
    assert all(apps.get_model(label) for label in labels)


@pytest.mark.parametrize("name", BARE)
def test_pages_are_for_leads_and_administrators(world, client_for, forbidden, name):  # noqa: F811
    path = reverse(name)

    for persona in PERSONAS:
        response = client_for(persona).get(path)
        if persona in {"anonymous", "deactivated"}:
            assert response.status_code == 302, persona
        elif persona in OUTSIDE and name != "admin:logout":
            assert response.status_code == 404, persona
        assert response.status_code < 500, persona
        assert not leaks(forbidden[persona], response), persona


@pytest.mark.parametrize("name", [name for name in ABOUT if model_of(name)])
def test_objects_of_other_projects_are_as_unknown_ones(world, client_for, forbidden, name):  # noqa: F811
    foreign = row_of(world, model_of(name), FOREIGN)
    if foreign is None:
        return
    for persona in ("lead", *OUTSIDE, "anonymous"):
        client = client_for(persona)
        before = fingerprint()
        for method in ("get", "post"):
            client.cookies.pop("messages", None)
            hidden = getattr(client, method)(path_of(name, foreign.pk))
            client.cookies.pop("messages", None)
            unknown = getattr(client, method)(path_of(name, UNKNOWN))
            assert hidden.status_code == unknown.status_code, (persona, method)
            assert hidden.status_code in {302, 403, 404}, (persona, method)
            assert not leaks(forbidden[persona], hidden), (persona, method)
        assert fingerprint() == before


@pytest.mark.parametrize("name", [name for name in ABOUT if name.endswith("_change")])
def test_own_objects_open_for_a_lead(world, client_for, name):
    """Without this, a 404 for everything would pass for a proof."""
    own = row_of(world, model_of(name), "BUG")
    if own is None:
        return

    response = client_for("lead").get(path_of(name, own.pk))

    is_for_administrators = isinstance(admin.site._registry[model_of(name)], ForAdministrators)
    assert response.status_code == (403 if is_for_administrators else 200)


@pytest.mark.parametrize("name", BARE)
def test_posts_need_their_token(world, name):
    client = CheckedClient(enforce_csrf_checks=True)
    client.force_login(world.administrator, backend="allauth.account.auth_backends.AuthenticationBackend")
    before = fingerprint()

    response = client.post(reverse(name), {"action": "delete_selected"})

    assert response.status_code in {302, 403, 404, 405}
    assert fingerprint() == before
