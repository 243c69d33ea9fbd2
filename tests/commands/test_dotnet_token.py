"""Version 4 of the AWS SDK for .NET and `ssohelper login` share the token of a session."""

import subprocess
from collections.abc import Iterator

import pytest

from ssohelper.simulator.companies import organisation
from ssohelper.simulator.server import Simulator
from tests.fixtures import dotnet
from tests.fixtures.clock import LaggingClock
from tests.fixtures.components import need
from tests.fixtures.drawing import token_file
from tests.fixtures.exec_jobs import PROFILE
from tests.fixtures.faketime import faketime
from tests.fixtures.home import HANG_SECONDS, Home, command
from tests.fixtures.sts import Sts

pytestmark = pytest.mark.full

# Keys that are valid for so short a time that the SDK requests new ones at each call, for which it reads the token.
KEY_SECONDS = 40
PROCESSES, LOGINS = 5, 8


@pytest.fixture
def identity_center() -> Iterator[Simulator]:
    """An Identity Center where each refresh makes the refresh token before it invalid."""
    clock = LaggingClock(8 * 3600 - KEY_SECONDS)
    with Simulator(organisation(), rate=None, auto_approve=True, clock=clock) as center:
        yield center


def test_refreshed_token(synced: Home, identity_center: Simulator, caller_identity: Sts) -> None:
    """While `login` refreshes the token again and again, five processes use it: none is signed out, no call fails."""
    words = (need("aws-dotnet-4"), "loop", f"profile:{PROFILE}", "15", "4", "50")
    environment = {**synced.environment, **dotnet.VARIABLES, "PROBE_STS_URL": caller_identity.url}
    processes = [
        subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)
    ]
    tokens = set()
    for number in range(1, LOGINS + 1):
        # The token is valid for an hour: less than 15 minutes are left.
        done = synced.run(*faketime(f"+{number * 50}m"), *command("ssohelper", "login", "--no-input"))
        assert done.returncode == 0, done.stderr
        tokens.add(token_file(synced).read_bytes())
    printed = [process.communicate(timeout=HANG_SECONDS)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * PROCESSES, printed
    assert len(tokens) == LOGINS
    assert oct(token_file(synced).stat().st_mode & 0o777) == "0o600"
    assert synced.ssohelper("status").returncode == 0
    calls = identity_center.counters.calls
    # No sign-in by a person but the first one, and no refresh by the SDK.
    assert (calls["StartDeviceAuthorization"], calls["CreateToken"]) == (1, 1 + LOGINS)
    assert calls["GetRoleCredentials"] > 100
