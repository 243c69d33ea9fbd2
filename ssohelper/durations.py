"""Durations as people write and read them."""

import re

# SDKs refresh tokens themselves once less than 15 minutes are left, and credentials with less than 16. We refresh
# earlier, so that we never race with them.
REFRESH_AHEAD_SECONDS = 20 * 60
_UNITS = {"h": 3600, "m": 60, "s": 1}


def read(text: str) -> int:
    """`30m`, `2h` or `1h30m` in seconds. Raises `ValueError`."""
    if not re.fullmatch(r"(\d{1,5}[hms])+", text, re.ASCII):
        raise ValueError(text)
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([hms])", text))


def shown(seconds: float) -> str:
    """Seconds, rounded down, as `7h 59m`, `8h`, `12m` or `40s`."""
    whole = max(0, int(seconds))
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours:
        return f"{hours}h {minutes:02}m" if minutes else f"{hours}h"
    return f"{minutes}m" if minutes else f"{whole}s"


def in_minutes(seconds: float) -> int:
    """Seconds, rounded to whole minutes: of what was issued a moment ago, the time that is left is its duration."""
    return round(seconds / 60) * 60


def ago(seconds: float) -> str:
    """How long ago something was, as `5m ago`, `7h ago` or `12 days ago`."""
    days = int(seconds) // 86400
    if days:
        return "1 day ago" if days == 1 else f"{days} days ago"
    return f"{shown(seconds if seconds < 3600 else seconds // 3600 * 3600)} ago"
