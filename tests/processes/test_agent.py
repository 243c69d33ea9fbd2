"""The agent as a real process: what it refreshes, what it says, and that it uses little when idle."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ssohelper.simulator.companies import organisation
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.storage import timestamps
from tests.fixtures.agents import agent_log, agent_status, expires_at, set_expiration, token_file
from tests.fixtures.components import need
from tests.fixtures.faketime import faketime
from tests.fixtures.home import Home, sign_in, wait_for

pytestmark = pytest.mark.full

ACCOUNT, ROLE = "333344445555", "ReadOnly"
ROLE_OPTIONS = ("--session", "acme", "--account-id", ACCOUNT, "--role-name", ROLE)
# A check starts a Python that loads botocore: some tenths of a second, more on a busy machine.
SOON_SECONDS = 10


def sign_in_problem(home: Home) -> str | None:
    """The problem of the only session in the agent's status."""
    problem: str | None = agent_status(home)["sessions"]["acme"]["problem"]
    return problem


def test_token_of_another_tool(with_agent: Home) -> None:
    """A token that another tool wrote is refreshed at once if it expires soon."""
    set_expiration(with_agent, 600)
    wait_for(lambda: expires_at(with_agent) - time.time() > 3000, SOON_SECONDS)
    assert sign_in_problem(with_agent) is None


def test_recently_used_role(with_agent: Home, identity_center: Simulator) -> None:
    """After a role was used, its credentials and its prepared answer are refreshed before they expire."""
    assert with_agent.ssohelper("credential-process", *ROLE_OPTIONS).returncode == 0
    wait_for(lambda: len(agent_status(with_agent)["sessions"]["acme"]["roles"]) == 1, SOON_SECONDS)
    (cached,) = (with_agent.path / ".aws" / "cli" / "cache").glob("*.json")
    data = json.loads(cached.read_bytes())
    data["Credentials"]["Expiration"] = timestamps.written(time.time() + 17 * 60)
    cached.write_text(json.dumps(data))
    identity_center.counters.reset()
    set_expiration(with_agent, 3000)  # any change causes a check

    def answer() -> str:
        return str(json.loads(with_agent.run("ssohelper-credential-process", *ROLE_OPTIONS).stdout)["AccessKeyId"])

    wait_for(lambda: answer() != data["Credentials"]["AccessKeyId"], SOON_SECONDS)
    assert identity_center.counters.calls == {"GetRoleCredentials": 1}


def test_role_no_longer_assigned(with_agent: Home, identity_center: Simulator) -> None:
    """A role that is no longer assigned is a problem in the status, and does not stop the rest."""
    assert with_agent.ssohelper("credential-process", *ROLE_OPTIONS).returncode == 0
    wait_for(lambda: len(agent_status(with_agent)["sessions"]["acme"]["roles"]) == 1, SOON_SECONDS)
    identity_center.world.withdraw(ACCOUNT, ROLE)
    (cached,) = (with_agent.path / ".aws" / "cli" / "cache").glob("*.json")
    cached.unlink()
    set_expiration(with_agent, 600)
    wait_for(lambda: agent_status(with_agent)["sessions"]["acme"]["roles"][0]["problem"] is not None, SOON_SECONDS)
    problem = agent_status(with_agent)["sessions"]["acme"]["roles"][0]["problem"]
    assert problem.startswith(f"role {ROLE} in account {ACCOUNT} is not assigned to you")
    assert agent_status(with_agent)["next_check_at"] - time.time() > 600


def test_network_failure(with_agent: Home, identity_center: Simulator) -> None:
    """A failed refresh is retried with pauses, and shown in the status until it succeeds."""
    identity_center.faults.add("*", Fault.dropped(), None)
    set_expiration(with_agent, 600)
    wait_for(lambda: "could not refresh" in (sign_in_problem(with_agent) or ""))
    time.sleep(8)  # it retries several times
    assert "could not refresh" in (sign_in_problem(with_agent) or "")
    identity_center.faults.clear()
    wait_for(lambda: expires_at(with_agent) - time.time() > 3000)
    wait_for(lambda: sign_in_problem(with_agent) is None)
    lines = [re.sub(r" \(.*", "", line) for line in agent_log(with_agent)]
    assert (lines[:2], lines[-1]) == (
        ["agent started", "acme: could not refresh the sign-in to acme"],
        "acme: no problems",
    )
    assert not [line for line in lines if "expire" in line]


def test_expired_sign_in(with_agent: Home, identity_center: Simulator) -> None:
    """The user is notified once, nothing is retried, and a new sign-in is noticed."""
    identity_center.revoke_all_tokens()
    set_expiration(with_agent, -60)
    wait_for(
        lambda: sign_in_problem(with_agent) == "the sign-in to acme has expired",
        SOON_SECONDS,
    )
    identity_center.counters.reset()
    assert agent_status(with_agent)["next_check_at"] - time.time() > 600
    assert with_agent.ssohelper("login").returncode == 0
    wait_for(lambda: sign_in_problem(with_agent) is None, SOON_SECONDS)
    assert agent_log(with_agent)[1:] == [
        "the sign-in to acme has expired",
        "acme: no problems",
    ]


def test_sign_in_expires_soon(make_home: Callable[..., Home]) -> None:
    """The user is notified once of a token that expires with its sign-in, and it is not refreshed repeatedly."""
    with Simulator(organisation(), rate=None, auto_approve=True) as center:
        home = make_home(**center.environment)
        sign_in(home, center)
        try:
            assert home.ssohelper("agent", "start").returncode == 0
            wait_for(lambda: agent_status(home).get("checks") == 1)
            grant = center.sign_in(seconds=14 * 60)
            path = token_file(home)
            changed = {
                "accessToken": grant.access_token,
                "refreshToken": grant.refresh_token,
                "clientId": grant.client_id,
                "clientSecret": grant.client_secret,
                "expiresAt": timestamps.written(grant.expires_at),
            }
            path.write_text(json.dumps({**json.loads(path.read_bytes()), **changed}))
            wait_for(lambda: len(agent_log(home)) == 2, SOON_SECONDS)
            time.sleep(4)
            assert agent_log(home) == ["agent started", "the sign-in to acme expires in 13m"]
            # One for the first sign-in, one when a check found the other.
            assert center.counters.calls["CreateToken"] == 2
            assert 12 * 60 < agent_status(home)["next_check_at"] - time.time() <= 14 * 60
        finally:
            home.ssohelper("agent", "stop")


def test_rejection_seen_by_another_command(with_agent: Home, identity_center: Simulator) -> None:
    """If another command finds that the sign-in has expired, the agent notices, and notifies the user."""
    identity_center.revoke_all_tokens()
    assert with_agent.ssohelper("roles").returncode == 4
    wait_for(
        lambda: sign_in_problem(with_agent) == "the sign-in to acme has expired",
        SOON_SECONDS,
    )
    done = with_agent.ssohelper("agent", "status")
    assert (done.stderr, done.returncode) == ("hint: ssohelper login --session acme\n", 0)
    assert agent_log(with_agent) == ["agent started", "the sign-in to acme has expired"]


def test_prompts(with_agent: Home, identity_center: Simulator) -> None:
    """The state files of the prompts in use are updated together with the sign-in; others are not made."""
    state = with_agent.state / "prompt" / "only"
    assert with_agent.ssohelper("prompt", "--keep").returncode == 0
    assert state.read_text().startswith("5 valid 0 0 ")
    identity_center.revoke_all_tokens()
    set_expiration(with_agent, -60)
    wait_for(lambda: state.read_text().startswith("5 expired 0 0 0 "), SOON_SECONDS)
    assert state.stat().st_mtime_ns > token_file(with_agent).stat().st_mtime_ns
    assert [each.name for each in state.parent.iterdir()] == ["only"]


def test_settings(agent_home: Home) -> None:
    """Settings say how long sign-ins last, how early to notify, and how long an unused role is refreshed."""
    agent_home.settings.parent.mkdir(parents=True)
    agent_home.settings.write_text("[defaults]\nsign_in_hours = 2\nnotify_minutes = 125\nkeep_hours = 1\n")
    for account in (ACCOUNT, "222233334444"):
        words = ("--session", "acme", "--account-id", account, "--role-name", ROLE)
        assert agent_home.ssohelper("credential-process", *words).returncode == 0
    (old,) = [each for each in (agent_home.state / "recent-roles").iterdir() if ACCOUNT in each.read_text()]
    os.utime(old, (0, time.time() - 3660))
    assert agent_home.ssohelper("agent", "start").returncode == 0
    wait_for(lambda: "checks" in agent_status(agent_home), SOON_SECONDS)
    acme = agent_status(agent_home)["sessions"]["acme"]
    assert [each["account_id"] for each in acme["roles"]] == ["222233334444"]
    assert 115 * 60 < acme["sign_in_expires_at"] - time.time() <= 120 * 60
    assert agent_log(agent_home) == ["agent started", "the sign-in to acme expires in 1h 59m"]


def test_invalid_settings(with_agent: Home) -> None:
    """An error in the settings is shown in the status and the log, until it is fixed."""
    with_agent.settings.parent.mkdir(parents=True, exist_ok=True)
    with_agent.settings.write_text("[defaults]\nvia = 1\n")
    wait_for(lambda: agent_status(with_agent)["problem"] is not None, SOON_SECONDS)
    problem = agent_status(with_agent)["problem"]
    assert problem.startswith("~/.config/ssohelper/config.toml, line 2: unknown setting via;")
    assert agent_log(with_agent) == ["agent started", problem]
    with_agent.settings.write_text("")
    wait_for(lambda: agent_status(with_agent)["problem"] is None, SOON_SECONDS)


FULL_DISK = """\
set -e
disk=.local/state/ssohelper cache=.aws/sso/cache
cp -r $disk $cache ../
mount -t tmpfs -o size=400k,mode=700 tmpfs .local/state
mkdir -m 700 $disk .local/state/cache
cp -r ../ssohelper/. $disk
cp -r ../cache/. .local/state/cache
mount --bind .local/state/cache $cache
trap 'ssohelper agent stop' EXIT
ssohelper agent start
{python} - full <<'END'
import json, pathlib, subprocess, time

def problem():
    status = json.loads(subprocess.run(["ssohelper", "agent", "status", "--json"], stdout=-1).stdout)
    return (status["sessions"]["acme"]["problem"] or "") if status.get("sessions") else None

def wait_for(expected):
    deadline = time.monotonic() + 30
    while not expected(found := problem()):
        assert time.monotonic() < deadline, found
        time.sleep(0.1)

wait_for(lambda problem: problem == "")
disk = pathlib.Path(".local/state/filling").open("wb", buffering=0)
try:
    while disk.write(b"x" * 1024):
        pass
except OSError:
    pass
for path in pathlib.Path(".aws/sso/cache").iterdir():
    data = path.read_bytes()
    if b"accessToken" in data:
        soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 600))
        changed = json.loads(data) | {{"expiresAt": soon}}
        with path.open("r+b", buffering=0) as file:
            file.write(json.dumps(changed).encode().ljust(len(data)))
wait_for(lambda problem: "no space left on device" in (problem or ""))
disk.truncate(0)
wait_for(lambda problem: problem == "")
END
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the disk is mounted in a Linux namespace")
def test_full_disk(signed_in: Home, identity_center: Simulator) -> None:
    """A full disk is a problem in the status, and the files are written as soon as there is space."""
    path = f"{Path(sys.executable).parent}:{signed_in.environment['PATH']}"
    script = FULL_DISK.format(python=sys.executable)
    done = signed_in.run(need("unshare"), "-rm", "sh", "-c", script, PATH=path)
    assert (done.returncode, identity_center.counters.calls["CreateToken"]) == (0, 2), done.stderr


def test_damaged_files(with_agent: Home, identity_center: Simulator) -> None:
    """It survives a cache folder that is moved away, and state and config files that are invalid."""
    cache = with_agent.path / ".aws" / "sso" / "cache"
    cache.rename(cache.with_name("elsewhere"))
    with_agent.settings.parent.mkdir(parents=True, exist_ok=True)
    (with_agent.state / "agent.json").write_text("garbage")
    (with_agent.state / "recent-roles" / "garbage").write_text("garbage\0")
    with_agent.config.write_bytes(with_agent.config.read_bytes() + b"\n[profile x\nstray\n")
    wait_for(lambda: agent_status(with_agent).get("sessions") == {}, SOON_SECONDS)
    sign_in(with_agent, identity_center)
    wait_for(lambda: list(agent_status(with_agent).get("sessions", {})) == ["acme"], SOON_SECONDS)
    assert agent_status(with_agent)["running"] is True


def test_after_suspend(make_home: Callable[..., Home]) -> None:
    """When the clock jumps, as after a suspend, what is due is refreshed within a minute."""
    ahead = [0.0]
    preload = subprocess.run([*faketime("+0"), "printenv", "LD_PRELOAD"], capture_output=True, text=True, check=True)
    with Simulator(organisation(), rate=None, auto_approve=True, clock=lambda: time.time() + ahead[0]) as center:
        home = make_home(**center.environment)
        sign_in(home, center)
        jump = home.path / "jump"
        jump.write_text("+0")
        faked = {"FAKETIME_TIMESTAMP_FILE": str(jump), "FAKETIME_NO_CACHE": "1"}
        home.environment.update(faked, LD_PRELOAD=preload.stdout.strip())
        try:
            assert home.ssohelper("agent", "start").returncode == 0
            wait_for(lambda: "checks" in agent_status(home))
            assert center.counters.calls["CreateToken"] == 1
            ahead[0] = 45 * 60
            jump.write_text("+2700")
            wait_for(lambda: center.counters.calls["CreateToken"] == 2, 60 + SOON_SECONDS)
        finally:
            home.ssohelper("agent", "stop")


def test_stopped_while_it_refreshes(agent_home: Home, identity_center: Simulator) -> None:
    """Stopped while a refresh is on its way, it ends at once, and logs nothing but its end."""
    set_expiration(agent_home, 300)
    identity_center.counters.reset()
    identity_center.faults.add("CreateToken", Fault.hang(60), None)
    assert agent_home.ssohelper("agent", "start").returncode == 0
    wait_for(lambda: identity_center.counters.calls["CreateToken"] > 0)
    assert agent_home.ssohelper("agent", "stop").returncode == 0
    assert agent_log(agent_home) == ["agent started", "agent stopped"]


@pytest.mark.slow
def test_idle(with_agent: Home) -> None:
    """Idle, it uses at most 25 MB of memory, has no child and no AWS SDK, and wakes up once a minute."""
    process = Path(f"/proc/{agent_status(with_agent)['process_id']}")
    time.sleep(2)

    def figure(name: str) -> int:
        found = re.search(rf"^{name}:\s+(\d+)", (process / "status").read_text(), re.MULTILINE)
        assert found is not None
        return int(found[1])

    before, checks = figure("voluntary_ctxt_switches"), agent_status(with_agent)["checks"]
    time.sleep(120)
    assert figure("voluntary_ctxt_switches") - before <= 2
    assert agent_status(with_agent)["checks"] == checks
    assert figure("VmRSS") <= 25 * 1024
    assert (process / "task").joinpath(process.name, "children").read_text() == ""
    assert not [line for line in (process / "maps").read_text().splitlines() if "botocore" in line or "boto3" in line]
