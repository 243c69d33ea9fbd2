"""The rate limit that was found for a portal. It is stored for a day, and the next command starts with it.

One small file for each portal, as the service counts the calls of all sessions together.
"""

import json
import math
from contextlib import suppress
from pathlib import Path

from ssohelper.errors import Failed
from ssohelper.identity_center.limiter import START_RATE
from ssohelper.model import Session
from ssohelper.storage import files, json_cache, paths

# AWS may change a limit, and another client may have used up a part of it.
_VALID_SECONDS = 24 * 3600.0


def load(session: Session, now: float) -> float | None:
    """The rate in requests a second that was learnt within a day; None if there is none. `now` is in Unix seconds.

    It is at least half of the usual one: a lower one was measured while another client used the quota, most likely.
    """
    try:
        found = json.loads(files.read(_path(session)) or b"{}")
        rate, learnt_at = float(found["rate"]), float(found["learnt_at"])
    except (Failed, ValueError, TypeError, LookupError, RecursionError):
        return None
    valid = 0 < rate < math.inf and 0 <= now - learnt_at < _VALID_SECONDS
    return max(rate, START_RATE / 2) if valid else None


def save(session: Session, rate: float, now: float) -> None:
    """Store a rate. A failure is ignored: the next command measures again."""
    with suppress(Failed):
        files.replace(_path(session), json.dumps({"rate": rate, "learnt_at": now}).encode(), private=True)


def _path(session: Session) -> Path:
    return paths.state() / "rates" / f"{json_cache.name(f'{session.start_url} {session.region}')}.json"
