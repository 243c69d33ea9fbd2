"""The state of a sign-in after a refresh, and what the user is told."""

import pytest

from ssohelper.refresher import sign_in_state
from ssohelper.refresher.sign_in_state import SignInState
from ssohelper.refresher.worker import RefreshResult

NOW = 1767225600.0
VALID, EXPIRING, EXPIRED = SignInState.VALID, SignInState.EXPIRING, SignInState.EXPIRED


@pytest.mark.parametrize("before", SignInState)
@pytest.mark.parametrize(
    ("result", "state"),
    [
        (RefreshResult("acme", NOW + 3600), VALID),
        (RefreshResult("acme", NOW + 3600, NOW + 901, 900), VALID),
        (RefreshResult("acme", NOW + 3600, NOW + 900, 900), EXPIRING),
        (RefreshResult("acme", NOW - 1, problem="expired", needs_person=True), EXPIRED),
        (RefreshResult("acme", NOW + 3600, NOW + 60, 900, problem="HTTP 503"), None),
    ],
)
def test_after(before: SignInState, result: RefreshResult, state: SignInState | None) -> None:
    """A refresh that failed for reasons other than the sign-in does not change its state."""
    assert sign_in_state.next_state(before, result, NOW) == (before if state is None else state)


def test_expiring() -> None:
    """The command signs in again although the sign-in is valid, and can be pasted."""
    result = RefreshResult("my company", NOW + 3600, NOW + 754, 900)
    assert sign_in_state.expiry_message(result, NOW) == (
        "the sign-in to my company expires in 12m",
        "ssohelper login --session 'my company' --force",
    )
