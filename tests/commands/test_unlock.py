"""`ssohelper unlock`: a person unlocks a sensitive role for a limited time."""

import json
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.components import need
from tests.fixtures.faketime import faketime
from tests.fixtures.home import Home, command, sign_in
from tests.fixtures.sensitive_roles import (
    BY_ROLE,
    LOCKED,
    PAYMENTS,
    SENSITIVE,
    audit_log,
    credential_process,
    set_sensitive,
    two_accounts,
    unlock,
)


@pytest.fixture
def identity_center() -> Iterator[Simulator]:
    """An Identity Center of two accounts."""
    with Simulator(two_accounts(), rate=None, auto_approve=True) as simulator:
        yield simulator


@pytest.fixture
def guarded(home: Home, identity_center: Simulator) -> Home:
    """A home folder, signed in, in which BreakGlass is sensitive in every account."""
    sign_in(home, identity_center)
    home.settings.parent.mkdir(parents=True)
    set_sensitive(home, BY_ROLE)
    return home


def test_hint_of_the_error(guarded: Home) -> None:
    """The hint of the error, pasted into a terminal, unlocks the role; it asks for the reason."""
    hint = guarded.ssohelper("credential-process", *SENSITIVE).stderr.splitlines()[-1].removeprefix("hint: ")
    guarded.environment["PATH"] = f"{Path(need('ssohelper')).parent}:{guarded.environment['PATH']}"
    shell = guarded.terminal("--norc", "-c", hint, program="bash")
    shell.expect_exact("reason: ")
    shell.sendline("incident 4711")
    shell.expect_exact("ssohelper: BreakGlass in 333344445555 is unlocked for 1h: incident 4711\r\n")
    shell.expect(pexpect.EOF)
    assert credential_process(guarded, *SENSITIVE)["AccountId"] == PAYMENTS


def test_asks_for_reason(guarded: Home) -> None:
    """It asks for a reason until there is one; the account can be given by its name."""
    dialogue = guarded.terminal("unlock", "payments/BreakGlass", "--for", "1h30m")
    for answer in ("", "  ", "incident  4711 "):
        dialogue.expect_exact("reason: ")
        dialogue.sendline(answer)
    dialogue.expect_exact("ssohelper: BreakGlass in 333344445555 is unlocked for 1h 30m: incident 4711\r\n")
    dialogue.expect(pexpect.EOF)
    (line,) = audit_log(guarded)
    assert (line["event"], line["reason"], line["account_id"]) == ("unlock", "incident 4711", PAYMENTS)


def test_profile(guarded: Home) -> None:
    """The role can be given by a profile."""
    guarded.ssohelper("sync", "--yes", "--sensitive")
    dialogue = guarded.terminal("unlock", "payments.BreakGlass", "--reason", "x")
    dialogue.expect_exact("ssohelper: BreakGlass in 333344445555 is unlocked for 1h: x\r\n")
    dialogue.expect(pexpect.EOF)
    done = guarded.ssohelper("credential-process", "--profile", "payments.BreakGlass")
    assert (json.loads(done.stdout)["AccountId"], done.returncode) == (PAYMENTS, 0)


REFUSALS = [
    (
        (f"{PAYMENTS}/BreakGlass", "--reason", "x"),
        "only a person can unlock a role, and there is no terminal",
        "run it in a terminal",
    ),
    (
        (f"{PAYMENTS}/ReadOnly", "--reason", "x"),
        "ReadOnly in 333344445555 is not a sensitive role: nothing to unlock",
        "in config.toml: sensitive_roles = [...]",
    ),
    (
        ("unknown", "--reason", "x"),
        "not a profile or ACCOUNT/ROLE: 'unknown'",
        "ssohelper unlock 123456789012/Admin",
    ),
    (("unknown/BreakGlass", "--reason", "x"), "account 'unknown' not found", "ssohelper accounts"),
    (
        (f"{PAYMENTS}/BreakGlass", "--for", "13h"),
        "--for must be at most 12h, not 13h",
        "--for 12h",
    ),
    (
        (f"{PAYMENTS}/BreakGlass", "--for", "0s"),
        "--for must be longer than zero",
        "ssohelper unlock 333344445555/BreakGlass --end",
    ),
    (
        (f"{PAYMENTS}/BreakGlass", "--for", "1 h"),
        "not a valid duration: '1 h' (expected 30m, 6h or 1h30m)",
        "--for 1h30m",
    ),
    (
        (f"{PAYMENTS}/BreakGlass", "--for", "-1h"),
        "not a valid duration: '-1h' (expected 30m, 6h or 1h30m)",
        "--for 1h30m",
    ),
    (
        (f"{PAYMENTS}/BreakGlass", "--for", "\u0663h"),
        "not a valid duration: '\u0663h' (expected 30m, 6h or 1h30m)",
        "--for 1h30m",
    ),
]


def test_refusals(guarded: Home) -> None:
    """Without a terminal, for another role or with an invalid duration, nothing is unlocked and nothing written."""
    for words, message, hint in REFUSALS:
        done = guarded.ssohelper("unlock", *words)
        assert (done.stdout, done.stderr, done.returncode) == ("", f"ssohelper: {message}\nhint: {hint}\n", 2)
    assert (audit_log(guarded), (guarded.state / "unlocked").exists()) == ([], False)
    assert guarded.ssohelper("credential-process", *SENSITIVE).returncode == 1


def test_needs_a_terminal_for_input(guarded: Home) -> None:
    """A terminal for output only is not enough."""
    words = shlex.join(command("ssohelper", "unlock", f"{PAYMENTS}/BreakGlass", "--reason", "x"))
    guarded.environment["NO_COLOR"] = "1"
    shell = guarded.terminal("--norc", "-c", f"{words} </dev/null", program="bash")
    shell.expect_exact("ssohelper: only a person can unlock a role, and there is no terminal\r\n")
    shell.expect(pexpect.EOF)
    shell.close()
    assert (shell.exitstatus, audit_log(guarded)) == (2, [])


def test_expires(guarded: Home) -> None:
    """The role is unlocked until the end of the duration, and then locked again."""
    assert unlock(guarded, "--for", "30m") == (
        "ssohelper: BreakGlass in 333344445555 is unlocked for 30m: incident 4711\r\n"
    )
    words = command("ssohelper", "credential-process", *SENSITIVE)
    before, after = (guarded.run(*faketime(f"+{minutes}m"), *words) for minutes in (29, 31))
    assert (json.loads(before.stdout)["AccountId"], before.stderr, before.returncode) == (PAYMENTS, "", 0)
    assert (after.stdout, after.stderr, after.returncode) == ("", LOCKED.replace("not unl", "no longer unl"), 1)
    assert [line["event"] for line in audit_log(guarded)] == ["unlock", "issue"]


def test_end(guarded: Home) -> None:
    """--end locks the role again before that; the audit log records it."""
    unlock(guarded)
    credential_process(guarded, *SENSITIVE)
    words = ("unlock", f"{PAYMENTS}/BreakGlass", "--end")
    assert guarded.ssohelper(*words).stderr == f"ssohelper: BreakGlass in {PAYMENTS} is locked again\n"
    done = guarded.ssohelper("credential-process", *SENSITIVE)
    assert (done.stdout, done.stderr, done.returncode) == ("", LOCKED, 1)
    assert guarded.ssohelper(*words).stderr == f"ssohelper: BreakGlass in {PAYMENTS} is not unlocked\n"
    assert [line["event"] for line in audit_log(guarded)] == ["unlock", "issue", "lock"]


def test_role_not_assigned(guarded: Home) -> None:
    """A misspelt role is not unlocked; the error names the roles that are assigned."""
    set_sensitive(guarded, '["*/Break*"]')
    done = guarded.terminal("unlock", f"{PAYMENTS}/Breakglass", "--reason", "x")
    done.expect(f"role Breakglass in account {PAYMENTS} is not assigned to you .assigned: BreakGlass, ReadOnly.")
    done.wait()
    assert (done.exitstatus, audit_log(guarded)) == (2, [])


@pytest.mark.parametrize("reason", ["\x1b[2J", "a\x07b", "\u202etxt.exe", "\x9b31m"], ids=ascii)
def test_reason_with_control_characters(guarded: Home, reason: str) -> None:
    """A reason with control characters is refused, and not shown."""
    dialogue = guarded.terminal("unlock", f"{PAYMENTS}/BreakGlass", "--reason", f"x{reason}")
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert isinstance(dialogue.before, str)
    assert "not a valid reason (expected one line of text)" in dialogue.before
    assert (reason in dialogue.before, dialogue.exitstatus, audit_log(guarded)) == (False, 2, [])


def test_reason_of_several_lines(guarded: Home) -> None:
    """A reason of several lines is recorded as one line."""
    dialogue = guarded.terminal(
        "unlock", f"{PAYMENTS}/BreakGlass", "--reason", "one\n\ttwo\r\nssohelper: three\u2028four"
    )
    dialogue.expect_exact("is unlocked for 1h: one two ssohelper: three four\r\n")
    dialogue.expect(pexpect.EOF)
    assert [line["reason"] for line in audit_log(guarded)] == ["one two ssohelper: three four"]


def test_other_home_folder(guarded: Home, make_home: Callable[..., Home], identity_center: Simulator) -> None:
    """Unlocking a role in one home folder does not unlock it in another."""
    unlock(guarded)
    other = make_home("other", **identity_center.environment)
    sign_in(other, identity_center)
    other.settings.parent.mkdir(parents=True)
    set_sensitive(other, BY_ROLE)
    assert other.ssohelper("credential-process", *SENSITIVE).stderr == LOCKED
    assert credential_process(guarded, *SENSITIVE)["AccountId"] == PAYMENTS
