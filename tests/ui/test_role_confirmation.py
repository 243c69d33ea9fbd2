"""Rules with a warning or a confirmation: asked on a terminal, by every command that hands out credentials."""

import re

import pexpect
import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home, command

PROFILE = "payments-prod.ReadOnly"
LABEL = "PROD ReadOnly in payments-prod (333344445555)"
RULE = """
[[defaults.rules]]
match = "payments-prod"
color = "red"
label = "PROD"
warning = "changes here need a ticket"
confirm = true
"""
# The question of each command, and what it does after yes.
COMMANDS = {
    f"exec {PROFILE} -- printenv SSOHELPER_EXEC": (f"run printenv as {LABEL}? [y/N] ", "acme 333344445555 ReadOnly"),
    f"env {PROFILE}": (f"print credentials of {LABEL}? [y/N] ", "AWS_SESSION_TOKEN="),
    f"console --print {PROFILE}": (f"open the console as {LABEL}? [y/N] ", "/start/#/console?"),
    f"use --in-shell {PROFILE}": (f"use {LABEL}? [y/N] ", PROFILE),
}


@pytest.fixture
def guarded(synced: Home) -> Home:
    """A home folder with a rule for production."""
    synced.settings.parent.mkdir(parents=True, exist_ok=True)
    synced.settings.write_text(RULE)
    synced.environment["NO_COLOR"] = "1"
    return synced


def with_yes(words: str) -> list[str]:
    """The command line with --yes as its first option."""
    name, *others = words.split()
    return [name, "--yes", *others]


@pytest.mark.first_is_quick
@pytest.mark.parametrize("words", COMMANDS)
def test_confirmed(guarded: Home, words: str) -> None:
    """The warning is shown, the question names label, role and account, and after `y` the command goes on."""
    question, result = COMMANDS[words]
    dialogue = guarded.terminal(*words.split())
    dialogue.expect_exact(f"ssohelper: changes here need a ticket\r\n{question}")
    dialogue.sendline("y")
    dialogue.expect_exact(result)
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert dialogue.exitstatus == 0


@pytest.mark.first_is_quick
@pytest.mark.parametrize("words", COMMANDS)
def test_not_confirmed(guarded: Home, identity_center: Simulator, words: str) -> None:
    """Enter is no: nothing is requested, run or printed."""
    question, result = COMMANDS[words]
    identity_center.counters.reset()
    dialogue = guarded.terminal(*words.split())
    dialogue.expect_exact(question)
    dialogue.sendline("")
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert isinstance(dialogue.before, str)
    assert "ssohelper: not confirmed" in dialogue.before
    assert (dialogue.exitstatus, identity_center.counters.calls, result in dialogue.before) == (130, {}, False)


@pytest.mark.full
@pytest.mark.parametrize("words", COMMANDS)
def test_yes(guarded: Home, words: str) -> None:
    """With --yes there is no question, but the warning."""
    dialogue = guarded.terminal(*with_yes(words))
    dialogue.expect_exact("ssohelper: changes here need a ticket\r\n")
    dialogue.expect_exact(COMMANDS[words][1])
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert dialogue.exitstatus == 0


@pytest.mark.first_is_quick
@pytest.mark.parametrize("words", COMMANDS)
def test_unattended(guarded: Home, words: str) -> None:
    """Without a terminal, rules ask and say nothing."""
    done = guarded.ssohelper(*words.split())
    assert (done.returncode, done.stderr) == (0, "")
    assert COMMANDS[words][1].strip() in done.stdout


@pytest.mark.full
@pytest.mark.parametrize("more", [{"CI": "true"}, {"SSOHELPER_NO_INPUT": "1"}])
def test_nobody_there(guarded: Home, more: dict[str, str]) -> None:
    """A terminal with CI or SSOHELPER_NO_INPUT set is none to ask on."""
    guarded.environment.update(more)
    dialogue = guarded.terminal("exec", PROFILE, "--", "printenv", "SSOHELPER_EXEC")
    dialogue.expect_exact("acme 333344445555 ReadOnly")
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert dialogue.exitstatus == 0


@pytest.mark.full
def test_typed_ahead(guarded: Home) -> None:
    """What was typed before the question could be seen is no answer to it."""
    words = command("ssohelper", "exec", PROFILE, "--", "printenv", "SSOHELPER_EXEC")
    # The shell reads one line; the other one is there before the program starts.
    dialogue = guarded.terminal("-c", 'read -r line; exec "$@"', "sh", *words, program="sh")
    dialogue.sendline("line\ny")
    dialogue.expect_exact(f"run printenv as {LABEL}? [y/N] ")
    dialogue.sendline("n")
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert isinstance(dialogue.before, str)
    assert (dialogue.exitstatus, "acme 333344445555" in dialogue.before) == (130, False)


@pytest.mark.full
def test_other_role(guarded: Home) -> None:
    """Roles that the rule does not match are used without a question."""
    dialogue = guarded.terminal("exec", "payments-staging.ReadOnly", "--", "printenv", "SSOHELPER_EXEC")
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert isinstance(dialogue.before, str)
    assert (dialogue.exitstatus, "?" in dialogue.before, "ticket" in dialogue.before) == (0, False, False)


@pytest.mark.full
def test_inside_exec(guarded: Home) -> None:
    """Inside an `exec` that was confirmed, the same role needs no second confirmation."""
    ssohelper = command("ssohelper")[0]
    dialogue = guarded.terminal("exec", PROFILE, "--", ssohelper, "exec", "printenv", "SSOHELPER_EXEC")
    dialogue.expect_exact("[y/N] ")
    dialogue.sendline("y")
    dialogue.expect_exact("acme 333344445555 ReadOnly")
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert isinstance(dialogue.before, str)
    assert (dialogue.exitstatus, "[y/N]" in dialogue.before) == (0, False)


@pytest.mark.full
def test_unknown_account(guarded: Home, identity_center: Simulator) -> None:
    """While names of accounts cannot be listed, a rule that names one asks for its roles in every account."""
    for names in (guarded.state / "account-names").iterdir():
        names.unlink()
    identity_center.faults.add("ListAccounts", Fault.error(500), None)
    dialogue = guarded.terminal("exec", "payments-staging.ReadOnly", "--", "true")
    dialogue.expect_exact("run true as ReadOnly in 444455556666? [y/N] ")
    dialogue.sendline("y")
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert dialogue.exitstatus == 0


@pytest.mark.full
def test_renamed_account(guarded: Home) -> None:
    """A name that was listed more than a day ago is listed again before it decides."""
    for names in (guarded.state / "account-names").iterdir():
        old = names.read_text().replace("payments-prod", "pay-old")
        names.write_text(re.sub(r'"listed_at": [0-9.]+', '"listed_at": 1', old))
    dialogue = guarded.terminal("exec", PROFILE, "--", "true")
    dialogue.expect_exact(f"run true as {LABEL}? [y/N] ")
    dialogue.sendline("n")
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert dialogue.exitstatus == 130


@pytest.mark.full
def test_color(guarded: Home) -> None:
    """The name of the role is in the color of the rule."""
    del guarded.environment["NO_COLOR"]
    dialogue = guarded.terminal("exec", PROFILE, "--", "true")
    dialogue.expect_exact(f"run true as \x1b[31m{LABEL}\x1b[0m? [y/N] ")
    dialogue.sendline("n")
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert dialogue.exitstatus == 130
