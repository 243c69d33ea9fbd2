"""Examples of findings: each can be planted in a well-run company, and fixed."""

from collections import Counter

import pytest

from ssohelper.simulator import administered, examples
from ssohelper.simulator.example import Example
from ssohelper.simulator.provisioning import Change
from ssohelper.simulator.world import World

NOW = 1_789_378_200.0
EXAMPLES = examples.examples(NOW)
# The fixes of these do nothing but undo.
UNDONE = {"name-unclear", "names-unlike", "management", "ou-uneven", "too-many"}


def company() -> World:
    """A well-run company, at a fixed time."""
    world = administered.well_run(NOW)
    world.clock = lambda: NOW
    return world


def contents(world: World) -> dict[str, object]:
    """All data of a world, with the roles in accounts and the state of requests."""
    return {
        "accounts": world.accounts,
        "permission sets": {each.name: each for each in world.permission_sets},
        "users": world.users,
        "groups": world.groups,
        "roles": {
            (each.id, name): (role.permission_set, world.principals(each.id, name))
            for each in world.accounts
            for name, role in world.roles_in(each.id).items()
        },
        "requests": [
            (each.change, each.permission_set, each.status) for kind in Change for each in world.requests(kind)
        ],
        "attributes": dict(world.access_control_attributes),
    }


def names(world: World) -> set[str]:
    """The names of all permission sets."""
    return {each.name for each in world.permission_sets}


def test_kinds() -> None:
    """There is one example of each kind."""
    assert [kind for kind, number in Counter(each.kind for each in EXAMPLES).items() if number > 1] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=[each.kind for each in EXAMPLES])
def test_example(example: Example) -> None:
    """An example changes a well-run company, and its fix changes it again, which may be more than to undo it."""
    world = company()
    whole = contents(world)
    example.plant(world)
    planted = contents(world)
    example.fix(world)
    fixed = contents(world)
    assert (whole != planted, planted != fixed, whole == fixed) == (True, True, example.kind in UNDONE)


def test_independent() -> None:
    """No two examples add the same permission set, and each of the company's own stays."""
    own, new = names(company()), Counter[str]()
    for each in EXAMPLES:
        world = company()
        each.plant(world)
        assert own <= names(world)
        new.update(names(world) - own)
    assert [name for name, number in new.items() if number > 1] == []


def test_all() -> None:
    """A company has all examples at once, and so many permission sets that those with few accounts are too many."""
    world = company()
    expected = names(world)
    for each in EXAMPLES:
        alone = company()
        each.plant(alone)
        expected |= names(alone) if each.kind != "too-many" else set()
    found = examples.plant_all(world, NOW)
    assert (found is world, names(found), [name for name in names(found) if "Prototype" in name]) == (
        True,
        expected,
        [],
    )
    few = [name for name in names(found) if len(found.accounts_with(name)) < 3]
    assert len(few) > 30


def test_all_fixed() -> None:
    """All can be fixed: then nothing is outdated, in progress or disabled, and no last request has failed."""
    world = company()
    examples.plant_all(world, NOW)
    assert state(world) == {"outdated": ["DataAnalytics"], "in progress": 1, "disabled": 1, "failed": 2}
    for each in EXAMPLES:
        if each.kind != "too-many":
            each.fix(world)
    assert state(world) == {"outdated": [], "in progress": 0, "disabled": 0, "failed": 0}


def state(world: World) -> dict[str, object]:
    """What needs attention. A request has failed if no later one for the same has succeeded."""
    latest = {
        (each.change, each.permission_set, each.account_id, each.principal): each.status
        for kind in Change
        for each in world.requests(kind)
    }
    outdated = {name for name in names(world) for each in world.accounts_with(name) if world.is_outdated(each, name)}
    return {
        "outdated": sorted(outdated),
        "in progress": sum(each == "IN_PROGRESS" for each in latest.values()),
        "disabled": sum(not each.enabled for each in world.users),
        "failed": sum(each == "FAILED" for each in latest.values()),
    }


def test_times() -> None:
    """What is stuck has been in progress for two hours, and what was reviewed too long ago has an old date."""
    world = examples.plant_all(company(), NOW)
    stuck = [each for each in world.requests(Change.PROVISIONING) if each.pending]
    assert [(each.permission_set, each.account_id, each.created) for each in stuck] == [
        ("NetworkOperations", administered.PAYMENTS, NOW - 7200)
    ]
    reviewed = Counter(each.tags["reviewed"] for each in world.permission_sets)
    recently, today = (administered.date_of(NOW - days * administered.DAY_SECONDS) for days in (30, 0))
    assert (set(reviewed), reviewed["2024-01-31"], reviewed[today]) == ({recently, today, "2024-01-31"}, 1, 1)
