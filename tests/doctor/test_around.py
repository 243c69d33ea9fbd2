"""Findings around the config file: each with what causes it, and its mending command mends it."""

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pexpect
import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.storage import timestamps
from tests.fixtures.clinic import finds, mend
from tests.fixtures.components import need
from tests.fixtures.drawing import token_file
from tests.fixtures.home import HANG_SECONDS, Home, sign_in
from tests.fixtures.shells import program_on_path

PROFILE = "payments-prod.ReadOnly"
DAY = 24 * 3600
# What erases the line before on a terminal.
CLEARED = "\r\x1b[1A\x1b[2K"


@pytest.fixture
def home(home: Home, identity_center: Simulator) -> Home:
    """A home folder of somebody who is signed in and has profiles, in which nothing is wrong."""
    sign_in(home, identity_center)
    lines = [home.config.read_text()]
    for name, account_id in (("payments-prod", "333344445555"), ("management", "111122223333")):
        lines += [f"[profile {name}.ReadOnly]", "ssohelper_session = acme", "sso_session = acme"]
        lines += [f"sso_account_id = {account_id}", "sso_role_name = ReadOnly", "region = us-east-1"]
    home.config.write_text("\n".join([*lines, ""]))
    program_on_path(home)
    return home


def mended(home: Home, *words: str) -> None:
    """Mend the one thing that is found, by its command; then nothing is found."""
    (found,) = finds(home, *words)
    mend(home, found["mend"])
    assert finds(home, *words) == []


def change_token(home: Home, **changes: Any) -> None:
    """Change the token file; None takes a key out."""
    path = token_file(home)
    facts = {**json.loads(path.read_bytes()), **changes}
    path.write_text(json.dumps({key: value for key, value in facts.items() if value is not None}))


def test_healthy(home: Home) -> None:
    """On a set-up that works nothing is found, and the way to the credentials of a role is told."""
    done = home.ssohelper("doctor", PROFILE)
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ([line[:2] for line in lines], done.returncode, done.stderr) == (
        [["ok", name] for name in ("profile", "session", "sign-in", "role", "credentials")] + [["nothing", "is"]],
        0,
        "",
    )


def test_changes_nothing(home: Home) -> None:
    """The doctor writes no file, whether or not there is a profile to look at."""
    before = home.tree()
    finds(home)
    finds(home, PROFILE)
    assert home.tree() == before


def test_environment(home: Home) -> None:
    """What a shell has inherited, and what undoes it there."""
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"}
    no_such = f"AWS_PROFILE is '{PROFILE}y', and there is no such profile"
    for variables, kind, what in (
        (keys, "keys-in-environment", "AWS_ACCESS_KEY_ID is set, and goes before the config file"),
        (
            {**keys, "AWS_PROFILE": PROFILE},
            "keys-in-environment",
            f"AWS_ACCESS_KEY_ID is set, and goes before the profile '{PROFILE}'",
        ),
        (
            {"AWS_DEFAULT_PROFILE": "management.ReadOnly", "AWS_PROFILE": PROFILE},
            "two-profiles",
            f"AWS_DEFAULT_PROFILE is 'management.ReadOnly', and AWS_PROFILE '{PROFILE}'",
        ),
        ({"AWS_PROFILE": f"{PROFILE}y"}, "no-such-profile", no_such),
        ({"AWS_PROFILE": "zzz"}, "no-such-profile", "AWS_PROFILE is 'zzz', and there is no such profile"),
    ):
        (found,) = finds(home, "--offline", **variables)
        assert (found["kind"], found["what"], found["broken"], found["file"]) == (kind, what, True, None)
        done = home.run("sh", "-c", f"{found['mend']}; ssohelper doctor --offline", **variables)
        assert (done.stdout, done.returncode) == ("nothing is wrong\n", 0)


def _missing(home: Home) -> None:
    token_file(home).unlink()


def _corrupt(home: Home) -> None:
    token_file(home).write_text("{")


def _elsewhere(home: Home) -> None:
    change_token(home, startUrl="https://elsewhere.awsapps.com/start")


def _no_refresh(home: Home) -> None:
    change_token(home, refreshToken=None)


def _expired(home: Home) -> None:
    change_token(home, refreshToken=None, expiresAt=timestamps.written(time.time() - 60))


def _registration(home: Home) -> None:
    change_token(home, registrationExpiresAt=timestamps.written(time.time() + 3 * DAY))
    folder = home.path / ".aws/sso/cache"
    for path in folder.glob("*.json"):
        facts = json.loads(path.read_bytes())
        if "accessToken" not in facts:
            path.write_text(json.dumps(facts | {"expiresAt": timestamps.written(time.time() + 3 * DAY)}))


def _aws_sso_util(home: Home) -> None:
    change_token(
        home, refreshToken=None, clientId=None, clientSecret=None, receivedAt=timestamps.written(time.time())
    )


def _old_aws_cli(home: Home) -> None:
    change_token(
        home, refreshToken=None, expiresAt=time.strftime("%Y-%m-%dT%H:%M:%SUTC", time.gmtime(time.time() + 3600))
    )


def _another_region(home: Home) -> None:
    home.config.write_text(home.config.read_text().replace("sso_region = us-east-1", "sso_region = eu-west-1"))


@pytest.mark.parametrize(
    ("breaks", "expected"),
    [
        (_missing, [("not-signed-in", True)]),
        (_corrupt, [("wrong-token", True)]),
        (_elsewhere, [("wrong-token", True)]),
        (_no_refresh, [("not-renewable", False)]),
        (_expired, [("sign-in-ended", True)]),
        (_registration, [("registration-ends", False)]),
        (_aws_sso_util, [("another-writer", False), ("not-renewable", False)]),
        (_old_aws_cli, [("another-writer", False), ("not-renewable", False)]),
        (_another_region, [("wrong-region", True)]),
    ],
)
def test_sign_in(home: Home, breaks: Callable[[Home], None], expected: list[tuple[str, bool]]) -> None:
    """A sign-in that is not what it should be; one command makes it so."""
    breaks(home)
    found = finds(home, "--offline")
    assert [(each["kind"], each["broken"]) for each in found] == expected
    mend(home, found[0]["mend"])
    assert finds(home, "--offline") == []


def test_ended_elsewhere(home: Home, identity_center: Simulator) -> None:
    """A sign-in that an administrator ended is found by asking; on the way to a role it is the step that fails."""
    identity_center.revoke_all_tokens()
    assert finds(home, "--offline") == []
    (found,) = finds(home)
    assert (found["kind"], found["mend"]) == ("token-refused", "ssohelper login --session acme --force")
    assert [each["kind"] for each in finds(home, PROFILE)] == ["chain-sign-in", "token-refused"]
    # Now that one of us has tried to renew it, it is known.
    mended(home, "--offline")
    assert finds(home, PROFILE) == []


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_modes(home: Home) -> None:
    """What other users can read or change though they should not."""
    for name, mode, does in (
        (".aws/credentials", 0o644, "read"),
        (".aws/config", 0o666, "change"),
        (".aws", 0o777, "change"),
        (".aws/sso/cache", 0o775, "change"),
        (".config/ssohelper/config.toml", 0o666, "change"),
    ):
        path = home.path / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        path.chmod(mode)
        (found,) = finds(home, "--offline")
        assert (found["kind"], found["what"]) == ("open-file", f"other users of this machine can {does} ~/{name}")
        mend(home, found["mend"])
    assert finds(home, "--offline") == []


def test_mode_of_a_token(home: Home) -> None:
    """A token that others can read."""
    token_file(home).chmod(0o644)
    mended(home, "--offline")
    assert token_file(home).stat().st_mode & 0o777 == 0o600


def test_settings(home: Home) -> None:
    """What is wrong in config.toml, with its line; and what is said there of a session that is not there."""
    home.settings.parent.mkdir(parents=True)
    home.settings.write_text('[defaults]\nstile = "sso"\n')
    (found,) = finds(home, "--offline")
    assert (found["kind"], found["line"]) == ("wrong-settings", 2)
    mended(home, "--offline")
    home.settings.write_text('[session.acme]\nstyle = "sso"\n')
    mended(home, "--offline")
    home.settings.write_text('[[sessions.acme.rule]]\nmatch = "*"\n')
    mended(home, "--offline")
    assert kinds_with(home, PROFILE, '[defaults]\nstore = "paper"\n') == ["wrong-settings"]
    # What it is for nobody can tell: a guard, perhaps. So nothing is taken away.
    home.settings.write_text('[defaults]\nsensitive_roles = "*/Admin"\n')
    (found,) = finds(home, "--offline")
    assert (found["kind"], found["line"], found["mend"]) == (
        "wrong-settings",
        2,
        "${EDITOR:-vi} ~/.config/ssohelper/config.toml",
    )
    home.settings.write_text('[defaults]\nbrowser = "/none/such"\n')
    assert [each["kind"] for each in finds(home, "--offline")] == ["no-such-setting"]
    home.settings.write_text('[sessions.elsewhere]\nregion = "us-east-1"\n')
    (found,) = finds(home, "--offline")
    assert (found["kind"], found["mend"]) == (
        "settings-of-no-session",
        "${EDITOR:-vi} ~/.config/ssohelper/config.toml",
    )
    home.settings.write_text('[defaults]\n[[defaults.rules]]\nmatch = "*"\nregion = "eu-wset-1"\n')
    (found,) = finds(home, "--offline")
    assert (found["kind"], found["what"].split(",")[0]) == ("unknown-region", "config.toml has region = 'eu-wset-1'")
    mend(home, f"EDITOR='sed -i s/wset/west/'; {found['mend']}")
    assert finds(home, "--offline") == []
    home.settings.write_text('[defaults]\nprune = true\n\n[sessions.amce]\nregion = "us-east-1"\n')
    (found,) = finds(home, "--offline")
    assert (found["kind"], found["what"].partition("file: ")[2]) == ("settings-of-no-session", "did you mean acme?")
    mend(home, f"EDITOR='sed -i s/amce/acme/'; {found['mend']}")
    assert finds(home, "--offline") == []


def kinds_with(home: Home, profile: str, settings: str) -> list[str]:
    """What is found with these settings and a profile."""
    home.settings.write_text(settings)
    return [each["kind"] for each in finds(home, profile)]


def test_no_keyring(home: Home) -> None:
    """A keyring that is not there keeps the doctor from nothing else."""
    home.settings.parent.mkdir(parents=True)
    home.settings.write_text('[defaults]\nstore = "keyring"\n')
    token_file(home).chmod(0o644)
    found = finds(home, "--offline", PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring")
    assert [(each["kind"], each["mend"]) for each in found] == [
        ("open-file", f"chmod go-rwx ~/.aws/sso/cache/{token_file(home).name}"),
        ("unknown-sign-in", 'set store = "file" in config.toml'),
    ]
    mend(home, found[0]["mend"])


def test_legacy(home: Home, identity_center: Simulator) -> None:
    """A profile with a start URL of its own becomes one of the session."""
    role = "sso_account_id = 333344445555\nsso_role_name = AdministratorAccess\n"
    where = f"sso_start_url = {identity_center.start_url}\nsso_region = us-east-1\n"
    home.config.write_text(f"{home.config.read_text()}[profile old]\n{where}{role}")
    found = finds(home, "--offline")
    assert [each["kind"] for each in found] == ["legacy"]
    mended(home, "--offline")
    assert home.ssohelper("credential-process", "--profile", "old").returncode == 0


def test_legacy_in_another_region(home: Home, identity_center: Simulator) -> None:
    """A legacy profile that looks for the start URL of a session in another region: what is wrong is said."""
    role = "sso_account_id = 333344445555\nsso_role_name = AdministratorAccess\n"
    where = f"sso_start_url = {identity_center.start_url}/#\nsso_region = eu-west-1\n"
    home.config.write_text(f"{home.config.read_text()}[profile old]\n{where}{role}")
    (found,) = finds(home, "--offline")
    assert found["broken"]
    assert found["what"].endswith("its sign-in is never renewed, and acme is in us-east-1, not in eu-west-1")
    mended(home, "--offline")
    assert home.ssohelper("credential-process", "--profile", "old").returncode == 0


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-9"])
def test_legacy_alone(home: Home, identity_center: Simulator, region: str) -> None:
    """Without a session there is one command that makes one, signs in, and lets the profile use it.

    It asks for a region where the one that stands there has no Identity Center; then the profile is mended by itself.
    """
    role = "sso_account_id = 333344445555\nsso_role_name = AdministratorAccess\n"
    home.config.write_text(
        f"[profile old]\nsso_start_url = {identity_center.start_url}\nsso_region = {region}\n{role}"
    )
    legacy = next(each for each in finds(home, "--offline") if each["kind"] == "legacy")
    person = home.terminal("-c", legacy["mend"], program="sh")
    if region != "us-east-1":
        person.expect("region of IAM Identity Center")
        person.sendline("us-east-1")
    person.expect_exact("[y/N] ")
    person.sendline("y")
    person.expect(pexpect.EOF)
    if region != "us-east-1":
        mended(home, "--offline")
    assert "sso_session = sso\n" in home.config.read_text()
    assert home.ssohelper("credential-process", "--profile", "old").returncode == 0


def test_clock(home: Home) -> None:
    """A clock that is off is told, by how much; one that is right is not."""
    faketime = need("faketime")
    for off, told, broken in (("+10m", "(9|10)m ahead", True), ("-2m", "[12]m behind", False)):
        done = home.run(faketime, "-f", off, "ssohelper", "doctor", "--json")
        (found,) = [each for each in json.loads(done.stdout)["findings"] if each["kind"] == "clock"]
        assert re.fullmatch(f"the clock of this machine is {told}", found["what"])
        assert found["broken"] is broken
    assert finds(home) == []


def test_unreachable(home: Home) -> None:
    """Where Identity Center cannot be reached, that is told; offline it is not looked for."""
    away = {"AWS_ENDPOINT_URL_SSO": "http://127.0.0.1:9"}
    assert [each["kind"] for each in finds(home, **away)] == ["unreachable"]
    assert finds(home, "--offline", **away) == []


def test_a_service_that_is_slow(home: Home, identity_center: Simulator) -> None:
    """Whoever looks on sees what is waited for, and nothing of it once it is over."""
    identity_center.faults.add("ListAccounts", Fault.hang(2))
    person = home.terminal("doctor")
    person.expect("asking Identity Center of acme")
    person.expect_exact(f"{CLEARED}nothing is wrong")
    person.expect(pexpect.EOF)


@pytest.mark.parametrize(
    ("role", "kind", "what"),
    [
        ("ReadOnyl", "role-not-assigned", "you have no role ReadOnyl in 222233334444: there are ReadOnly"),
        ("Nothing", "role-not-assigned", "you have no role Nothing in 222233334444: there are ReadOnly"),
    ],
)
def test_role(home: Home, role: str, kind: str, what: str) -> None:
    """A role that is misspelt, or is none of the person's: those that there are."""
    account = "sso_session = acme\nsso_account_id = 222233334444\n"
    with home.config.open("a") as file:
        file.write(f"\n[profile mine]\n{account}sso_role_name = {role}\n")
    (found,) = finds(home, "mine")
    line = home.config.read_text().splitlines().index(f"sso_role_name = {role}") + 1
    assert (found["kind"], found["what"], found["line"]) == (kind, what, line)
    if role == "ReadOnyl":
        mended(home, "mine")


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("credential_process = /none/such", "two-sources"),
        ("output = tabel", "unknown-output"),
        ("region = us-esat-1", "unknown-region"),
        ("aws_access_key_id = AKIA\naws_secret_access_key = x", "static-keys"),
    ],
)
def test_credentials_all_the_same(home: Home, line: str, kind: str) -> None:
    """What is wrong with a profile beside its role keeps the doctor from no step of the way."""
    with home.config.open("a") as file:
        file.write(
            f"\n[profile mine]\nsso_session = acme\nsso_account_id = 333344445555\nsso_role_name = ReadOnly\n{line}\n"
        )
    done = home.ssohelper("doctor", "mine", "--json")
    told = json.loads(done.stdout)
    assert ([each["kind"] for each in told["findings"]], list(told["steps"])) == (
        [kind], ["profile", "session", "sign-in", "role", "credentials"],
    )  # fmt: skip
    mended(home, "mine")


def test_the_same_remedy_for_another_profile(home: Home) -> None:
    """What is wrong with another profile takes the place of nothing, though one command would mend both."""
    ours = "ssohelper_session = acme\nssohelper_account_id = 333344445555\nssohelper_role_name = {}\n"
    with home.config.open("a") as file:
        file.write(f"\n[profile x]\ncredential_process = /bin/true\n{ours.format('ReadOnly')}")
        file.write(f"\n[profile y]\ncredential_process = /none/such\n{ours.format('AdministratorAccess')}")
    found = [(each["kind"], each["mend"]) for each in finds(home, "x")]
    assert found == [("chain-credential_process", "ssohelper sync --yes"), ("no-program", "ssohelper sync --yes")]


def test_no_such_profile(home: Home) -> None:
    """A profile that is not there: the nearest one."""
    (found,) = finds(home, f"{PROFILE}y")
    assert (found["kind"], found["mend"]) == ("chain-profile", f"ssohelper doctor {PROFILE}")
    done = home.run("sh", "-c", found["mend"])
    assert (done.stdout.splitlines()[-1], done.returncode) == ("nothing is wrong", 0)


def test_of_something_else(home: Home) -> None:
    """A profile that gets its credentials elsewhere cannot be judged, and is not called broken."""
    with home.config.open("a") as file:
        file.write(f"\n[profile else]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = {PROFILE}\n")
    (found,) = finds(home, "else")
    assert (found["kind"], found["broken"]) == ("chain-profile", False)


def test_inside_of_exec(home: Home) -> None:
    """Keys that `exec` itself gave a command are none that were left behind."""
    done = home.ssohelper("exec", "--via", "env", "--profile", PROFILE, "--", "ssohelper", "doctor", "--offline")
    assert (done.stdout, done.returncode) == ("nothing is wrong\n", 0)


def test_one_fault_is_told_once(home: Home) -> None:
    """What keeps a profile from its credentials is not told again as a step that fails."""
    token_file(home).unlink()
    assert [each["kind"] for each in finds(home, PROFILE)] == ["not-signed-in"]
    home.config.write_text(home.config.read_text().replace("sso_session = acme", "sso_session = amce", 1))
    broken = next(line for line in home.config.read_text().splitlines() if line.startswith("[profile"))
    name = broken.removeprefix("[profile ").removesuffix("]")
    assert [each["kind"] for each in finds(home, name)] == ["no-such-session", "not-signed-in"]


def test_needs(home: Home) -> None:
    """A role session that is shorter than the job is told; `exec` is what mends it."""
    assert finds(home, PROFILE, "--needs", "1h") == []
    (found,) = finds(home, PROFILE, "--needs", "24h")
    assert (found["kind"], found["mend"]) == (
        "role-session-too-short",
        f"ssohelper exec --profile {PROFILE} -- COMMAND",
    )


def test_credential_process(home: Home) -> None:
    """A program that is there and gives no credentials: the step is named."""
    lines = home.config.read_text().splitlines()
    at = lines.index(f"[profile {PROFILE}]")
    ours = "ssohelper_account_id = 333344445555\nssohelper_role_name = ReadOnly\nssohelper_session = acme"
    home.config.write_text(
        "\n".join([*lines[:at], f"[profile broken]\n{ours}\ncredential_process = /bin/false", *lines[at:]])
    )
    found = finds(home, "broken")
    assert [(each["kind"], each["what"]) for each in found] == [
        ("chain-credential_process", "credential_process: it ended with 1")
    ]


@pytest.fixture
def agent(home: Home) -> Iterator[Callable[[], dict[str, Any]]]:
    """Tells what the agent tells of itself; in the end there is none."""

    def told() -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(home.ssohelper("agent", "status", "--json").stdout)
        return facts

    yield told
    home.ssohelper("agent", "stop")


def test_agent_that_does_not_run(home: Home, agent: Callable[[], dict[str, Any]]) -> None:
    """An agent that is installed, and does not run."""
    unit = home.path / ".config/systemd/user/ssohelper-agent.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Unit]\n")
    (found,) = finds(home, "--offline")
    assert (found["kind"], found["mend"]) == ("agent-not-running", "ssohelper agent start")
    mended(home, "--offline")
    assert agent()["runs"] is True


def test_agent_that_fails(home: Home, agent: Callable[[], dict[str, Any]], identity_center: Simulator) -> None:
    """An agent that cannot renew a sign-in; after the next sign-in it can."""
    change_token(home, expiresAt=timestamps.written(time.time() - 60))
    identity_center.revoke_all_tokens()
    assert home.ssohelper("agent", "start").returncode == 0
    wait_for(lambda: any(each["problem"] for each in agent().get("sessions", {}).values()))
    found = [each for each in finds(home, "--offline") if each["kind"] == "agent-failing"]
    assert [each["mend"] for each in found] == ["ssohelper login --session acme"]
    mend(home, found[0]["mend"])
    wait_for(lambda: not any(each["problem"] for each in agent()["sessions"].values()))
    assert finds(home, "--offline") == []


def test_agent_that_is_stuck(home: Home, agent: Callable[[], dict[str, Any]]) -> None:
    """An agent that looks at nothing any more: another one takes its place."""
    assert home.ssohelper("agent", "start").returncode == 0
    wait_for(lambda: "next_look" in agent())
    (process,) = {int(home.state.joinpath("locks/agent.holder").read_text())}
    os.kill(process, signal.SIGSTOP)
    report = home.state / "agent.json"
    report.write_text(json.dumps(json.loads(report.read_text()) | {"next_look": time.time() - 900}))
    assert [each["kind"] for each in finds(home, "--offline")] == ["agent-asleep"]
    mended(home, "--offline")


def wait_for(done: Callable[[], bool]) -> None:
    """Return once it is so."""
    deadline = time.monotonic() + HANG_SECONDS
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_usage(home: Home) -> None:
    """What cannot be is told with what can."""
    told = {
        ("--needs", "8h"): "--needs is about the credentials of a profile",
        (PROFILE, "--offline"): "a profile's credentials cannot be had offline",
        (PROFILE, "--needs", "long"): "'long' is no length of time, such as 30m, 6h or 1h30m",
    }
    for words, said in told.items():
        done = home.ssohelper("doctor", *words)
        assert (done.stderr.splitlines()[0], done.returncode) == (f"ssohelper: {said}", 2)
