"""The time of a first `ssohelper sync` against that of `aws-sso-util configure populate`.

200 accounts with 3 roles each, 50 ms for each call, and no throttling: aws-sso-util fails when it is throttled.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from ssohelper.simulator.companies import generate
from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home, command, environment, sign_in

ACCOUNTS, ROLES, LATENCY = 200, 3, 0.05


def main() -> None:
    """Print both times and their ratio."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Simulator(generate(ACCOUNTS, ROLES), rate=None, latency=LATENCY, auto_approve=True) as identity_center,
    ):
        populate = _populate(_home(folder, "aws-sso-util", identity_center), identity_center)
        sync = _sync(_home(folder, "ssohelper", identity_center), identity_center)
    sys.stdout.write(
        f"{ACCOUNTS} accounts with {ROLES} roles, {LATENCY * 1000:.0f} ms a call: "
        f"aws-sso-util {populate:.1f} s, ssohelper {sync:.1f} s, ratio {populate / sync:.1f}\n"
    )


def _home(folder: str, name: str, identity_center: Simulator) -> Home:
    path = Path(folder) / name
    path.mkdir()
    return Home(path, environment(path, identity_center.environment))


def _sync(home: Home, identity_center: Simulator) -> float:
    sign_in(home, identity_center)
    began = time.perf_counter()
    done = home.run(*command("ssohelper", "sync", "--yes"))  # by its path, so that it loads its modules
    seconds = time.perf_counter() - began
    assert done.returncode == 0, done.stderr
    _check(home)
    return seconds


def _populate(home: Home, identity_center: Simulator) -> float:
    where = ("--sso-start-url", identity_center.start_url, "--sso-region", identity_center.region)
    done = home.run("aws-sso-util", "login", "--headless", where[1], where[3])
    assert done.returncode == 0, done.stderr
    began = time.perf_counter()
    done = home.run("aws-sso-util", "configure", "populate", *where, "--region", identity_center.region)
    seconds = time.perf_counter() - began
    assert done.returncode == 0, done.stderr
    _check(home)
    return seconds


def _check(home: Home) -> None:
    """Check that there is a profile for every role."""
    script = "import json, boto3; print(json.dumps(boto3.Session().available_profiles))"
    found = json.loads(home.run(sys.executable, "-c", script).stdout)
    assert len(found) == ACCOUNTS * ROLES, len(found)


if __name__ == "__main__":
    main()
