"""`ssohelper refresh`: the worker that the agent and the exec server start."""

import json
import subprocess
from collections.abc import Callable

import pytest

from ssohelper.roles import RoleRef
from ssohelper.simulator.companies import generate
from ssohelper.simulator.server import Simulator
from tests.fixtures.company import ACCOUNT, ROLE, make_company
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
            input=json.dumps({"role": None, "session": None}),
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


@pytest.mark.first_is_quick
@pytest.mark.parametrize("config", [None, b"", b"[broken"], ids=["deleted", "empty", "broken"])
def test_without_config_file(make_home: Callable[..., Home], config: bytes | None) -> None:
    """If the config file is deleted or damaged, the session that `exec` began with is refreshed."""
    with make_company(make_home) as company:
        company.sign_in(left=-60)
        if config is None:
            company.home.config.unlink()
        else:
            company.home.config.write_bytes(config)
        role = company.session.role(ACCOUNT, ROLE)
        done = subprocess.run(
            command("ssohelper", "refresh"),
            env=company.home.environment,
            input=json.dumps({"role": role.text, "session": company.session._asdict()}),
            capture_output=True,
            text=True,
            timeout=HANG_SECONDS,
            check=True,
        )
        (result,) = json.loads(done.stdout)
        key_id = result["roles"][0]["answer"]["AccessKeyId"]
        assert (result["problem"], company.service.issued(key_id).role_name) == (None, ROLE)
        assert company.service.counters.calls == {"CreateToken": 1, "GetRoleCredentials": 1}
