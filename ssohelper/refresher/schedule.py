"""When something is renewed, and when it is tried again. Pure; times are Unix seconds."""

# botocore asks again once 15 minutes are left, the other SDKs later: what is renewed now is there before they ask.
# The same as of `sign_in.access` and of `credentials.provider`, which do it and are not loaded here.
AHEAD_SECONDS = 20 * 60
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 5.0, 60.0


def due(ends: float | None) -> float:
    """When something that `ends` then is renewed; at once where it is not known to last."""
    return 0.0 if ends is None else ends - AHEAD_SECONDS


def token_due(ends: float | None, sign_in_ends: float | None) -> float:
    """When a token that `ends` then is renewed: one that lasts as long as its sign-in is not renewed any more."""
    if ends is not None and sign_in_ends is not None and ends >= sign_in_ends:
        return max(due(ends), sign_in_ends)
    return due(ends)


def again(now: float, failures: int) -> float:
    """When something is tried again that has failed so often in a row, at `now` the last time."""
    return now + min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * (1 << min(failures - 1, 10)))
