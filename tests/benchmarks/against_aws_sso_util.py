"""How long a first `ssohelper sync` takes, against `aws-sso-util configure populate` on the same Identity Center.

200 accounts of 3 roles, each call takes 50 ms, and there is no throttling: aws-sso-util does not survive it.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import generate
from tests.fixtures.home import Home, environment, sign_in

ACCOUNTS, ROLES, LATENCY = 200, 3, 0.05


def main() -> None:
    """Print both times and their ratio."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Simulator(generate(ACCOUNTS, ROLES), rate=None, latency=LATENCY, auto_approve=True) as identity_center,
    ):
        theirs = _populate(_home(folder, "theirs", identity_center), identity_center)
        ours = _sync(_home(folder, "ours", identity_center), identity_center)
    sys.stdout.write(
        f"{ACCOUNTS} accounts of {ROLES} roles, {LATENCY * 1000:.0f} ms a call: "
        f"aws-sso-util {theirs:.1f} s, ssohelper {ours:.1f} s, ratio {theirs / ours:.1f}\n"
    )


def _home(folder: str, name: str, identity_center: Simulator) -> Home:
    path = Path(folder) / name
    path.mkdir()
    return Home(path, environment(path, identity_center.environment))


def _sync(home: Home, identity_center: Simulator) -> float:
    sign_in(home, identity_center)
    began = time.perf_counter()
    done = home.ssohelper("sync", "--yes")
    took = time.perf_counter() - began
    assert done.returncode == 0, done.stderr
    _check(home)
    return took


def _populate(home: Home, identity_center: Simulator) -> float:
    where = ("--sso-start-url", identity_center.start_url, "--sso-region", identity_center.region)
    done = home.run("aws-sso-util", "login", "--headless", where[1], where[3])
    assert done.returncode == 0, done.stderr
    began = time.perf_counter()
    done = home.run("aws-sso-util", "configure", "populate", *where, "--region", identity_center.region)
    took = time.perf_counter() - began
    assert done.returncode == 0, done.stderr
    _check(home)
    return took


def _check(home: Home) -> None:
    """Both made a profile for every role."""
    script = "import json, boto3; print(json.dumps(boto3.Session().available_profiles))"
    found = json.loads(home.run(sys.executable, "-c", script).stdout)
    assert len(found) == ACCOUNTS * ROLES, len(found)


if __name__ == "__main__":
    main()
