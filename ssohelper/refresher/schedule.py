"""When something is refreshed, and when a failed refresh is retried. Pure; times are in Unix seconds."""

from ssohelper.durations import REFRESH_AHEAD_SECONDS

# The earliest at which an SDK replaces credentials on its own (JavaScript).
_SDK_REPLACES_SECONDS = 5 * 60
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 5.0, 60.0


def due(expires_at: float | None) -> float:
    """When something is refreshed that expires then; now if that is not known."""
    return 0.0 if expires_at is None else expires_at - REFRESH_AHEAD_SECONDS


def due_after_refresh(expires_at: float | None, now: float) -> float:
    """When credentials are due after a refresh that had no problem; `now` is its time.

    New ones that are valid for less than what they are refreshed ahead are due after half of their time. Those that
    SDKs would not use for long are due at once.
    """
    left = (expires_at or 0.0) - now
    return now + left / 2 if _SDK_REPLACES_SECONDS < left <= REFRESH_AHEAD_SECONDS else due(expires_at)


def token_due(expires_at: float | None, sign_in_expires_at: float | None) -> float:
    """When a token is refreshed: not before the sign-in expires, if the token is valid for as long as that."""
    if expires_at is not None and sign_in_expires_at is not None and expires_at >= sign_in_expires_at:
        return max(due(expires_at), sign_in_expires_at)
    return due(expires_at)


def retry(now: float, failures: int) -> float:
    """When something is retried that has failed so many times in a row, at `now` the last time."""
    return now + min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * (1 << min(failures - 1, 10)))
