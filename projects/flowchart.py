"""The picture of a workflow: where its states stand and how its steps run, as numbers for an SVG."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from projects.enums import Category, Template
from projects.services.workflow import BUG_STEPS, TEMPLATE_STATES
from projects.workflow import Workflow

BOX_HEIGHT = 30
GAP = 44
PADDING = 42
LETTER = 7.2
BOX_AT_LEAST = 84
ARC = 24
ARCS_AT_MOST = 4
EDGE = 4


@dataclass(frozen=True, slots=True)
class Box:
    """A state: its name, its category, and where its box is."""

    name: str
    category: str
    x: float
    width: float
    is_initial: bool

    @property
    def middle(self) -> float:
        """The box's horizontal middle."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Line:
    """A step, or two that run both ways: the path to draw."""

    path: str
    both_ways: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole picture; `top` is where the boxes begin."""

    boxes: list[Box]
    lines: list[Line]
    width: float
    height: float
    top: float
    box_height: int = BOX_HEIGHT


def chart_of(workflow: Workflow) -> Chart:
    """Draw a project's workflow."""
    places = {state.pk: place for place, state in enumerate(workflow.states)}
    steps = {(places[here], places[there]) for here, there in workflow.steps}
    return draw([(state.name, state.category, state.is_initial) for state in workflow.states], steps)


def chart_of_template(template: Template) -> Chart:
    """Draw a workflow that ships."""
    states = TEMPLATE_STATES[template]
    places = range(len(states))
    freely = {(here, there) for here in places for there in places if here != there}
    steps = {(here, there) for here, there, _needs in BUG_STEPS} if template == Template.BUG else freely
    return draw([(state.name, state.category, state.is_initial) for state in states], steps)


def draw(states: Sequence[tuple[str, Category | str, bool]], steps: Collection[tuple[int, int]]) -> Chart:
    """Place the states in a row; neighbours are joined by a straight line, others by arcs: forwards above, back below.

    Two steps that run both ways share one line with two heads.
    """
    boxes, x = [], float(EDGE)
    for name, category, is_initial in states:
        width = max(BOX_AT_LEAST, len(name) * LETTER + PADDING)
        boxes.append(Box(name, str(category), x, width, is_initial))
        x += width + GAP
    both = {(here, there) for here, there in steps if here < there and (there, here) in steps}
    single = [(here, there) for here, there in sorted(steps) if (here, there) not in both and (there, here) not in both]
    above = [abs(there - here) for here, there in [*both, *single] if there - here > 1]
    below = [here - there for here, there in single if here > there]
    top = _rise(above) + EDGE
    lines = [Line(_path(boxes, step, top), both_ways=step in both) for step in [*sorted(both), *single]]
    return Chart(boxes, lines, max(x - GAP, 0) + EDGE, top + BOX_HEIGHT + _rise(below) + EDGE, top)


def _rise(spans: Collection[int]) -> float:
    return ARC * min(max(spans), ARCS_AT_MOST) * 0.75 + EDGE if spans else 0


def _path(boxes: Sequence[Box], step: tuple[int, int], top: float) -> str:
    here, there = step
    start, end = boxes[here], boxes[there]
    if there - here == 1:
        middle = top + BOX_HEIGHT / 2
        return f"M{start.x + start.width + 3:.1f} {middle:.1f}H{end.x - 3:.1f}"
    height = ARC * min(abs(there - here), ARCS_AT_MOST)
    edge, peak = (top - 2, top - height) if there > here else (top + BOX_HEIGHT + 2, top + BOX_HEIGHT + height)
    from_x, to_x = _leave(start, end), _leave(end, start)
    return f"M{from_x:.1f} {edge:.1f}C{from_x:.1f} {peak:.1f} {to_x:.1f} {peak:.1f} {to_x:.1f} {edge:.1f}"


def _leave(box: Box, other: Box) -> float:
    """Return where on its edge a line leaves a box: on the side of the other one."""
    return box.middle + (box.width / 4 if other.x > box.x else -box.width / 4)
