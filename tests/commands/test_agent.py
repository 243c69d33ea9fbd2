"""`ssohelper agent`: real processes in the background that keep everything fresh, and rest."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import generate, organisation
from ssohelper.storage import timestamps
from tests.fixtures.components import need
from tests.fixtures.faketime import faketime
from tests.fixtures.home import HANG_SECONDS, Home, command, sign_in

ACCOUNT, ROLE = "333344445555", "ReadOnly"
NAMED = ("--session", "acme", "--account-id", ACCOUNT, "--role-name", ROLE)
# A look is a Python that loads botocore: some tenths of a second, more on a busy machine.
SOON_SECONDS = 10


@pytest.fixture
def home(home: Home) -> Iterator[Home]:
    """A home folder in which no agent runs in the end."""
    yield home
    home.ssohelper("agent", "stop")


@pytest.fixture
def kept(signed_in: Home) -> Home:
    """A home folder with a running agent that has had its first look."""
    assert signed_in.ssohelper("agent", "start").returncode == 0
    wait_for(lambda: "looks" in status(signed_in))
    return signed_in


def status(home: Home) -> dict[str, Any]:
    """What the agent tells of itself; times in Unix seconds."""

    def undated(facts: dict[str, Any]) -> dict[str, Any]:
        for name in ("looked_at", "next_look", "token_ends", "sign_in_ends", "ends"):
            if facts.get(name) is not None:
                facts[name] = timestamps.read(facts[name])
        return facts

    found: dict[str, Any] = json.loads(home.ssohelper("agent", "status", "--json").stdout, object_hook=undated)
    return found


def wait_for(fact: Callable[[], bool], seconds: float = HANG_SECONDS) -> None:
    """Return as soon as something is so."""
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def token_file(home: Home) -> Path:
    """The token file of the only session."""
    for path in (home.path / ".aws" / "sso" / "cache").glob("*.json"):
        if "accessToken" in json.loads(path.read_bytes()):
            return path
    raise AssertionError("no token")


def ends(home: Home) -> float:
    """When the access token ends, in Unix seconds."""
    return timestamps.read(json.loads(token_file(home).read_bytes())["expiresAt"]) or 0.0


def set_end(home: Home, left: float) -> None:
    """Let the access token end in so many seconds, as if another tool had written it."""
    path = token_file(home)
    path.write_text(
        json.dumps({**json.loads(path.read_bytes()), "expiresAt": timestamps.written(time.time() + left)})
    )


def log(home: Home) -> list[str]:
    """What the agent has said, without times."""
    return [line.partition(" ")[2] for line in (home.state / "agent.log").read_text().splitlines()]


def test_start_and_stop(signed_in: Home) -> None:
    """It is started once, tells that it runs, and ends when it is told to."""
    told = []
    for words in ("status", "start", "start", "status", "stop", "stop", "status"):
        done = signed_in.ssohelper("agent", words)
        first = (done.stdout or done.stderr).splitlines()[0].removeprefix("ssohelper: ")
        told.append((words, first, done.returncode))
    assert told == [
        ("status", "the agent does not run", 1),
        ("start", "the agent runs", 0),
        ("start", "the agent runs already", 0),
        ("status", "the agent runs", 0),
        ("stop", "the agent has ended", 0),
        ("stop", "the agent does not run", 0),
        ("status", "the agent does not run", 1),
    ]
    assert log(signed_in) == ["the agent begins", "the agent ends"]
    assert (signed_in.state / "agent.log").stat().st_mode & 0o777 == 0o600


def test_one_for_each_user(kept: Home) -> None:
    """A second one says that there is one, and ends; when the first is killed there may be another."""
    done = kept.ssohelper("agent", "run")
    said = "ssohelper: the agent runs already\nhint: ssohelper agent status\n"
    assert (done.stdout, done.stderr, done.returncode) == ("", said, 1)
    os.kill(int((kept.state / "locks" / "agent.holder").read_text()), signal.SIGKILL)
    wait_for(lambda: not status(kept)["runs"])
    assert kept.ssohelper("agent", "start").stderr == "ssohelper: the agent runs\n"


def test_a_token_of_another_tool(kept: Home) -> None:
    """What another tool writes is taken up at once: a token that nears its end is renewed."""
    set_end(kept, 600)
    wait_for(lambda: ends(kept) - time.time() > 3000, SOON_SECONDS)
    assert status(kept)["sessions"]["acme"]["problem"] is None


def test_a_role_that_is_used(kept: Home, identity_center: Simulator) -> None:
    """A role that somebody has used is kept fresh from then on; its answer is renewed before it goes stale."""
    assert kept.ssohelper("credential-process", *NAMED).returncode == 0
    wait_for(lambda: len(status(kept)["sessions"]["acme"]["roles"]) == 1, SOON_SECONDS)
    (cached,) = (kept.path / ".aws" / "cli" / "cache").glob("*.json")
    data = json.loads(cached.read_bytes())
    data["Credentials"]["Expiration"] = timestamps.written(time.time() + 17 * 60)
    cached.write_text(json.dumps(data))
    identity_center.counters.reset()
    set_end(kept, 3000)  # anything that changes lets it look

    def answer() -> str:
        return str(json.loads(kept.run("ssohelper-credential-process", *NAMED).stdout)["AccessKeyId"])

    wait_for(lambda: answer() != data["Credentials"]["AccessKeyId"], SOON_SECONDS)
    assert identity_center.counters.calls == {"GetRoleCredentials": 1}


def test_a_role_that_is_withdrawn(kept: Home, identity_center: Simulator) -> None:
    """Such a role is named in the status, and all else goes on."""
    assert kept.ssohelper("credential-process", *NAMED).returncode == 0
    wait_for(lambda: len(status(kept)["sessions"]["acme"]["roles"]) == 1, SOON_SECONDS)
    identity_center.world.withdraw(ACCOUNT, ROLE)
    (cached,) = (kept.path / ".aws" / "cli" / "cache").glob("*.json")
    cached.unlink()
    set_end(kept, 600)
    wait_for(lambda: status(kept)["sessions"]["acme"]["roles"][0]["problem"] is not None, SOON_SECONDS)
    problem = status(kept)["sessions"]["acme"]["roles"][0]["problem"]
    assert problem.startswith(f"the role {ROLE} in account {ACCOUNT} is not assigned to you")
    assert status(kept)["next_look"] - time.time() > 600


def test_the_network_goes_and_comes(kept: Home, identity_center: Simulator) -> None:
    """What fails is tried again with pauses, is named while it fails, and is well once it works."""
    identity_center.faults.add("*", Fault.dropped(), None)
    set_end(kept, 600)
    wait_for(lambda: "could not be renewed" in (status(kept)["sessions"]["acme"]["problem"] or ""))
    time.sleep(8)  # it goes on trying meanwhile
    assert "could not be renewed" in status(kept)["sessions"]["acme"]["problem"]
    identity_center.faults.clear()
    wait_for(lambda: ends(kept) - time.time() > 3000)
    wait_for(lambda: status(kept)["sessions"]["acme"]["problem"] is None)
    said = [re.sub(r" \(.*", "", line) for line in log(kept)]
    assert (said[:2], said[-1]) == (
        ["the agent begins", "acme: the sign-in to acme could not be renewed"],
        "acme: all is well",
    )
    assert not [line for line in said if "ends" in line]


def test_the_sign_in_ends(kept: Home, identity_center: Simulator) -> None:
    """The person is told once, nothing is tried in vain, and a new sign-in is taken up by itself."""
    identity_center.revoke_all_tokens()
    set_end(kept, -60)
    wait_for(lambda: status(kept)["sessions"]["acme"]["problem"] == "the sign-in to acme has ended", SOON_SECONDS)
    identity_center.counters.reset()
    assert status(kept)["next_look"] - time.time() > 600
    assert kept.ssohelper("login").returncode == 0
    wait_for(lambda: status(kept)["sessions"]["acme"]["problem"] is None, SOON_SECONDS)
    assert log(kept)[1:] == [
        "the sign-in to acme has ended",
        "acme: all is well",
    ]


def test_a_sign_in_that_will_end(make_home: Callable[..., Home]) -> None:
    """A token that ends with its sign-in is told of once, and not renewed over and over."""
    with Simulator(organisation(), rate=None, auto_approve=True) as center:
        home = make_home(**center.environment)
        sign_in(home, center)
        try:
            assert home.ssohelper("agent", "start").returncode == 0
            wait_for(lambda: status(home).get("looks") == 1)
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
            wait_for(lambda: len(log(home)) == 2, SOON_SECONDS)
            time.sleep(4)
            assert log(home) == ["the agent begins", "the sign-in to acme ends in 13m"]
            # By the first sign-in, and by the one look that found the other.
            assert center.counters.calls["CreateToken"] == 2
            assert 12 * 60 < status(home)["next_look"] - time.time() <= 14 * 60
        finally:
            home.ssohelper("agent", "stop")


def test_prompts(kept: Home, identity_center: Simulator) -> None:
    """What the shells' prompts show is renewed together with the sign-in; what nobody looks at is not made."""
    told = kept.state / "prompt" / "only"
    assert kept.ssohelper("prompt", "--keep").returncode == 0
    assert told.read_text().startswith("1 well 0 0 ")
    identity_center.revoke_all_tokens()
    set_end(kept, -60)
    wait_for(lambda: told.read_text().startswith("1 dead 0 0 0 "), SOON_SECONDS)
    assert told.stat().st_mtime_ns >= token_file(kept).stat().st_mtime_ns
    assert [each.name for each in told.parent.iterdir()] == ["only"]


def test_settings(signed_in: Home) -> None:
    """One may say how long sign-ins last, how early one wants to know, and how long a role is kept after its use."""
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text("[defaults]\nsign_in_hours = 2\nnotify_minutes = 125\nkeep_hours = 1\n")
    for account in (ACCOUNT, "222233334444"):
        words = ("--session", "acme", "--account-id", account, "--role-name", ROLE)
        assert signed_in.ssohelper("credential-process", *words).returncode == 0
    (old,) = [each for each in (signed_in.state / "recent-roles").iterdir() if ACCOUNT in each.read_text()]
    os.utime(old, (0, time.time() - 3660))
    assert signed_in.ssohelper("agent", "start").returncode == 0
    wait_for(lambda: "looks" in status(signed_in), SOON_SECONDS)
    acme = status(signed_in)["sessions"]["acme"]
    assert [each["account_id"] for each in acme["roles"]] == ["222233334444"]
    assert 115 * 60 < acme["sign_in_ends"] - time.time() <= 120 * 60
    assert log(signed_in) == ["the agent begins", "the sign-in to acme ends in 1h 59m"]


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

def wait_for(what):
    ends = time.monotonic() + 30
    while True:
        told = json.loads(subprocess.run(["ssohelper", "agent", "status", "--json"], stdout=-1).stdout)
        if what(told):
            return
        assert time.monotonic() < ends, told
        time.sleep(0.1)

def problem(told):
    return (told["sessions"]["acme"]["problem"] or "") if told.get("sessions") else None

wait_for(lambda told: problem(told) == "")
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
wait_for(lambda told: "no space left on device" in (problem(told) or ""))
disk.truncate(0)
wait_for(lambda told: problem(told) == "")
END
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a disk of its own is made with Linux's namespaces")
def test_a_full_disk(signed_in: Home, identity_center: Simulator) -> None:
    """What cannot be written for want of room is told in the status, and written as soon as there is room."""
    path = f"{Path(sys.executable).parent}:{signed_in.environment['PATH']}"
    script = FULL_DISK.format(python=sys.executable)
    done = signed_in.run(need("unshare"), "-rm", "sh", "-c", script, PATH=path)
    assert (done.returncode, identity_center.counters.calls["CreateToken"]) == (0, 2), done.stderr


def test_odd_surroundings(kept: Home, identity_center: Simulator) -> None:
    """A cache folder that goes, settings that are wrong, a state file that is garbage: it goes on."""
    cache = kept.path / ".aws" / "sso" / "cache"
    cache.rename(cache.with_name("elsewhere"))
    kept.settings.parent.mkdir(parents=True, exist_ok=True)
    (kept.state / "agent.json").write_text("garbage")
    (kept.state / "recent-roles" / "garbage").write_text("garbage\0")
    kept.config.write_bytes(kept.config.read_bytes() + b"\n[profile x\nstray\n")
    wait_for(lambda: status(kept).get("sessions") == {}, SOON_SECONDS)
    sign_in(kept, identity_center)
    wait_for(lambda: list(status(kept).get("sessions", {})) == ["acme"], SOON_SECONDS)
    assert status(kept)["runs"] is True


def test_a_machine_that_slept(make_home: Callable[..., Home]) -> None:
    """When the clock jumps, as after a suspend, what has come due meanwhile is renewed within half a minute."""
    ahead = [0.0]
    preload = subprocess.run(
        [*faketime("+0"), "printenv", "LD_PRELOAD"], capture_output=True, text=True, check=True
    )
    with Simulator(organisation(), rate=None, auto_approve=True, clock=lambda: time.time() + ahead[0]) as center:
        home = make_home(**center.environment)
        sign_in(home, center)
        jump = home.path / "jump"
        jump.write_text("+0")
        faked = {"FAKETIME_TIMESTAMP_FILE": str(jump), "FAKETIME_NO_CACHE": "1"}
        home.environment.update(faked, LD_PRELOAD=preload.stdout.strip())
        try:
            assert home.ssohelper("agent", "start").returncode == 0
            wait_for(lambda: "looks" in status(home))
            assert center.counters.calls["CreateToken"] == 1
            ahead[0] = 45 * 60
            jump.write_text("+2700")
            wait_for(lambda: center.counters.calls["CreateToken"] == 2, 30 + SOON_SECONDS)
        finally:
            home.ssohelper("agent", "stop")


SYSTEMCTL = """\
#!/bin/sh
echo "$@" >> {home}/orders
case "$*" in *{refused}*) echo "Failed to connect to bus" >&2; exit 1 ;; esac
"""


def system(home: Home, refused: str = "nothing") -> None:
    """A service manager that notes down its orders, and refuses one."""
    folder = home.path.parent / "bin"
    folder.mkdir(exist_ok=True)
    (folder / "systemctl").write_text(SYSTEMCTL.format(home=home.path, refused=refused))
    (folder / "systemctl").chmod(0o755)
    home.environment["PATH"] = f"{folder}:{home.environment['PATH']}"


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")
def test_install(kept: Home) -> None:
    """The unit is shown, asked for, written and enabled; the agent that runs makes room; uninstall undoes it."""
    system(kept)
    unit = kept.path / ".config" / "systemd" / "user" / "ssohelper-agent.service"
    done = kept.ssohelper("agent", "install")
    said = "ssohelper: there is no terminal to ask on\nhint: ssohelper agent install --yes\n"
    assert (done.stderr, done.returncode, unit.exists()) == (said, 2, False)
    done = kept.ssohelper("agent", "install", "--yes")
    text = unit.read_text()
    assert (done.returncode, text in done.stdout, status(kept)["runs"]) == (0, True, False)
    assert f'ExecStart="{command("ssohelper")[0]}" agent run\n' in text
    done = kept.ssohelper("agent", "uninstall")
    assert (done.stderr, unit.exists()) == ("ssohelper: the agent is not started any more\n", False)
    assert kept.ssohelper("agent", "uninstall").stderr == "ssohelper: the agent is not installed\n"
    assert (kept.path / "orders").read_text().splitlines() == [
        "--user show-environment",
        "--user daemon-reload",
        "--user enable --now ssohelper-agent.service",
        "--user disable --now ssohelper-agent.service",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")
def test_install_without_a_service_manager(home: Home) -> None:
    """What systemd says is said, with the order that it refused."""
    system(home, refused="enable")
    done = home.ssohelper("agent", "install", "--yes")
    said = (
        "ssohelper: systemctl refused: Failed to connect to bus\n"
        "hint: systemctl --user enable --now ssohelper-agent.service\n"
    )
    assert (done.stderr, done.returncode) == (said, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")
def test_install_out_of_reach(kept: Home) -> None:
    """Where systemd cannot be reached nothing is written, and the agent goes on; what was written can be removed."""
    system(kept, refused="--user")
    unit = kept.path / ".config" / "systemd" / "user" / "ssohelper-agent.service"
    done = kept.ssohelper("agent", "install", "--yes")
    said = "ssohelper: systemctl refused: Failed to connect to bus\nhint: ssohelper agent start\n"
    assert (done.stderr, done.returncode, unit.exists(), status(kept)["runs"]) == (said, 1, False, True)
    unit.parent.mkdir(parents=True)
    unit.write_text("[Unit]\n")
    assert (kept.ssohelper("agent", "uninstall").returncode, unit.exists()) == (1, False)


def test_a_refusal_that_others_met(kept: Home, identity_center: Simulator) -> None:
    """What any command found out about a sign-in the agent knows as well, and tells the person."""
    identity_center.revoke_all_tokens()
    assert kept.ssohelper("roles").returncode == 4
    wait_for(lambda: status(kept)["sessions"]["acme"]["problem"] == "the sign-in to acme has ended", SOON_SECONDS)
    done = kept.ssohelper("agent", "status")
    assert (done.stderr, done.returncode) == ("hint: ssohelper login --session acme\n", 0)
    assert log(kept) == ["the agent begins", "the sign-in to acme has ended"]


def test_wrong_settings(kept: Home) -> None:
    """What is wrong in the settings is named in the status and the log, and the agent goes on once it is mended."""
    kept.settings.parent.mkdir(parents=True, exist_ok=True)
    kept.settings.write_text("[defaults]\nvia = 1\n")
    wait_for(lambda: status(kept)["problem"] is not None, SOON_SECONDS)
    problem = status(kept)["problem"]
    assert problem.startswith("~/.config/ssohelper/config.toml, line 2: unknown setting via;")
    assert log(kept) == ["the agent begins", problem]
    kept.settings.write_text("")
    wait_for(lambda: status(kept)["problem"] is None, SOON_SECONDS)


@pytest.mark.slow
def test_at_rest(kept: Home) -> None:
    """At rest it has at most 25 MB in memory, no child, no AWS SDK, and wakes up twice a minute."""
    process = Path(f"/proc/{status(kept)['process_id']}")
    time.sleep(2)

    def figure(name: str) -> int:
        found = re.search(rf"^{name}:\s+(\d+)", (process / "status").read_text(), re.MULTILINE)
        assert found is not None
        return int(found[1])

    before, looks = figure("voluntary_ctxt_switches"), status(kept)["looks"]
    time.sleep(120)
    assert figure("voluntary_ctxt_switches") - before <= 4
    assert status(kept)["looks"] == looks
    assert figure("VmRSS") <= 25 * 1024
    assert (process / "task").joinpath(process.name, "children").read_text() == ""
    assert not [line for line in (process / "maps").read_text().splitlines() if "botocore" in line or "boto3" in line]


@pytest.mark.parametrize("rate", [20.0])
def test_many_sessions_and_roles(make_home: Callable[..., Home], rate: float) -> None:
    """50 sessions and 500 roles at once: each is asked for once, and the service has to refuse no call."""
    with Simulator(generate(10, 1), rate=rate, auto_approve=True) as center:
        home = make_home(**center.environment)
        (name,) = (each.name for each in center.world.permission_sets)
        for number in range(50):
            sign_in(home, center, f"s{number}")
            for account in center.world.accounts:
                used = home.state / "recent-roles" / f"{number} {account.id}"
                used.parent.mkdir(parents=True, exist_ok=True)
                used.write_text(f"s{number}\n{account.id}\n{name}\n")
        asked = json.dumps({"roles": None, "credentials": False})
        done = subprocess.run(
            command("ssohelper", "renew"),
            env=home.environment,
            input=asked,
            capture_output=True,
            text=True,
            timeout=HANG_SECONDS,
            check=True,
        )
        told = json.loads(done.stdout)
        assert {(each["problem"], len(each["roles"])) for each in told} == {(None, 10)}
        assert {role["problem"] for each in told for role in each["roles"]} == {None}
        assert center.counters.calls["GetRoleCredentials"] == 500
        assert (center.counters.max_concurrent, center.counters.throttled) == (1, 0)
