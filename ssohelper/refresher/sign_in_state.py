"""Whether a sign-in is valid, expires soon or has expired, and the message about it. Pure; times in Unix seconds."""

from enum import Enum

from ssohelper import durations, hints
from ssohelper.refresher.worker import RefreshResult


class SignInState(Enum):
    """The state of a sign-in, of which the user is notified."""

    VALID = 0
    EXPIRING = 1
    EXPIRED = 2


def next_state(before: SignInState, result: RefreshResult, now: float) -> SignInState:
    """The state after a refresh; one that failed for other reasons does not change it."""
    if result.needs_person:
        return SignInState.EXPIRED
    if result.problem is not None:
        return before
    if result.sign_in_expires_at is not None and result.sign_in_expires_at - result.notify_ahead <= now:
        return SignInState.EXPIRING
    return SignInState.VALID


def expiry_message(result: RefreshResult, now: float) -> tuple[str, str]:
    """The message, and the command to run, before a sign-in expires."""
    left = durations.shown((result.sign_in_expires_at or now) - now)
    return (
        f"the sign-in to {result.session} expires in {left}",
        hints.command("login", "--session", result.session, "--force"),
    )
