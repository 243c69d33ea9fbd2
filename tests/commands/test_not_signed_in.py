"""Commands that need a sign-in: on a terminal they offer it and go on, everywhere else they name the command."""

import io
import os
import pty
import subprocess
from collections.abc import Callable

import pexpect
import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import HANG_SECONDS, Home, command

PROFILE = "payments-prod.ReadOnly"
QUESTION = "not signed in to acme: sign in now? [Y/n] "
COMMANDS = {
    "accounts": "payments-staging",
    "roles": "payments-staging",
    "sync": "nothing to do, 16 unchanged",
    f"env --profile {PROFILE}": "AWS_SESSION_TOKEN=",
    f"exec --profile {PROFILE} -- printenv SSOHELPER_EXEC": "acme 333344445555 ReadOnly",
    f"console --federate --print {PROFILE}": "SigninToken=",
    f"doctor {PROFILE}": "credentials",
    f"why {PROFILE}": f"{PROFILE} works",
    "roles --matrix": "payments-staging",
}


@pytest.fixture
def signed_out(synced: Home) -> Home:
    """A home folder with profiles, whose session is signed out."""
    assert synced.ssohelper("logout").returncode == 0
    synced.environment["NO_COLOR"] = "1"
    return synced


@pytest.mark.first_is_quick
@pytest.mark.parametrize("words", COMMANDS)
def test_offered(signed_out: Home, words: str) -> None:
    """Enter signs in, and the command goes on."""
    dialogue = signed_out.terminal(*words.split())
    dialogue.expect_exact(QUESTION)
    dialogue.sendline("")
    dialogue.expect_exact("ssohelper: signed in to acme\r\n")
    dialogue.expect_exact(COMMANDS[words])
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert dialogue.exitstatus == 0


@pytest.mark.first_is_quick
@pytest.mark.parametrize("words", [each for each in COMMANDS if not each.startswith("doctor")])
def test_declined(signed_out: Home, identity_center: Simulator, words: str) -> None:
    """After `n`, the error names the login command, and no request is made."""
    identity_center.counters.reset()
    dialogue = signed_out.terminal(*words.split())
    dialogue.expect_exact(QUESTION)
    dialogue.sendline("n")
    dialogue.expect_exact("hint: ssohelper login --session acme")
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert (dialogue.exitstatus, identity_center.counters.calls) == (4, {})


@pytest.mark.parametrize(
    ("words", "more"),
    [("roles --no-input", {}), ("roles", {"SSOHELPER_NO_INPUT": "1"}), ("roles", {"CI": "true"})],
)
def test_nobody_there(signed_out: Home, words: str, more: dict[str, str]) -> None:
    """With --no-input, its variable or CI set, a terminal is none to ask on."""
    signed_out.environment.update(more)
    dialogue = signed_out.terminal(*words.split())
    dialogue.expect(pexpect.EOF)
    dialogue.close()
    assert isinstance(dialogue.logfile_read, io.StringIO)
    assert (dialogue.exitstatus, "sign in now" in dialogue.logfile_read.getvalue()) == (4, False)


def _with_terminal(home: Home, words: list[str], *streams: str) -> tuple[int, str]:
    """Run a command with only some of its streams on a terminal; its exit code, and what it wrote there."""
    main, terminal = pty.openpty()
    others = {name: terminal if name in streams else subprocess.DEVNULL for name in ("stdin", "stdout", "stderr")}
    process = subprocess.Popen(command(*words), env=home.environment, cwd=home.path, **others)  # type: ignore[call-overload] # streams
    os.close(terminal)
    code: int = process.wait(HANG_SECONDS)
    written = b""
    try:
        while piece := os.read(main, 10_000):
            written += piece
    except OSError:  # Linux says so at the end
        pass
    os.close(main)
    return code, written.decode()


UNATTENDED: dict[str, tuple[Callable[[], list[str]], tuple[str, ...]]] = {
    "credential_process, with the person's terminal as stdin": (
        lambda: ["ssohelper", "credential-process", "--profile", PROFILE],
        ("stdin", "stderr"),
    ),
    "a prompt": (lambda: ["ssohelper", "prompt"], ("stdin", "stderr")),
    "completion": (lambda: ["ssohelper", "complete", "bash", "--", "env", "--profile", ""], ("stdin", "stderr")),
    "answers from a pipe": (lambda: ["ssohelper", "roles"], ("stdout", "stderr")),
    "errors into a file": (lambda: ["ssohelper", "roles"], ("stdin", "stdout")),
    "cron": (lambda: ["ssohelper", "sync", "--yes"], ()),
    "the agent": (lambda: ["timeout", "3", *command("ssohelper", "agent", "run")], ("stdin", "stderr")),
}


@pytest.mark.full
@pytest.mark.parametrize("name", UNATTENDED)
def test_unattended(signed_out: Home, identity_center: Simulator, name: str) -> None:
    """In no unattended context is there a question, or the beginning of a sign-in."""
    identity_center.counters.reset()
    words, streams = UNATTENDED[name]
    _, written = _with_terminal(signed_out, words(), *streams)
    assert "now?" not in written
    assert "\x1b[?1049h" not in written  # a list on the whole screen
    assert identity_center.counters.calls == {}
