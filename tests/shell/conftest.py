"""Fixtures for the tests of shells."""

import pytest

from tests.fixtures.shells import SHELLS


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    """Each shell but PowerShell."""
    return str(request.param)
