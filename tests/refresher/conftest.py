"""What the tests of the endpoint share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.serving import BODY, Serving, serving


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Serving]:
    """An endpoint in a process of its own."""
    with serving(tmp_path, BODY) as serving_it:
        yield serving_it
