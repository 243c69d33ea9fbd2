"""The dates in AWS's cache files: one way to write them, every way that other tools write them to read."""

import math
from datetime import UTC, datetime


def written(seconds: float) -> str:
    """Unix seconds as `YYYY-MM-DDTHH:MM:SSZ`: the only form that every SDK reads."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(value: object) -> float | None:
    """Unix seconds of a date in any form found in these caches; None for what is no date.

    Other tools write `...Z`, `...UTC` (old AWS CLI), fractions (JavaScript), offsets (Go), no zone at all, or epoch
    seconds.
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
