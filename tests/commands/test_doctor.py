"""The arguments of `doctor`."""

import pytest

from tests.fixtures.home import Home


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--needs", "8h"), "--needs requires a profile"),
        (("x", "--offline"), "credentials of a profile cannot be requested offline"),
        (("x", "--needs", "long"), "not a valid duration: 'long' (expected 30m, 6h or 1h30m)"),
    ],
)
def test_invalid_arguments(home: Home, words: tuple[str, ...], message: str) -> None:
    """Invalid arguments are a usage error."""
    done = home.ssohelper("doctor", *words)
    assert (done.stderr.splitlines()[0], done.returncode) == (f"ssohelper: {message}", 2)
