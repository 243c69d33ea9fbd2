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


@pytest.mark.parametrize(
    "words", [("roles", "--fresh"), ("accounts",), ("sync", "--yes")], ids=lambda words: words[0]
)
def test_names_of_accounts(signed_in: Home, words: tuple[str, ...]) -> None:
    """Whatever lists the accounts keeps their names, and open shells show what rules make of them."""
    signed_in.settings.parent.mkdir(parents=True, exist_ok=True)
    signed_in.settings.write_text("[defaults]\nrules = [{ match = '*-prod/*', label = 'PROD', color = 'red' }]\n")
    with signed_in.config.open("a") as file:
        file.write("\n[profile mine]\nsso_session = acme\nsso_account_id = 333344445555\nsso_role_name = ReadOnly\n")
    state = signed_in.state / "prompt" / "profile.mine"
    assert signed_in.ssohelper("prompt", "--keep", AWS_PROFILE="mine").returncode == 0
    assert state.read_text().endswith(" 0 mine\n")
    assert signed_in.ssohelper(*words).returncode == 0
    assert state.read_text().endswith(" 31 PROD mine\n")
