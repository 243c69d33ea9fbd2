"""The end of a sign-in, as `logout` and `configure --remove` make it."""

import json

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home


def test_unreachable(synced: Home, identity_center: Simulator) -> None:
    """If Identity Center cannot be reached, everything here is deleted, and the rest is said; both commands do it."""
    identity_center.faults.add("Logout", Fault.error(500), None)
    done = synced.ssohelper("configure", "--remove", "--yes", "--json", "--session", "acme")
    assert json.loads(done.stdout)["sign_out"] == {
        "session": "acme",
        "was_signed_in": True,
        "ended_at_identity_center": False,
        "roles_deleted": 0,
    }
    assert "could not sign out at Identity Center" in done.stderr
    assert (done.returncode, list((synced.path / ".aws" / "sso" / "cache").glob("293*"))) == (5, [])
