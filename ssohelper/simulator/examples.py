"""Examples of what a review of permission sets finds, each with its fix, in a company that follows good practice."""

from ssohelper.simulator.assignment_examples import assignment_examples
from ssohelper.simulator.example import Example
from ssohelper.simulator.permission_set_examples import permission_set_examples
from ssohelper.simulator.request_examples import request_examples
from ssohelper.simulator.world import World


def examples(now: float) -> list[Example]:
    """Return an example of each kind of finding that a review of this company can have; `now` is in Unix seconds.

    Each is independent of the others.
    """
    return [*permission_set_examples(now), *assignment_examples(now), *request_examples(now)]


def plant_all(world: World, now: float) -> World:
    """Return the company with all examples. So many permission sets are too many, without an example of that."""
    for each in examples(now):
        if each.kind != "too-many":
            each.plant(world)
    return world
