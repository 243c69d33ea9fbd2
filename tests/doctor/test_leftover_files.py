"""Temporary files with secrets that killed processes left."""

import json

from ssohelper.simulator.server import Simulator
from tests.fixtures.doctor_runs import change_token, check_fix, findings
from tests.fixtures.drawing import token_file
from tests.fixtures.home import Home


def test_found_and_removed(healthy: Home) -> None:
    """They are one finding, which `doctor --fix` fixes."""
    left = [
        healthy.path / folder / name
        for folder, name in (
            (".aws/cli/cache", ".x.aaaaaaaa.ssohelper"),
            (".aws/sso/cache", ".x.aaaaaaaa.ssohelper"),
            (".local/state/ssohelper/answers/acme/1", ".x.aaaaaaaa.ssohelper"),
            (".local/state/ssohelper/unsaved-tokens", f"{'0' * 40}.json"),
        )
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("secret")
    (found,) = findings(healthy, "--offline")
    shown = "~/.aws/sso/cache/.x.aaaaaaaa.ssohelper"
    assert (found["kind"], found["message"], found["fix"]) == (
        "leftover",
        f"a process that was killed, or had no space, left secrets in {shown} and 3 more",
        "ssohelper doctor --fix",
    )
    check_fix(healthy, "--offline")
    assert not any(path.exists() for path in left)


def test_new_token(healthy: Home, identity_center: Simulator) -> None:
    """A new token that was left is saved first: the one in its file may not work any more."""
    path = token_file(healthy)
    left = path.with_name(f".{path.name}.aaaaaaaa.ssohelper")
    left.write_bytes(path.read_bytes())
    change_token(healthy, expiresAt="2020-01-01T00:00:00Z", refreshToken="used")
    assert [each["kind"] for each in findings(healthy, "--offline") if each["kind"] == "leftover"] == ["leftover"]
    assert healthy.ssohelper("doctor", "--fix", "--yes", "--offline").returncode == 0
    assert (json.loads(path.read_bytes())["refreshToken"] == "used", left.exists()) == (False, False)
    assert healthy.ssohelper("accounts").returncode == 0
    assert identity_center.counters.calls["CreateToken"] <= 1
