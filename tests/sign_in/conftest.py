"""Fixtures for the tests of sign-ins."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from botocore.tokens import SSOTokenProvider

from ssohelper.simulator.companies import organisation
from ssohelper.simulator.server import Simulator
from ssohelper.storage import paths
from tests.fixtures.access_tokens import URL, Scene
from tests.fixtures.clock import Clock


@pytest.fixture
def make_scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Scene]]:
    """Makes a scene in an empty home folder; `options` are the Simulator's."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("XDG_STATE_HOME", "AWS_CONFIG_FILE"):
        monkeypatch.delenv(variable, raising=False)
    # botocore computed it from the real home folder when it was imported.
    monkeypatch.setattr(SSOTokenProvider, "_SSO_TOKEN_CACHE_DIR", str(paths.sso_cache()))
    with ExitStack() as stack:

        def make(**options: Any) -> Scene:
            world, clock = organisation(), Clock()
            world.start_url = URL
            service = stack.enter_context(Simulator(world, rate=None, clock=clock, **options))
            for name, value in service.environment.items():
                monkeypatch.setenv(name, value)
            return Scene(service, clock)

        yield make


@pytest.fixture
def scene(make_scene: Callable[..., Scene]) -> Scene:
    """A scene with Identity Center's usual behavior: a refresh token can be used once."""
    return make_scene()
