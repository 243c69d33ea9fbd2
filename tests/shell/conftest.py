"""What the tests of shells share."""

import pytest

from tests.fixtures.shells import SHELLS


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    """Each of the shells."""
    return str(request.param)
