"""Labels of a project over the API."""

import pytest

from issues.models import Issue
from projects.models import Label
from projects.services.labels import create_label
from tests.api.calling import data, error, everyone, script_of
from tests.api.judging import done, page_verdicts, verdicts
from tests.factories import canary

pytestmark = pytest.mark.django_db
MEMBERS = {"viewer": 200, "developer": 200, "lead": 200, "administrator": 200}
LEADS = everyone(404, lead=200, administrator=200, developer=403, viewer=403, anonymous=401)


@pytest.mark.parametrize("key", ["BUG", "INNER", "QZFAR"])
def test_reading_has_the_verdicts_of_the_page(world, client_for, key):
    said = verdicts(world, lambda script: script.get(f"/projects/{key}/labels"))
    shown = page_verdicts(client_for, lambda browser: browser.get(f"/{key}/settings/labels/"))

    others = {"BUG": everyone(404, **MEMBERS), "INNER": everyone(200), "QZFAR": everyone(404, administrator=200)}[key]
    assert said == shown == others | {"anonymous": 401}


def test_creating_has_the_verdicts_of_the_page(world, client_for):
    body = {"name": "new", "hue": 3}

    said = verdicts(world, lambda script: script.post("/projects/BUG/labels", body))
    shown = page_verdicts(client_for, lambda browser: browser.post("/BUG/settings/labels/", body))

    assert done(said) == shown == LEADS


def test_changing_has_the_verdicts_of_the_page(world, client_for):
    pk = world.label("BUG").pk

    said = verdicts(world, lambda script: script.patch(f"/projects/BUG/labels/{pk}", {"name": "new"}))
    shown = page_verdicts(
        client_for, lambda browser: browser.post(f"/BUG/settings/labels/{pk}/", {"name": "new", "hue": 3})
    )

    assert said == shown == LEADS


def test_removing_has_the_verdicts_of_the_page(world, client_for):
    pk = world.label("BUG").pk

    said = verdicts(world, lambda script: script.delete(f"/projects/BUG/labels/{pk}"))
    counted = verdicts(world, lambda script: script.get(f"/projects/BUG/labels/{pk}/issues"))
    shown = page_verdicts(client_for, lambda browser: browser.post(f"/BUG/settings/labels/{pk}/remove/"))

    assert said == counted == shown == LEADS


def test_label_is_made_changed_and_removed(world):
    script, label = script_of(world, "lead"), world.label("BUG")
    carrying = Issue.objects.filter(project=world.bug, label_ids__contains=[label.pk])
    count = carrying.count()

    made = data(script.post("/projects/BUG/labels", {"name": "new", "hue": 3}), 201)
    changed = data(script.patch(f"/projects/BUG/labels/{made['id']}", {"hue": 5}))
    load = data(script.get(f"/projects/BUG/labels/{label.pk}/issues"))
    removed = data(script.delete(f"/projects/BUG/labels/{label.pk}"))

    assert changed == {"id": made["id"], "name": "new", "hue": 5}
    assert (sum(load.values()), removed, carrying.count()) == (count, {"issues": count}, 0)
    names = [row["name"] for row in data(script.get("/projects/BUG/labels"))]
    assert names == sorted(names)
    assert label.name not in names


def test_name_is_given_once(world):
    script, name = script_of(world, "lead"), world.label("BUG").name

    assert error(script.post("/projects/BUG/labels", {"name": name.upper()}), 422)["code"] == "label_exists"


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": " "}, {"name": "l" * 41}, {"name": "new", "hue": 7}, {"name": "new", "hue": 0}]
)
def test_label_is_refused_as_by_the_form(world, body):
    before = Label.objects.count()

    error(script_of(world, "lead").post("/projects/BUG/labels", body), 422)

    assert Label.objects.count() == before


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_label_of_another_project_is_not_there(world, method):
    pk, body = world.label("TEAM").pk, {"name": "new"} if method == "PATCH" else None

    for persona in ("lead", "administrator"):
        script = script_of(world, persona)
        foreign = script.send(method, f"/projects/BUG/labels/{pk}", body)
        unknown = script.send(method, f"/projects/BUG/labels/{2**62}", body)
        assert error(foreign, 404) == error(unknown, 404)
    assert Label.objects.get(pk=pk).removed_at is None


def test_list_costs_as_much_for_many(world, assert_equal_queries):
    script = script_of(world, "lead")

    assert_equal_queries(
        lambda: data(script.get("/projects/BUG/labels")),
        lambda: create_label(actor=world.lead, project=world.bug, name=canary("l"), hue=1),
    )
