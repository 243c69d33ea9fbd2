"""Discovery under throttling: the time that it takes against the least possible, calls / rate.

1,000 accounts at 8, 20 and 60 calls a second; ssohelper does not know the rate. All accounts must be listed.
"""

import os
import sys
import time

from ssohelper.identity_center.portal import WORKERS, Portal
from ssohelper.model import Session, Token
from ssohelper.simulator.companies import generate
from ssohelper.simulator.server import Simulator
from ssohelper.sync.discovery import discover

ACCOUNTS, ROLES = 1_000, 1
RATES = (20.0, 60.0, 8.0)


def main() -> None:
    """Print a line for each rate; the arguments may name other rates."""
    for rate in [float(each) for each in sys.argv[1:]] or RATES:
        _measure(rate)


def _measure(rate: float) -> None:
    world = generate(ACCOUNTS, ROLES)
    with Simulator(world, rate=rate) as identity_center:
        os.environ.update(identity_center.environment)
        session = Session("benchmark", identity_center.start_url, identity_center.region)
        grant = identity_center.sign_in()
        portal = Portal(session, Token(session.start_url, session.region, grant.access_token, grant.expires_at))
        began = time.monotonic()
        found = discover(portal, workers=WORKERS)
        seconds = time.monotonic() - began
        throttled, calls = identity_center.counters.throttled, identity_center.counters.calls
    assert len(found.roles) == ACCOUNTS * ROLES
    assert not found.unlisted
    needed = sum(calls.values()) - throttled
    sys.stdout.write(
        f"{rate:.0f} calls a second: {needed} calls in {seconds:.1f} s, at least {needed / rate:.1f} s, "
        f"ratio {seconds * rate / needed:.3f}; {throttled} calls were throttled\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
