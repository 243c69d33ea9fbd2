"""An example of a finding in a company that follows good practice, and the steps that examples are made of."""

from collections.abc import Callable
from typing import Any, NamedTuple

from ssohelper.simulator.administered import PAYMENTS, good, policy_of
from ssohelper.simulator.world import World

Step = Callable[[World], object]


class Example(NamedTuple):
    """How a kind of finding comes about in a well-run company, and what makes it disappear."""

    kind: str
    plant: Step
    fix: Step


class Adding(NamedTuple):
    """Adds permission sets with which nothing is wrong, but for what is changed; `now` is in Unix seconds."""

    now: float

    def __call__(self, name: str, *account_ids: str, group: str = "developers", **changes: Any) -> Step:
        """Add one, and assign it to a group in these accounts."""

        def add(world: World) -> None:
            # Without a policy of its own, it would be like others.
            own = policy_of("s3:ListBucket", resource=f"arn:aws:s3:::{name.lower()}")
            world.add_permission_set(good(name, self.now, **{"policy": own, **changes}))
            for each in account_ids:
                world.assign(each, name, group=group)

        return add

    def changed(self, kind: str, name: str, wrong: dict[str, Any], right: dict[str, Any]) -> Example:
        """One that is assigned in a production account, and whose fix is a change of it."""
        return Example(kind, self(name, PAYMENTS, **wrong), changing(name, **right))


def then(*steps: Step) -> Step:
    """One step after the other."""

    def do(world: World) -> None:
        for step in steps:
            step(world)

    return do


def changing(name: str, **changes: Any) -> Step:
    """Change a permission set in all its accounts."""
    return lambda world: world.change_permission_set(name, provision=True, **changes)


def deleting(*names: str) -> Step:
    """Delete permission sets."""
    return then(*(lambda world, name=each: world.delete_permission_set(name) for each in names))


def assigning(account_id: str, name: str, user: str | None = None, *, group: str | None = None) -> Step:
    """Assign a permission set."""
    return lambda world: world.assign(account_id, name, user, group=group)


def withdrawing(account_id: str, name: str, user: str | None = None, *, group: str | None = None) -> Step:
    """Remove an assignment."""
    return lambda world: world.withdraw(account_id, name, user, group=group)
