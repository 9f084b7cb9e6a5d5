"""The links of the document, taken one by one and in walks: what was made can be reached and used as they tell.

Whatever a request writes is taken back after it, or after the walk.
"""

from random import Random
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from config.api.links import FOLLOWING
from tests.api.calling import Script
from tests.api.judging import taken_back
from tests.api.requests import ACCEPTED, LEFT_OUT, only_requests, settings_of  # noqa: F401 (a fixture)
from tests.api.walking import ENTRIES, LINKS, Map, Walk, count_from, name_of, sequences, values_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("only_requests")]
# Which are reached by a link only: nothing of the kind is in the world.
BY_LINK = {"create_team_webhook": "create_new_team", "delete_one_team": "create_new_team", "invite": "create_new_team"}
BY_LINK |= {"ping_team_webhook": "create_team_webhook", "ping_project_webhook": "create_project_webhook"}
BY_LINK |= {"restore_deleted_project": "delete_a_project"}
WALKS, STEPS = 30, 12


def test_links_lead_to_operations_and_parts_that_exist():
    for name, (parts, following) in FOLLOWING.items():
        assert name in ENTRIES
        for next_ in following:
            assert ENTRIES[next_].parts <= set(parts), (name, next_)


def come_to(name: str, walk: Walk, known: Map) -> Any:
    """Do what a walk can go on from, having done first what leads there."""
    if name not in BY_LINK:
        return walk.go(known.valid(name))
    before = come_to(BY_LINK[name], walk, known)
    link = next(link for link in LINKS[BY_LINK[name]] if name_of(link.target) == name)
    return walk.go(known.valid(name, values_of(link, before)), after=before)


@pytest.mark.parametrize("name", FOLLOWING)
def test_every_link_leads_on(world, name):
    """With nothing but what the answer told, and a valid body, each operation that can follow is done."""
    known, walk = Map(world), Walk(Script(world.lead), LEFT_OUT)

    with taken_back():
        made = come_to(name, walk, known)
        for link in LINKS[name]:
            with taken_back():
                walk.fork().go(known.valid(name_of(link.target), values_of(link, made)), after=made)

    assert walk.problems == []
    assert {step for step in walk.steps if step[1] >= 300} == set()
    assert len(LINKS[name]) == len(FOLLOWING[name][1]) > 0


@pytest.mark.parametrize("seed", range(3))
def test_walks_along_the_links_keep_to_the_document(world, seed):
    """What was made is read, changed, moved and deleted, in an order and with values that are made up.

    Each walk begins with the same numbers in the database, so that hypothesis can tell that it does the same twice.
    """
    known, script, walks = Map(world), Script(world.lead), []
    kept = sequences()

    @hypothesis.seed(seed)
    @settings_of(WALKS, derandomize=False)
    @hypothesis.given(data=st.data())
    def run(data: Any) -> None:
        # What was archived on the way refuses what is right in itself.
        walk = Walk(script, [*LEFT_OUT, *ACCEPTED])
        with taken_back():
            count_from(kept)
            wander(data, walk, known)
        walks.append(walk)

    run()
    done = {name for walk in walks for name, status in walk.steps if status < 300}

    assert [problem for walk in walks for problem in walk.problems] == []
    assert [len(walk.steps) for walk in walks] == [STEPS] * WALKS
    # It was 41 to 52; what is added to the document changes what is made up.
    assert len(done) > 35, sorted(done)


def wander(data: Any, walk: Walk, known: Map) -> None:
    """Take the steps of one walk: along a link of what was made, or, one time in four, something new.

    hypothesis likes to choose the first of many, so that it gives no more of the way than where chance begins.
    """
    made: list[Any] = []
    chance = Random(data.draw(st.integers(0, 2**32)))
    for _step in range(STEPS):
        ways = [(link, output) for output in made for link in LINKS[name_of(output.case.operation)]]
        told, after = None, None
        if ways and chance.randrange(4):
            link, after = chance.choice(ways)
            told = values_of(link, after)
        name = name_of(link.target) if told else chance.choice(list(FOLLOWING))
        makes_up = chance.randrange(2)
        case = data.draw(known.made_up(name, told)) if makes_up else known.valid(name, told)
        output = walk.go(case, after=after if told else None)
        made += [output] if output.response.status_code < 300 and name in LINKS else []
