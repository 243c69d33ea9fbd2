"""Fixtures for the tests of credentials."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.tokens import SSOTokenProvider

import ssohelper
from ssohelper.simulator.companies import organisation
from ssohelper.simulator.server import Simulator
from ssohelper.storage import paths
from tests.fixtures.access_tokens import URL, Scene
from tests.fixtures.clock import Clock
from tests.fixtures.components import need
from tests.fixtures.home import environment
from tests.fixtures.launcher import ACCOUNT, QUICK_SHELLS, ROLE_NAME, SHELLS, Launcher, shells


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Our state folder, in an empty home folder."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for variable in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "AWS_CONFIG_FILE"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path / "home" / ".local" / "state" / "ssohelper"


@pytest.fixture
def path(state: Path) -> Path:
    """The path of the role's answer."""
    return state / "answers" / "acme" / ACCOUNT / ROLE_NAME


@pytest.fixture(
    params=[each if each in QUICK_SHELLS else pytest.param(each, marks=pytest.mark.full) for each in shells()]
)
def launcher(request: pytest.FixtureRequest, tmp_path: Path, state: Path) -> Launcher:
    """The launcher under each shell."""
    program, *options = SHELLS[request.param]
    folder = tmp_path / "bin"
    folder.mkdir()
    copy = shutil.copy2(Path(ssohelper.__file__).parent / "bin" / "ssohelper-credential-process", folder)
    home = environment(state.parents[2], {})
    del home["XDG_STATE_HOME"], home["XDG_CONFIG_HOME"]
    return Launcher(Path(copy), [need(program), *options], home)


@pytest.fixture
def scene(state: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A session that is signed in; its clock starts at the real time, which botocore uses."""
    assert not state.exists()
    # botocore computed it from the real home folder when it was imported.
    monkeypatch.setattr(SSOTokenProvider, "_SSO_TOKEN_CACHE_DIR", str(paths.sso_cache()))
    world = organisation()
    world.start_url = URL
    clock = Clock(float(int(time.time())))
    with Simulator(world, rate=None, clock=clock) as service:
        for name, value in service.environment.items():
            monkeypatch.setenv(name, value)
        made = Scene(service, clock)
        made.signed_in()
        yield made
