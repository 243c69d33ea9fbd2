"""Sensitive roles, by the real commands: no credentials unless a person unlocked the role; a line for each use."""

import csv
import ctypes
import io
import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pexpect
import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account, PermissionSet, User, World
from tests.fixtures.components import need
from tests.fixtures.faketime import faketime
from tests.fixtures.home import HANG_SECONDS, Home, command, sign_in

PAYMENTS, SANDBOX = "333344445555", "777788889999"
GUARDED = ("--session", "acme", "--account-id", PAYMENTS, "--role-name", "BreakGlass")
PLAIN = ("--session", "acme", "--account-id", PAYMENTS, "--role-name", "ReadOnly")
ELSEWHERE = ("--session", "acme", "--account-id", SANDBOX, "--role-name", "ReadOnly")
LOCKED = (
    "ssohelper: BreakGlass in 333344445555 is a sensitive role, and not unlocked\n"
    'hint: ssohelper unlock 333344445555/BreakGlass --session acme --reason "..." --for 1h\n'
)
BY_ROLE, BY_NAME = '["*/BreakGlass"]', '["payments*/BreakGlass"]'
SECRETS = ("AccessKeyId", "SecretAccessKey", "SessionToken")


@pytest.fixture
def identity_center() -> Iterator[Simulator]:
    """An Identity Center of two accounts, each with a role for everybody and one for emergencies."""
    accounts = [Account(PAYMENTS, "payments"), Account(SANDBOX, "sandbox")]
    roles = [PermissionSet("BreakGlass"), PermissionSet("ReadOnly")]
    every = frozenset((account.id, role.name) for account in accounts for role in roles)
    world = World(accounts, roles, [User("alex", every)])
    with Simulator(world, rate=None, auto_approve=True) as simulator:
        yield simulator


@pytest.fixture
def guarded(home: Home, identity_center: Simulator) -> Home:
    """A home folder, signed in, whose settings call BreakGlass sensitive in every account."""
    sign_in(home, identity_center)
    home.settings.parent.mkdir(parents=True)
    call_sensitive(home, BY_ROLE)
    return home


def call_sensitive(home: Home, globs: str) -> None:
    """Say which roles are sensitive."""
    home.settings.write_text(f"[defaults]\nsensitive_roles = {globs}\n")


def unlocked(home: Home, *more: str) -> str:
    """Unlock the role as a person does, and what that says."""
    asked = home.terminal("unlock", f"{PAYMENTS}/BreakGlass", "--reason", "incident 4711", *more)
    asked.expect(pexpect.EOF)
    asked.close()
    assert isinstance(asked.before, str)
    assert asked.exitstatus == 0, asked.before
    return asked.before


def log(home: Home) -> list[dict[str, Any]]:
    """The lines of the log."""
    path = home.state / "log.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def answered(home: Home, *words: str) -> dict[str, Any]:
    """The answer of credential-process, which said nothing else."""
    done = home.ssohelper("credential-process", *words)
    assert (done.stderr, done.returncode) == ("", 0)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def files_with(home: Home, answer: dict[str, Any]) -> list[str]:
    """The files that hold any of the keys of an answer."""
    return [name for name, data in home.tree().items() if any(answer[key].encode() in data for key in SECRETS)]


def section(home: Home, name: str) -> list[str]:
    """The lines of a profile."""
    return home.config.read_text().partition(f"[profile {name}]\n")[2].partition("\n\n")[0].splitlines()


def profiles(home: Home) -> list[str]:
    """The profiles of the config file."""
    return re.findall(r"^\[profile (.+)\]$", home.config.read_text(), re.MULTILINE)


def as_process(account: str) -> list[str]:
    """The lines of a profile of BreakGlass in the style credential-process."""
    launcher = Path(command("ssohelper")[0]).with_name("ssohelper-credential-process")
    program = str(launcher) if launcher.exists() else f"{command('ssohelper')[0]} credential-process"
    return [
        f"credential_process = {program} --session acme --account-id {account} --role-name BreakGlass",
        "region = us-east-1",
        "ssohelper_session = acme",
        f"ssohelper_account_id = {account}",
        "ssohelper_role_name = BreakGlass",
    ]


def test_sync(guarded: Home) -> None:
    """Sync gives a sensitive role no profile unasked; --sensitive does, always in the style credential-process."""
    done = guarded.ssohelper("sync", "--yes", "--style", "sso")
    assert done.returncode == 0
    assert profiles(guarded) == ["payments.ReadOnly", "sandbox.ReadOnly"]
    done = guarded.ssohelper("sync", "--yes", "--style", "sso", "--sensitive")
    assert done.stdout.splitlines()[-1] == "2 to add, 2 unchanged"
    assert section(guarded, "payments.BreakGlass") == as_process(PAYMENTS)
    assert section(guarded, "sandbox.BreakGlass") == as_process(SANDBOX)
    done = guarded.ssohelper("sync", "--yes")
    assert (done.stdout.splitlines()[-1], done.returncode) == ("nothing to do, 4 unchanged", 0)


def test_sync_says_what_it_leaves_out(guarded: Home) -> None:
    """A role that gets no profile because it is sensitive is mentioned: nobody has to guess where it is."""
    done = guarded.ssohelper("sync", "--yes")
    assert "sensitive" in done.stdout + done.stderr


def test_an_existing_profile(guarded: Home) -> None:
    """The profile of a role that becomes sensitive is kept, and no SDK gets credentials by it alone any more."""
    guarded.settings.unlink()
    guarded.ssohelper("sync", "--yes")
    assert "sso_role_name = BreakGlass" in section(guarded, "payments.BreakGlass")
    call_sensitive(guarded, BY_ROLE)
    done = guarded.ssohelper("sync", "--yes")
    assert done.stdout.splitlines()[-1] == "2 to change, 2 unchanged"
    # Keys that stay keep their place, new ones come after them.
    assert sorted(section(guarded, "payments.BreakGlass")) == sorted(as_process(PAYMENTS))
    assert sorted(section(guarded, "sandbox.BreakGlass")) == sorted(as_process(SANDBOX))


@pytest.mark.parametrize(
    "words",
    [("ssohelper", "credential-process"), ("ssohelper-credential-process",), ("ssohelper", "env")],
    ids=" ".join,
)
def test_locked(guarded: Home, identity_center: Simulator, words: tuple[str, ...]) -> None:
    """Locked, it is refused with one line and the hint, without a call and without a trace; other roles are not."""
    identity_center.counters.reset()
    done = guarded.run(*words, *GUARDED)
    assert (done.stdout, done.stderr, done.returncode) == ("", LOCKED, 1)
    assert identity_center.counters.calls == {}
    assert log(guarded) == []
    assert guarded.run(*words, *PLAIN).returncode == 0


def test_the_hint(guarded: Home) -> None:
    """Whoever pastes the hint into a terminal has unlocked the role."""
    hint = guarded.ssohelper("credential-process", *GUARDED).stderr.splitlines()[-1].removeprefix("hint: ")
    path = f"{Path(need('ssohelper')).parent}:{guarded.environment['PATH']}"
    shell = pexpect.spawn(
        "bash",
        ["--norc", "-c", hint],
        env=cast("os._Environ[str]", {**guarded.environment, "PATH": path}),
        cwd=guarded.path,
        encoding="utf-8",
        timeout=HANG_SECONDS,
    )
    shell.expect_exact("ssohelper: BreakGlass in 333344445555 is open for 1h 00m: ...\r\n")
    shell.expect(pexpect.EOF)
    assert answered(guarded, *GUARDED)["AccountId"] == PAYMENTS


def test_unlock_asks(guarded: Home) -> None:
    """The reason is asked for on a terminal, until there is one; the role goes by its account's name too."""
    asked = guarded.terminal("unlock", "payments/BreakGlass", "--for", "1h30m")
    for answer in ("", "  ", "incident  4711 "):
        asked.expect_exact("reason: ")
        asked.sendline(answer)
    asked.expect_exact("ssohelper: BreakGlass in 333344445555 is open for 1h 30m: incident 4711\r\n")
    asked.expect(pexpect.EOF)
    (line,) = log(guarded)
    assert (line["event"], line["reason"], line["account_id"]) == ("unlock", "incident 4711", PAYMENTS)


def test_unlock_by_profile(guarded: Home) -> None:
    """A role can be unlocked by its profile."""
    guarded.ssohelper("sync", "--yes", "--sensitive")
    asked = guarded.terminal("unlock", "payments.BreakGlass", "--reason", "x")
    asked.expect_exact("ssohelper: BreakGlass in 333344445555 is open for 1h 00m: x\r\n")
    asked.expect(pexpect.EOF)
    done = guarded.ssohelper("credential-process", "--profile", "payments.BreakGlass")
    assert (json.loads(done.stdout)["AccountId"], done.returncode) == (PAYMENTS, 0)


REFUSALS = [
    (
        (f"{PAYMENTS}/BreakGlass", "--reason", "x"),
        "a role is unlocked by a person: there is no terminal",
        "run it in a terminal",
    ),
    (
        (f"{PAYMENTS}/ReadOnly", "--reason", "x"),
        "ReadOnly in 333344445555 is no sensitive role: it needs no unlocking",
        "in config.toml: sensitive_roles = [...]",
    ),
    (
        ("nobody", "--reason", "x"),
        "'nobody' is no profile, and no ACCOUNT/ROLE",
        "ssohelper unlock 123456789012/Admin",
    ),
    (("nobody/BreakGlass", "--reason", "x"), "you have no account that is called 'nobody'", "ssohelper accounts"),
    (
        (f"{PAYMENTS}/BreakGlass", "--for", "13h"),
        "a role cannot be unlocked for 13h: at most for 12 hours",
        "--for 12h",
    ),
    (
        (f"{PAYMENTS}/BreakGlass", "--for", "0s"),
        "no time at all is no unlocking",
        "ssohelper unlock 333344445555/BreakGlass --end",
    ),
    (
        (f"{PAYMENTS}/BreakGlass", "--for", "1 h"),
        "'1 h' is no length of time, such as 30m, 6h or 1h30m",
        "--for 1h30m",
    ),
    (
        (f"{PAYMENTS}/BreakGlass", "--for", "-1h"),
        "'-1h' is no length of time, such as 30m, 6h or 1h30m",
        "--for 1h30m",
    ),
    (
        (f"{PAYMENTS}/BreakGlass", "--for", "\u0663h"),
        "'\u0663h' is no length of time, such as 30m, 6h or 1h30m",
        "--for 1h30m",
    ),
]


def test_unlock_refuses(guarded: Home) -> None:
    """Without a terminal, for another role, or for a time that is none, nothing is unlocked and nothing written."""
    for words, message, hint in REFUSALS:
        done = guarded.ssohelper("unlock", *words)
        assert (done.stdout, done.stderr, done.returncode) == ("", f"ssohelper: {message}\nhint: {hint}\n", 2)
    assert (log(guarded), (guarded.state / "unlocked").exists()) == ([], False)
    assert guarded.ssohelper("credential-process", *GUARDED).returncode == 1


def test_only_on_a_terminal(guarded: Home) -> None:
    """A program that has a terminal for its output alone is no person."""
    words = shlex.join(command("ssohelper", "unlock", f"{PAYMENTS}/BreakGlass", "--reason", "x"))
    environment = cast("os._Environ[str]", {**guarded.environment, "NO_COLOR": "1"})
    shell = pexpect.spawn(
        "bash", ["--norc", "-c", f"{words} </dev/null"], env=environment, encoding="utf-8", timeout=60
    )
    shell.expect_exact("ssohelper: a role is unlocked by a person: there is no terminal\r\n")
    shell.expect(pexpect.EOF)
    shell.close()
    assert (shell.exitstatus, log(guarded)) == (2, [])


def test_an_unlock_ends(guarded: Home) -> None:
    """After its time it is locked again; a minute before that it is not."""
    assert unlocked(guarded, "--for", "30m") == (
        "ssohelper: BreakGlass in 333344445555 is open for 30m: incident 4711\r\n"
    )
    words = command("ssohelper", "credential-process", *GUARDED)
    before, after = (guarded.run(*faketime(f"+{minutes}m"), *words) for minutes in (29, 31))
    assert (json.loads(before.stdout)["AccountId"], before.stderr, before.returncode) == (PAYMENTS, "", 0)
    assert (after.stdout, after.stderr, after.returncode) == ("", LOCKED.replace("not unl", "no longer unl"), 1)
    assert [line["event"] for line in log(guarded)] == ["unlock", "issue"]


def test_closed_again(guarded: Home) -> None:
    """A person can close a role before its time is up; the log has that too."""
    unlocked(guarded)
    answered(guarded, *GUARDED)
    words = ("unlock", f"{PAYMENTS}/BreakGlass", "--end")
    assert guarded.ssohelper(*words).stderr == f"ssohelper: BreakGlass in {PAYMENTS} is closed again\n"
    done = guarded.ssohelper("credential-process", *GUARDED)
    assert (done.stdout, done.stderr, done.returncode) == ("", LOCKED, 1)
    assert guarded.ssohelper(*words).stderr == f"ssohelper: BreakGlass in {PAYMENTS} is not open\n"
    assert [line["event"] for line in log(guarded)] == ["unlock", "issue", "lock"]


def test_a_role_that_is_not_assigned(guarded: Home) -> None:
    """A misspelt role is not opened: the roles that there are are named."""
    call_sensitive(guarded, '["*/Break*"]')
    done = guarded.terminal("unlock", f"{PAYMENTS}/Breakglass", "--reason", "x")
    done.expect(f"you have no role Breakglass in {PAYMENTS}: there is BreakGlass, ReadOnly")
    done.wait()
    assert (done.exitstatus, log(guarded)) == (2, [])


def test_the_log(guarded: Home) -> None:
    """An unlock and each issue are one line each, without a secret: when, who, what, why, to which process."""
    began = int(time.time())
    unlocked(guarded)
    answered(guarded, *GUARDED)
    assert guarded.ssohelper("env", *GUARDED).returncode == 0
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    comm = Path("/proc/self/comm").read_text().strip()
    facts = {"user": user, "session": "acme", "account_id": PAYMENTS, "role_name": "BreakGlass"}
    common = {**facts, "reason": "incident 4711", "process": f"{comm} ({os.getpid()})"}
    lines = log(guarded)
    times = [line.pop("time") for line in lines]
    until = lines[0].pop("until")
    assert lines == [{"event": event, **common} for event in ("unlock", "issue", "issue")]
    stamps = [time.mktime(time.strptime(each, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone for each in (*times, until)]
    assert stamps[:3] == sorted(stamps[:3])
    assert began <= stamps[0] <= stamps[2] <= time.time()
    assert stamps[3] - stamps[0] == 3600
    shown = [{"time": when, **line} for when, line in zip(times, lines, strict=True)]
    columns = ["time", "event", "user", "session", "account_id", "role_name", "reason", "process"]
    assert json.loads(guarded.ssohelper("log", "--json").stdout) == [
        {column: line[column] for column in columns} for line in shown
    ]
    assert list(csv.DictReader(io.StringIO(guarded.ssohelper("log", "--csv").stdout))) == shown
    table = guarded.ssohelper("log").stdout.splitlines()
    assert [re.split(r" {2,}", row) for row in table] == [
        columns,
        *([line[column] for column in columns] for line in shown),
    ]


def test_an_empty_log(guarded: Home) -> None:
    """Before the first unlock the log is empty in every shape."""
    header = "time,event,user,session,account_id,role_name,reason,process\n"
    for option, printed in (("--json", "[]\n"), ("--csv", header)):
        done = guarded.ssohelper("log", option)
        assert (done.stdout, done.stderr, done.returncode) == (printed, "", 0)
    assert guarded.ssohelper("log").stdout == header.replace(",", "  ")


def test_nowhere_kept(guarded: Home, identity_center: Simulator) -> None:
    """Each issue is asked for anew, and none of its keys is in any file, while those of another role are."""
    unlocked(guarded)
    identity_center.counters.reset()
    first, second = (answered(guarded, *GUARDED) for _ in range(2))
    assert first["AccessKeyId"] != second["AccessKeyId"]
    assert identity_center.counters.calls == {"GetRoleCredentials": 2}
    assert [files_with(guarded, each) for each in (first, second)] == [[], []]
    assert len(files_with(guarded, answered(guarded, *PLAIN))) == 2
    assert json.loads(guarded.ssohelper("status", "--json").stdout)["sessions"][0]["roles"] != []
    assert "BreakGlass" not in guarded.ssohelper("status").stdout


def test_a_role_becomes_sensitive(guarded: Home) -> None:
    """The next sync forgets what is kept of it and what was prepared; a dry run forgets nothing."""
    guarded.settings.unlink()
    answer = answered(guarded, *GUARDED)
    kept = files_with(guarded, answer)
    assert len(kept) == 2
    plain = answered(guarded, *PLAIN)
    call_sensitive(guarded, BY_ROLE)
    assert guarded.ssohelper("sync", "--dry-run").returncode == 0
    assert files_with(guarded, answer) == kept
    assert guarded.ssohelper("sync", "--yes").returncode == 0
    assert (files_with(guarded, answer), len(files_with(guarded, plain))) == ([], 2)
    done = guarded.run("ssohelper-credential-process", *GUARDED)
    assert (done.stdout, done.stderr, done.returncode) == ("", LOCKED, 1)


def test_what_is_left_is_forgotten(guarded: Home) -> None:
    """Also without a sync nothing is handed out any more of a role that has become sensitive, nor is it kept."""
    guarded.settings.unlink()
    answer = answered(guarded, *GUARDED)
    call_sensitive(guarded, BY_ROLE)
    done = guarded.run("ssohelper-credential-process", *GUARDED)
    assert (done.stdout, done.stderr, done.returncode) == ("", LOCKED, 1)
    assert files_with(guarded, answer) == []


def test_a_log_that_cannot_be_written(guarded: Home, identity_center: Simulator) -> None:
    """Without a log there are no credentials, and nobody is asked for them."""
    unlocked(guarded)
    (guarded.state / "log.jsonl").unlink()
    (guarded.state / "log.jsonl").mkdir()
    identity_center.counters.reset()
    done = guarded.ssohelper("credential-process", *GUARDED)
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        (
            "ssohelper: can't write ~/.local/state/ssohelper/log.jsonl: is a directory\n"
            "hint: ls -ld ~/.local/state/ssohelper\n"
        ),
        1,
    )
    assert identity_center.counters.calls == {}


def inventory(home: Home) -> Path:
    """The file of the accounts' names."""
    (path,) = (home.state / "accounts").iterdir()
    return path


def test_by_name(guarded: Home, identity_center: Simulator) -> None:
    """A glob over an account's name: the names are listed once, and again after a day."""
    call_sensitive(guarded, BY_NAME)
    identity_center.counters.reset()
    assert guarded.ssohelper("credential-process", *GUARDED).stderr == LOCKED
    assert identity_center.counters.calls == {"ListAccounts": 1}
    answered(guarded, *PLAIN)
    answered(guarded, *ELSEWHERE)
    other = ("--session", "acme", "--account-id", SANDBOX, "--role-name", "BreakGlass")
    answered(guarded, *other)
    assert identity_center.counters.calls == {"ListAccounts": 1, "GetRoleCredentials": 3}
    path = inventory(guarded)
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "listed_at": time.time() - 24 * 3600 - 5}))
    for _ in range(2):
        assert guarded.ssohelper("credential-process", *GUARDED).stderr == LOCKED
    assert identity_center.counters.calls == {"ListAccounts": 2, "GetRoleCredentials": 3}


def test_by_name_at_once(guarded: Home, identity_center: Simulator) -> None:
    """However many processes want the names at once, they are listed once."""
    call_sensitive(guarded, BY_NAME)
    identity_center.counters.reset()
    identity_center.conditions.latency = 1.0
    words = command("ssohelper", "credential-process", *GUARDED)
    running = [
        subprocess.Popen(words, env=guarded.environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    told = [each.communicate(timeout=HANG_SECONDS)[1] for each in running]
    waited = r"ssohelper: waiting for the names of the accounts of acme: process (\d+|\?) is at it\n"
    assert [re.sub(waited, "", each) for each in told] == [LOCKED] * 4
    assert identity_center.counters.calls == {"ListAccounts": 1}


def test_by_name_after_a_sync(guarded: Home, identity_center: Simulator) -> None:
    """A sync has listed the names already."""
    call_sensitive(guarded, BY_NAME)
    guarded.ssohelper("sync", "--yes")
    identity_center.counters.reset()
    assert guarded.ssohelper("credential-process", *GUARDED).stderr == LOCKED
    assert identity_center.counters.calls == {}


@pytest.mark.parametrize("words", [GUARDED, PLAIN], ids=["sensitive", "other"])
def test_names_that_cannot_be_had(guarded: Home, identity_center: Simulator, words: tuple[str, ...]) -> None:
    """While nobody knows the names no role of a glob over names is handed out, though its credentials are kept."""
    guarded.settings.unlink()
    answered(guarded, *GUARDED)
    call_sensitive(guarded, '["payments*"]')
    for path in (guarded.state / "answers").rglob("*"):
        if path.is_file():
            path.unlink()
    identity_center.faults.add("ListAccounts", Fault.error(403), None)
    identity_center.counters.reset()
    done = guarded.ssohelper("credential-process", *words)
    assert (done.stdout, done.returncode != 0) == ("", True)
    assert "GetRoleCredentials" not in identity_center.counters.calls
    identity_center.faults.clear()
    done = guarded.ssohelper("credential-process", *words)
    assert (done.stdout, done.stderr) == ("", LOCKED.replace("BreakGlass", words[-1]))


def test_an_account_that_is_new(guarded: Home, identity_center: Simulator) -> None:
    """An account that the names of today lack may be one that is meant: they are listed anew before it is judged."""
    call_sensitive(guarded, BY_NAME)
    assert guarded.ssohelper("credential-process", *GUARDED).stderr == LOCKED
    identity_center.world.add_account(Account("444455556666", "payments-2"))
    identity_center.world.assign("444455556666", "BreakGlass")
    done = guarded.ssohelper("credential-process", *GUARDED[:3], "444455556666", *GUARDED[4:])
    assert (done.stdout[:12], done.stderr, done.returncode) == ("", LOCKED.replace(PAYMENTS, "444455556666"), 1)


@pytest.mark.parametrize("reason", ["\x1b[2J", "a\x07b", "\u202etxt.exe", "\x9b31m"], ids=ascii)
def test_a_hostile_reason(guarded: Home, reason: str) -> None:
    """A reason that would steer a terminal is refused, and not shown."""
    asked = guarded.terminal("unlock", f"{PAYMENTS}/BreakGlass", "--reason", f"x{reason}")
    asked.expect(pexpect.EOF)
    asked.close()
    assert isinstance(asked.before, str)
    assert "the reason has to be a line of text" in asked.before
    assert (reason in asked.before, asked.exitstatus, log(guarded)) == (False, 2, [])


def test_a_reason_of_several_lines(guarded: Home) -> None:
    """A reason that was pasted with its line ends becomes one line."""
    asked = guarded.terminal(
        "unlock", f"{PAYMENTS}/BreakGlass", "--reason", "one\n\ttwo\r\nssohelper: three\u2028four"
    )
    asked.expect_exact("is open for 1h 00m: one two ssohelper: three four\r\n")
    asked.expect(pexpect.EOF)
    assert [line["reason"] for line in log(guarded)] == ["one two ssohelper: three four"]


# Runs a program under a name of the caller's own choosing, as any process may.
NAMED = """\
import ctypes, subprocess, sys
ctypes.CDLL(None).prctl(15, b"\\x1b[2J\\nx")
sys.exit(subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode)
"""


@pytest.mark.parametrize("options", [(), ("--json",), ("--csv",)], ids=["table", "json", "csv"])
def test_hostile_lines(guarded: Home, options: tuple[str, ...]) -> None:
    """Nothing in the log steers the terminal: no name that a process gave itself, nor what others wrote into it."""
    if not hasattr(ctypes.CDLL(None), "prctl"):
        pytest.skip("a process cannot name itself here")
    unlocked(guarded)
    done = guarded.run(sys.executable, "-c", NAMED, *command("ssohelper", "credential-process", *GUARDED))
    assert done.returncode == 0, done.stderr
    with (guarded.state / "log.jsonl").open("a") as file:
        file.write(
            json.dumps({"time": "t", "event": "e", "reason": "\x1b]0;pwned\x07 \x9b2J \r\nssohelper: x"}) + "\n"
        )
    guarded.environment["NO_COLOR"] = "1"
    shown = guarded.terminal("log", *options)
    shown.expect(pexpect.EOF)
    assert isinstance(shown.before, str)
    assert [each for each in shown.before.replace("\r\n", "") if not each.isprintable()] == []
    assert "pwned" in shown.before


def test_another_tools_profile(guarded: Home, make_home: Callable[..., Home], identity_center: Simulator) -> None:
    """An unlock is the matter of one home folder: somebody else's role stays locked."""
    unlocked(guarded)
    other = make_home("other", **identity_center.environment)
    sign_in(other, identity_center)
    other.settings.parent.mkdir(parents=True)
    call_sensitive(other, BY_ROLE)
    assert other.ssohelper("credential-process", *GUARDED).stderr == LOCKED
    assert answered(guarded, *GUARDED)["AccountId"] == PAYMENTS
