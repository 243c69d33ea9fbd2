"""`ssohelper exec`: the command is a process like any other, and every AWS tool in it has the role's credentials."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.clients import aws_cli_2
from tests.fixtures.home import HANG_SECONDS, Home, command
from tests.fixtures.sts import Sts

PROFILE, ACCOUNT, ROLE = "payments-prod.ReadOnly", "333344445555", "ReadOnly"
OTHER, OTHER_ACCOUNT = "management.ReadOnly", "111122223333"
BOTO3 = """\
import boto3, json, sys
session = boto3.Session(profile_name=sys.argv[1] if sys.argv[1:] else None)
found = session.get_credentials()
print(json.dumps([found.method, found.access_key, session.region_name]))
"""


@pytest.fixture
def synced(signed_in: Home) -> Home:
    """A home folder with a profile for every role."""
    done = signed_in.ssohelper("sync", "--yes")
    assert done.returncode == 0, done.stderr
    signed_in.environment["PATH"] = f"{Path(sys.executable).parent}:{signed_in.environment['PATH']}"
    return signed_in


def execute(home: Home, *words: str, profile: str = PROFILE, **more: str) -> "subprocess.CompletedProcess[str]":
    """Run a command under the profile's role, to its end."""
    return home.ssohelper("exec", "--profile", profile, "--", *words, **more)


def boto3(home: Home, *words: str, **more: str) -> tuple[str, str, str]:
    """By which method boto3 finds credentials inside, the id of the key, and the region."""
    done = execute(home, sys.executable, "-c", BOTO3, *words, **more)
    assert (done.stderr, done.returncode) == ("", 0)
    method, key, region = json.loads(done.stdout)
    return method, key, region


def jobs(home: Home) -> list[Path]:
    """The folders of running jobs."""
    return sorted((home.state / "jobs").glob("*"))


def wait_for(fact: Callable[[], bool]) -> None:
    """Return as soon as something is so."""
    deadline = time.monotonic() + HANG_SECONDS
    while not fact():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def issued(center: Simulator, key: str) -> tuple[str, str]:
    """The account and the role that a key is for."""
    found = center.issued(key)
    return found.account_id, found.role_name


STATIC = {
    "AWS_ACCESS_KEY_ID": "AKIASTATIC",
    "AWS_SECRET_ACCESS_KEY": "static",
    "AWS_SESSION_TOKEN": "static",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/static",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/static",
    "AWS_ROLE_ARN": "arn:aws:iam::111111111111:role/static",
}


def test_the_role_is_the_default(synced: Home, identity_center: Simulator) -> None:
    """Whatever the environment and the default profiles say, inside it is the role, with its profile's settings."""
    synced.config.write_text(
        synced.config.read_text() + "\n[default]\nregion = sa-east-1\naws_access_key_id = AKIAX\n"
    )
    (synced.config.parent / "credentials").write_text(
        "[default]\naws_access_key_id = AKIAY\naws_secret_access_key = y\n"
    )
    before = synced.config.read_bytes()
    method, key, region = boto3(synced, AWS_PROFILE=OTHER, AWS_DEFAULT_PROFILE=OTHER, **STATIC)
    assert (method, issued(identity_center, key), region) == ("container-role", (ACCOUNT, ROLE), "us-east-1")
    assert synced.config.read_bytes() == before


def test_other_profiles(synced: Home, identity_center: Simulator) -> None:
    """Scripts that name another profile go on working, those too that build on the person's own default."""
    with synced.config.open("a") as file:
        file.write("\n[default]\ncredential_process = /bin/echo {}\nregion = sa-east-1\n")
        file.write("[profile chained]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile=default\n")
    method, key, _ = boto3(synced, OTHER)
    assert (method, issued(identity_center, key)) == ("sso", (OTHER_ACCOUNT, ROLE))
    done = execute(synced, "aws", "configure", "get", "credential_process", "--profile", "ssohelper-saved-default")
    assert done.stdout == "/bin/echo {}\n"
    done = execute(synced, "aws", "configure", "get", "source_profile", "--profile", "chained")
    assert done.stdout == "ssohelper-saved-default\n"


def test_settings_of_the_profile(synced: Home) -> None:
    """The profile lends the default its nested settings too; where ids name the role, the profile for it does."""
    text = synced.config.read_text()
    section = f"[profile {PROFILE}]\n"
    nested = "s3 =\n    addressing_style = path\n    # a comment\n    max_queue_size = 7\ncli_pager =\n"
    synced.config.write_text(text.replace(section, section + nested))
    names = ("--session", "acme", "--account-id", ACCOUNT, "--role-name", ROLE)
    for named in (("--profile", PROFILE), names):
        done = synced.ssohelper("exec", *named, "--", "aws", "configure", "get", "s3.max_queue_size")
        assert (done.stdout, done.stderr, done.returncode) == ("7\n", "", 0)


def test_the_profile_of_the_environment(synced: Home, identity_center: Simulator) -> None:
    """Without an option AWS_PROFILE says which role is meant."""
    done = synced.ssohelper("exec", sys.executable, "-c", BOTO3, AWS_PROFILE=OTHER)
    method, key, _ = json.loads(done.stdout)
    assert (method, issued(identity_center, key)) == ("container-role", (OTHER_ACCOUNT, ROLE))


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("via", ["endpoint", "credential-process", "env"])
def test_aws_cli(synced: Home, identity_center: Simulator, caller_identity: Sts, via: str, version: int) -> None:
    """Both AWS CLIs sign their calls with the role's keys, in each way that credentials can come."""
    aws = command("aws")[0] if version == 1 else aws_cli_2()
    call = (aws, "sts", "get-caller-identity", "--endpoint-url", caller_identity.url)
    done = synced.ssohelper("exec", "--via", via, "--profile", PROFILE, "--", *call, **STATIC)
    assert (done.stderr, done.returncode) == ("", 0)
    assert issued(identity_center, caller_identity.keys.get(timeout=1)) == (ACCOUNT, ROLE)


def test_ssohelper_inside(synced: Home) -> None:
    """What ssohelper does inside it does to the person's own files, not to the copies that go with the command."""
    done = execute(
        synced, "ssohelper", "configure", "--session", "two", "--start-url", "https://two", "--region", "us-east-1"
    )
    assert (done.stderr.splitlines()[0], done.returncode) == (
        "ssohelper: wrote [sso-session two] to ~/.aws/config",
        0,
    )
    assert "[sso-session two]" in synced.config.read_text()


REGIONS = """\
import boto3
print(*(boto3.Session(profile_name=name).region_name for name in (None, "{profile}", "{other}")))
"""


@pytest.mark.parametrize("via", ["endpoint", "credential-process"])
def test_regions(synced: Home, via: str) -> None:
    """Inside, every profile has its own region, the default that of the role; so it is in another job in there."""
    text = synced.config.read_text()
    for name, region in ((PROFILE, "eu-west-1"), (OTHER, "ap-southeast-2")):
        assert f"[profile {name}]\nregion = us-east-1" in text or f"[profile {name}]" in text
        head, _, rest = text.partition(f"[profile {name}]\n")
        text = f"{head}[profile {name}]\n{rest.replace('region = us-east-1', f'region = {region}', 1)}"
    synced.config.write_text(text)
    script = REGIONS.format(profile=PROFILE, other=OTHER)
    outer = ("exec", "--via", via, "--profile", PROFILE, "--")
    done = synced.ssohelper(*outer, sys.executable, "-c", script)
    assert (done.stdout, done.stderr) == ("eu-west-1 eu-west-1 ap-southeast-2\n", "")
    inner = (*command("ssohelper"), "exec", "--via", via, "--profile", OTHER, "--")
    done = synced.ssohelper(*outer, *inner, sys.executable, "-c", script)
    assert (done.stdout, done.stderr) == ("ap-southeast-2 eu-west-1 ap-southeast-2\n", "")


def test_a_shell_inside(synced: Home) -> None:
    """Without a command it is the person's shell; in there every command of ours takes the job's role for meant."""
    shell = synced.path / "shell"
    shell.write_text(
        "#!/bin/sh\nssohelper env --format json | grep -c AWS_SESSION_TOKEN; ssohelper exec -- echo again\n"
    )
    shell.chmod(0o755)
    done = synced.ssohelper("exec", "--profile", PROFILE, SHELL=str(shell))
    assert (done.stdout, done.returncode) == ("1\nagain\n", 0)


def test_a_sign_in_that_has_ended(synced: Home, identity_center: Simulator) -> None:
    """Where credentials are left but the sign-in is known to have ended, nobody is promised a renewal."""
    execute(synced, "true")
    identity_center.revoke_all_tokens()
    assert synced.ssohelper("roles").returncode == 4
    done = execute(synced, "echo", "goes on")
    said = (
        "ssohelper: the sign-in to acme has ended: these credentials cannot be renewed before a new one\n"
        "hint: ssohelper login --session acme\n"
    )
    assert (done.stdout, done.stderr, done.returncode) == ("goes on\n", said, 0)


LAUNCHER_INSIDE = """\
set -e
mark() { ssohelper-credential-process "$@" | grep -c ASIA || :; }
sed -i s/ASIA/MARK/ .local/state/ssohelper/answers/$2/$4/$6
mark "$@"
touch -d "5 seconds" .aws/config
mark "$@"
"""


def test_the_launcher_inside(synced: Home) -> None:
    """It hands out what was prepared before the job began, until the person's own config file changes."""
    words = ("--session", "acme", "--account-id", ACCOUNT, "--role-name", ROLE)
    assert synced.ssohelper("credential-process", *words).returncode == 0
    script = ("exec", "--via", "credential-process", *words, "--", "sh", "-c", LAUNCHER_INSIDE, "sh", *words)
    done = synced.ssohelper(*script)
    assert (done.stdout, done.stderr, done.returncode) == ("0\n1\n", "", 0)


def test_nested(synced: Home, identity_center: Simulator) -> None:
    """Inside of itself the same role is taken over with its endpoint; another role starts anew."""
    show = 'echo "$AWS_CONTAINER_CREDENTIALS_FULL_URI"'
    for profile, same in ((PROFILE, True), (OTHER, False)):
        inner = f"{show}; ssohelper exec --profile {profile} -- printenv AWS_CONTAINER_CREDENTIALS_FULL_URI"
        done = execute(synced, "sh", "-c", inner)
        first, second = done.stdout.splitlines()
        assert ((first == second), done.stderr, done.returncode) == (same, "", 0)
    # One that was led elsewhere in between is no longer the same.
    inner = f"AWS_PROFILE={OTHER} ssohelper exec --profile {PROFILE} -- {sys.executable} -c '{BOTO3}'"
    method, key, _ = json.loads(execute(synced, "sh", "-c", inner).stdout)
    assert (method, issued(identity_center, key)) == ("container-role", (ACCOUNT, ROLE))


@pytest.mark.parametrize("via", ["endpoint", "credential-process"])
def test_afterwards(synced: Home, via: str) -> None:
    """While the command runs there is a private folder; then there is nothing, no process either."""
    show = (
        "import os; p = os.environ['AWS_CONFIG_FILE']; print(os.stat(os.path.dirname(p)).st_mode, os.stat(p).st_mode)"
    )
    done = synced.ssohelper("exec", "--via", via, "--profile", PROFILE, "--", sys.executable, "-c", show)
    assert (done.stdout.split(), done.stderr) == ([str(0o40700), str(0o100600)], "")
    wait_for(lambda: jobs(synced) == [])
    assert keepers(synced) == []


def keepers(home: Home) -> list[int]:
    """The processes of keepers that live in a home folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words, variables = (path / "cmdline").read_bytes(), (path / "environ").read_bytes()
        except OSError:
            continue
        if b"ssohelper.processes.exec_server" in words and f"HOME={home.path}\0".encode() in variables:
            found.append(int(path.name))
    return found


def started(home: Home, *words: str) -> "subprocess.Popen[str]":
    """A command under the role, under way."""
    return subprocess.Popen(
        command("ssohelper", "exec", "--profile", PROFILE, "--", *words),
        env=home.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_death_by_signal(synced: Home, number: signal.Signals) -> None:
    """A signal is the command's own, and so is its death by it; the keeper leaves nothing behind."""
    with started(synced, "sh", "-c", "echo ready; exec sleep 60") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        wait_for(lambda: Path(f"/proc/{process.pid}/cmdline").read_bytes() == b"sleep\x0060\0")
        process.send_signal(number)
        assert process.wait(HANG_SECONDS) == -number
    wait_for(lambda: jobs(synced) == [] and keepers(synced) == [])


def test_a_killed_keeper(synced: Home) -> None:
    """The command outlives its keeper; the folder that is left is removed by the next one."""
    with started(synced, "cat") as process:
        wait_for(lambda: len(jobs(synced)) == 1 and len(keepers(synced)) == 1)
        (folder,) = jobs(synced)
        (keeper,) = keepers(synced)
        os.kill(keeper, signal.SIGKILL)
        wait_for(lambda: keepers(synced) == [])
        assert (process.poll(), folder.exists()) == (None, True)
        assert execute(synced, "true").returncode == 0
        assert not folder.exists()
        assert process.communicate("still here\n", timeout=HANG_SECONDS) == ("still here\n", "")


def test_exit_codes(synced: Home) -> None:
    """The command's exit code is ours."""
    assert [execute(synced, "sh", "-c", f"exit {code}").returncode for code in (0, 1, 4, 255)] == [0, 1, 4, 255]


def test_commands_that_cannot_be_run(synced: Home, identity_center: Simulator) -> None:
    """Shells' codes for what is not there (127) or cannot be run (126), before Identity Center is asked."""
    plain, broken = synced.path / "plain", synced.path / "broken"
    plain.write_text("no program")
    broken.write_text("#!/no/such/interpreter\n")
    broken.chmod(0o755)
    identity_center.counters.reset()
    found = {}
    for words in ("nosuch", "/no/such/file", str(plain), str(synced.path), PROFILE):
        done = execute(synced, words)
        found[words] = (done.stderr, done.returncode)
    assert found == {
        "nosuch": ("ssohelper: there is no command 'nosuch'\n", 127),
        "/no/such/file": ("ssohelper: there is no command '/no/such/file'\n", 127),
        str(plain): (f"ssohelper: '{plain}' cannot be run: it is not executable\n", 126),
        str(synced.path): (f"ssohelper: '{synced.path}' cannot be run: it is a folder\n", 126),
        PROFILE: (
            f"ssohelper: there is no command '{PROFILE}'\nhint: ssohelper exec --profile {PROFILE} -- COMMAND\n",
            127,
        ),
    }
    assert identity_center.counters.calls == {}
    done = execute(synced, str(broken))
    assert done.returncode == 127
    wait_for(lambda: jobs(synced) == [])


def test_the_command_is_alone(synced: Home) -> None:
    """It has no child that it did not start, no file open beyond the usual three, and no signal set otherwise."""
    look = """
import os, re
try:
    os.wait()
except ChildProcessError:
    print("no child")
print(sorted(os.listdir("/proc/self/fd"))[:-1])
"""
    done = execute(synced, sys.executable, "-c", look)
    assert done.stdout == "no child\n['0', '1', '2']\n"
    # Of what this process ignores, Python itself ignores two; the rest comes from further up.
    (ignored,) = re.findall(r"SigIgn:\t(\w+)", Path("/proc/self/status").read_text())
    further_up = int(ignored, 16) & ~(1 << signal.SIGPIPE - 1 | 1 << signal.SIGXFSZ - 1)
    done = execute(synced, "grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status")
    assert done.stdout == f"SigBlk:\t{0:016x}\nSigIgn:\t{further_up:016x}\n"


def test_pipelines(synced: Home) -> None:
    """Whoever reads the command's output sees its end when the command ends, and it hears a broken pipe."""
    line = f"{command('ssohelper')[0]} exec --profile {PROFILE} -- yes | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = synced.run("bash", "-c", line)
    assert (done.stdout, done.stderr) == (f"y\n{128 + signal.SIGPIPE}\n", "")


def test_a_child_that_stays(synced: Home) -> None:
    """What the command leaves running in the background holds nobody up; its credentials end with the command."""
    done = execute(synced, "sh", "-c", "sleep 30 >/dev/null 2>&1 & echo $!")
    wait_for(lambda: jobs(synced) == [])
    os.kill(int(done.stdout), signal.SIGKILL)


LOOP = """\
import os, signal, time
signal.signal(signal.SIGWINCH, lambda *_: print(os.get_terminal_size(), flush=True))
print("begun", flush=True)
while True:
    time.sleep(0.1)
"""


def test_on_a_terminal(synced: Home) -> None:
    """Ctrl-C, Ctrl-Z and fg, and the size of the window go to the command as without us; it is told what it has."""
    (synced.path / "loop.py").write_text(LOOP)
    shell = synced.terminal("--norc", "--noprofile", program="bash")
    shell.sendline("PS1='$ '")
    shell.expect(r"\$ $")
    shell.sendline(f"ssohelper exec --profile {PROFILE} -- {sys.executable} loop.py")
    shell.expect(r"ssohelper: payments-prod.ReadOnly: credentials \w+ \w+ left, renewed before they end")
    shell.expect("begun")
    shell.setwinsize(33, 99)
    shell.expect(re.escape("os.terminal_size(columns=99, lines=33)"))
    shell.sendcontrol("z")
    shell.expect("Stopped")
    shell.sendline("jobs; fg")
    shell.expect(r"Stopped\s+ssohelper exec")
    shell.expect(r"loop\.py")
    shell.setwinsize(34, 98)
    shell.expect(re.escape("os.terminal_size(columns=98, lines=34)"))
    shell.sendcontrol("c")
    shell.expect("KeyboardInterrupt")
    shell.sendline("echo code $?")
    shell.expect(r"code 130")
    shell.close(force=True)
    wait_for(lambda: jobs(synced) == [])


def sign_in_ends(home: Home, *, seconds: int) -> None:
    """Let the present sign-in be older, so that it ends in so many seconds."""
    (note,) = (home.state / "renewals").iterdir()
    note.write_text(json.dumps({"signed_in_at": time.time() - 8 * 3600 + seconds}))


def needs(home: Home, needed: str, *more: str) -> tuple[str, str, int]:
    """What comes of a command that says how long it runs."""
    done = home.ssohelper("exec", "--needs", needed, *more, "--profile", PROFILE, "--", "echo", "begun")
    return done.stdout, done.stderr, done.returncode


def test_needs(synced: Home) -> None:
    """A command that needs longer than the sign-in lasts is not begun, and what helps is said."""
    assert needs(synced, "7h") == ("begun\n", "", 0)
    sign_in_ends(synced, seconds=7200 + 50)
    assert needs(synced, "2h") == ("begun\n", "", 0)
    hint = "hint: ssohelper login --session acme --force\n"
    ends = f"ssohelper: the sign-in to acme ends in 2h 00m, before 2h 01m\n{hint}"
    assert needs(synced, "2h1m") == ("", ends, 4)
    (note,) = (synced.state / "renewals").iterdir()
    note.write_text("{}")
    unknown = f"ssohelper: the sign-in to acme is not known to last 1h 00m\n{hint}"
    assert needs(synced, "1h") == ("", unknown, 4)
    longer = (
        "ssohelper: no sign-in to acme lasts 9h 00m: they end after 8h 00m\n"
        "hint: leave --needs out: you are told in time to sign in again, and the command goes on\n"
    )
    assert needs(synced, "9h") == ("", longer, 2)
    synced.settings.parent.mkdir(parents=True)
    synced.settings.write_text("[defaults]\nsign_in_hours = 12\n")
    sign_in_ends(synced, seconds=5 * 3600 + 50)
    assert needs(synced, "9h") == ("begun\n", "", 0)
    assert needs(synced, "soon") == (
        "",
        "ssohelper: 'soon' is no length of time, such as 30m, 6h or 1h30m\nhint: --needs 6h\n",
        2,
    )
    variables = (
        "ssohelper: variables end with these credentials, in 7h 59m: the command needs 8h30m\n"
        "hint: ssohelper exec --via endpoint\n"
    )
    assert needs(synced, "8h30m", "--via", "env") == ("", variables, 2)


def test_needs_on_a_terminal(synced: Home, identity_center: Simulator) -> None:
    """A person signs in anew first, and the command begins."""
    sign_in_ends(synced, seconds=60)
    identity_center.counters.reset()
    words = ("exec", "--needs", "2h", "--profile", PROFILE, "--", "echo", "begun")
    run = synced.terminal(*words)
    run.expect("signed in to acme, 59m left, renews itself")
    run.expect("begun")
    run.wait()
    assert run.exitstatus == 0
    assert identity_center.counters.calls["CreateToken"] == 1
    assert needs(synced, "7h") == ("begun\n", "", 0)


def test_nobody_is_signed_in(synced: Home) -> None:
    """Without a sign-in nothing is started, and the command that signs in is named."""
    for path in (synced.path / ".aws" / "sso" / "cache").iterdir():
        path.unlink()
    done = execute(synced, "echo", "started")
    message = "ssohelper: nobody is signed in to acme\nhint: ssohelper login --session acme\n"
    assert (done.stdout, done.stderr, done.returncode) == ("", message, 4)
    assert jobs(synced) == []
