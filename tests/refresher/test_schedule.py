"""When something is refreshed, and when a failed refresh is retried."""

import pytest

from ssohelper.refresher import schedule

NOW = 1767225600.0
MINUTES = 60.0


def test_due() -> None:
    """Something is due 20 minutes before it expires; at once if that is not known."""
    assert schedule.due(NOW) == NOW - 20 * MINUTES
    assert schedule.due(None) < NOW - 20 * MINUTES


@pytest.mark.parametrize(
    ("token", "sign_in", "due"),
    [(60, None, 40), (60, 480, 40), (60, 60, 60), (60, 50, 50), (60, 30, 40), (10, 10, 10)],
)
def test_token_due(token: float, sign_in: float | None, due: float) -> None:
    """A token that is valid until the sign-in expires is not refreshed before that."""
    sign_in_expires_at = None if sign_in is None else NOW + sign_in * MINUTES
    assert schedule.token_due(NOW + token * MINUTES, sign_in_expires_at) == NOW + due * MINUTES


def test_retry() -> None:
    """The pauses double from 5 to 60 seconds, and stay there however often it fails."""
    assert [schedule.retry(NOW, failures) - NOW for failures in (1, 2, 3, 4, 5, 6, 5000)] == [
        5, 10, 20, 40, 60, 60, 60,
    ]  # fmt: skip


def test_due_after_refresh() -> None:
    """Credentials are refreshed 20 minutes ahead; short-lived ones after half of their time, or at once."""
    found = [schedule.due_after_refresh(NOW + minutes * 60, NOW) - NOW for minutes in (60, 25, 20, 15, 6)]
    assert found == [minutes * 60 for minutes in (40, 5, 10, 7.5, 3)]
    assert [schedule.due_after_refresh(each, NOW) <= NOW for each in (NOW + 300, NOW - 1, None)] == [True] * 3
