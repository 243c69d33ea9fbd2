"""Members of a JSON object from a client."""

from collections.abc import Callable
from typing import Any

import pytest

from ssohelper.simulator.json_members import flag, number, optional, positive, string, strings

Read = Callable[[dict[str, Any], str], Any]


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (string, "", ""),
        (optional, "x", "x"),
        (optional, None, None),
        (strings, ["x", "y"], ("x", "y")),
        (number, 1.5, 1.5),
        (number, 2, 2),
        (positive, 1, 1),
        (flag, True, True),
    ],
)
def test_valid(read: Read, value: object, expected: object) -> None:
    """A valid member is returned."""
    assert read({"m": value}, "m") == expected


def test_missing() -> None:
    """Some members may be missing."""
    assert (optional({}, "m"), strings({}, "m"), positive({}, "m", 3), flag({}, "m")) == (None, (), 3, False)
    for read in (string, number, positive):
        with pytest.raises(ValueError, match="m must be"):
            read({}, "m")


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (string, 1),
        (string, None),
        (optional, 1),
        (strings, "x"),
        (strings, ["x", 1]),
        (number, "1"),
        (number, True),
        (positive, 0),
        (positive, 1.0),
        (positive, True),
        (flag, 1),
    ],
)
def test_invalid(read: Read, value: object) -> None:
    """Any other value is a ValueError that names the member."""
    with pytest.raises(ValueError, match="m must be"):
        read({"m": value}, "m")
