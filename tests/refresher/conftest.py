"""Fixtures for the tests of the refresher."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.serving import BODY, Serving, serving


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Serving]:
    """An endpoint in another process."""
    with serving(tmp_path, BODY) as endpoint:
        yield endpoint
