"""The progress bar of a discovery."""

import sys

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home

PROGRAM = """
import os
from ssohelper.identity_center.portal import Portal
from ssohelper.model import Session, Token
from ssohelper.ui import discovery
url, region, token = (os.environ[name] for name in ("URL", "REGION", "TOKEN"))
found = discovery.discover(Portal(Session("acme", url, region), Token(url, region, token, 2e9)))
print(len(found.accounts), len(found.roles))
"""


@pytest.mark.full
def test_progress(home: Home, identity_center: Simulator) -> None:
    """On a terminal it shows how many accounts are done; without one only the result is printed."""
    identity_center.conditions.latency = 0.1
    token = identity_center.sign_in().access_token
    home.environment.update(URL=identity_center.start_url, REGION=identity_center.region, TOKEN=token)
    shown = home.terminal("-c", PROGRAM, program=sys.executable)
    shown.expect(r"listing accounts.*\d/8.*calls/s")
    shown.expect(r"8 16\r\n")
    shown.wait()
    done = home.run(sys.executable, "-c", PROGRAM)
    assert (done.stdout, done.stderr) == ("8 16\n", "")
