"""Home folders in which the doctor finds next to nothing."""

from collections.abc import Callable

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.doctor_runs import PROFILE, SESSION
from tests.fixtures.home import Home, sign_in
from tests.fixtures.shells import program_on_path


@pytest.fixture
def configured(make_home: Callable[..., Home]) -> Home:
    """A home folder with a valid config file; its session is not signed in."""
    made = make_home()
    program_on_path(made)
    made.config.parent.mkdir()
    made.config.write_text(SESSION + PROFILE)
    return made


@pytest.fixture
def healthy(home: Home, identity_center: Simulator) -> Home:
    """A home folder with profiles and a sign-in, in which the doctor finds nothing."""
    sign_in(home, identity_center)
    lines = [home.config.read_text()]
    for name, account_id in (("payments-prod", "333344445555"), ("management", "111122223333")):
        lines += [f"[profile {name}.ReadOnly]", "ssohelper_session = acme", "sso_session = acme"]
        lines += [f"sso_account_id = {account_id}", "sso_role_name = ReadOnly", "region = us-east-1"]
    home.config.write_text("\n".join([*lines, ""]))
    program_on_path(home)
    return home
