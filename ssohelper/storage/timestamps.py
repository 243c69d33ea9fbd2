"""The dates in AWS's cache files: written in one format, read in every format that other tools write."""

import math
from datetime import UTC, datetime


def written(seconds: float) -> str:
    """Unix seconds, rounded down, as `YYYY-MM-DDTHH:MM:SSZ`: the only format that every SDK reads."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(value: object) -> float | None:
    """A date in Unix seconds; None if it is not valid.

    Other tools write `...Z`, `...UTC` (old AWS CLI), fractions (JavaScript), offsets (Go), no zone, or Unix seconds.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if math.isfinite(value) else None
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.removesuffix("UTC").strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
