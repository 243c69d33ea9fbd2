"""`ssohelper refresh`: the worker that the agent and the exec server start."""

import json
import subprocess
from collections.abc import Callable

import pytest

from ssohelper.model import RoleRef
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import generate
from tests.fixtures.home import HANG_SECONDS, Home, command, sign_in


@pytest.mark.full
@pytest.mark.parametrize("rate", [20.0])
def test_many_sessions_and_roles(make_home: Callable[..., Home], rate: float) -> None:
    """50 sessions and 500 roles at once: one request for each, and none is throttled."""
    with Simulator(generate(10, 1), rate=rate, auto_approve=True) as center:
        home = make_home(**center.environment)
        (name,) = (each.name for each in center.world.permission_sets)
        for number in range(50):
            sign_in(home, center, f"s{number}")
            for account in center.world.accounts:
                role = RoleRef(f"s{number}", account.id, name)
                recent = home.state / "recent-roles" / role.file_name
                recent.parent.mkdir(parents=True, exist_ok=True)
                recent.write_text(role.text)
        done = subprocess.run(
            command("ssohelper", "refresh"),
            env=home.environment,
            input=json.dumps({"role": None}),
            capture_output=True,
            text=True,
            timeout=HANG_SECONDS,
            check=True,
        )
        results = json.loads(done.stdout)
        assert {(each["problem"], len(each["roles"])) for each in results} == {(None, 10)}
        assert {role["problem"] for each in results for role in each["roles"]} == {None}
        assert center.counters.calls["GetRoleCredentials"] == 500
        assert (center.counters.max_concurrent, center.counters.throttled) == (1, 0)
