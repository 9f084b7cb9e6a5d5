"""The picture of a workflow: where boxes and lines are."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.enums import Category, Template
from projects.flowchart import EDGE, chart_of, chart_of_template, draw
from projects.workflow import workflow_of

NUMBER = re.compile(r"-?\d+\.\d")


def states(count):
    return [(f"State {number}", Category.OPEN, number == 0) for number in range(count)]


def test_chart_of_a_project_has_its_states_and_steps(world):
    chart = chart_of(workflow_of(world.bug))

    assert [(box.name, box.category, box.is_initial) for box in chart.boxes] == [
        ("Open", "open", True),
        ("In progress", "progress", False),
        ("Resolved", "resolved", False),
        ("Closed", "closed", False),
    ]
    assert [line.both_ways for line in chart.lines] == [False, False, False]


def test_chart_of_the_task_template_joins_both_ways():
    assert [line.both_ways for line in chart_of_template(Template.TASK).lines] == [True, True, True]


def test_chart_of_no_states_is_empty():
    assert (draw([], set()).boxes, draw([], set()).lines) == ([], [])


def test_chart_without_arcs_is_as_high_as_its_boxes():
    chart = draw(states(2), {(0, 1)})

    assert chart.height == chart.box_height + 2 * EDGE


@pytest.mark.parametrize(("step", "is_above"), [((0, 2), True), ((2, 0), False), ((1, 0), False)])
def test_arcs_run_forwards_above_and_back_below(step, is_above):
    chart = draw(states(3), {step})

    heights = [float(number) for number in NUMBER.findall(chart.lines[0].path)[1::2]]
    middle = chart.top + chart.box_height / 2
    assert all(height < middle for height in heights) is is_above


@given(count=st.integers(2, 9), pairs=st.sets(st.tuples(st.integers(0, 8), st.integers(0, 8))))
def test_everything_lies_within_the_picture(count, pairs):
    steps = {(here, there) for here, there in pairs if here != there and max(here, there) < count}

    chart = draw(states(count), steps)

    assert all(left.x + left.width < right.x for left, right in pairwise(chart.boxes))
    assert chart.boxes[-1].x + chart.boxes[-1].width <= chart.width
    assert len(chart.lines) == len({tuple(sorted(step)) for step in steps})
    for line in chart.lines:
        assert all(
            -EDGE <= float(number) <= max(chart.width, chart.height) for number in NUMBER.findall(line.path)[::2]
        )
