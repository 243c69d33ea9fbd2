"""Lists of profiles and sessions: a name that is not found is what filters them, and a person chooses."""

import io

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home, sign_in
from tests.fixtures.screen import screen

TYPED = "payments-stagnig.Developer"
MEANT = "payments-staging.Developer"
NOT_FOUND = f"ssohelper: profile '{TYPED}' not found in ~/.aws/config; did you mean {MEANT}"


@pytest.fixture
def shell_home(synced: Home) -> Home:
    """A home folder with profiles, and a shell whose prompt is `$`."""
    synced.environment.update(PS1="$ ", NO_COLOR="1")
    return synced


@pytest.mark.full
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (f"exec --profile {TYPED} -- sh -c 'echo is $SSOHELPER_EXEC'", "is acme 444455556666 Developer"),
        (f"env --profile {TYPED} | grep -c AWS_ACCESS_KEY_ID=", "1"),
        (f"console --print {TYPED}", "account_id=444455556666&role_name=Developer"),
        (f"login --profile {TYPED}", "ssohelper: already signed in to acme"),
        (f"doctor {TYPED}", "Developer in 444455556666"),
        (f"use --in-shell {TYPED}", MEANT),
        (f"AWS_PROFILE={TYPED} ssohelper env | grep -c AWS_ACCESS_KEY_ID=", "1"),
    ],
)
def test_typing_mistake(shell_home: Home, words: str, expected: str) -> None:
    """The list opens with as much of the name as matches, and selects nothing; the command runs with what is."""
    command = words.replace("AWS_PROFILE", "env AWS_PROFILE") if words.startswith("AWS_") else f"ssohelper {words}"
    with screen(shell_home, "sh", "-i", columns=160) as terminal:
        terminal.wait_for("$")
        terminal.type(f"{command}; echo done $?", "Enter")
        lines = terminal.wait_for("  payments-staging.ReadOnly")
        assert lines[0].startswith("profile not found, choose one: payments-stagn ")
        assert [line.startswith("  payments-staging.") for line in lines[1:3]] == [True, True]  # none is selected
        terminal.type("Enter")
        terminal.type("Down")
        assert terminal.wait_for("> ")[1].split()[:2] == [">", "payments-staging.Developer"]
        terminal.type("Enter")
        lines = terminal.wait_for("done 0")
        assert [any(text in each for each in lines) for text in (NOT_FOUND, expected)] == [True, True]


@pytest.mark.full
def test_nothing_named(shell_home: Home) -> None:
    """Without a profile, all are offered; Escape cancels, and nothing is run."""
    with screen(shell_home, "sh", "-i") as terminal:
        terminal.wait_for("$")
        terminal.type("ssohelper exec -- touch ran; echo code $?", "Enter")
        assert "Enter selects" in terminal.wait_for("16 of 16")[-1]
        terminal.type("Escape")
        lines = terminal.wait_for("code 130")
        assert "ssohelper: no profile or role given" in lines
        assert not (shell_home.path / "ran").exists()


@pytest.mark.full
def test_wrong_session(shell_home: Home, identity_center: Simulator) -> None:
    """The only session is not taken for a wrong name: it is offered, with its state and start URL."""
    with screen(shell_home, "sh", "-i") as terminal:
        terminal.wait_for("$")
        terminal.type("ssohelper logout --session acne; echo done $?", "Enter")
        lines = terminal.wait_for("1 of 1")
        assert lines[0].split()[-4:] == ["ac", "1", "of", "1"]
        assert lines[1].split() == ["acme", "signed", "in", identity_center.start_url, identity_center.region]
        terminal.type("Escape")
        assert "ssohelper: nothing changed" in terminal.wait_for("done 130")


@pytest.mark.full
def test_several_sessions(shell_home: Home, identity_center: Simulator) -> None:
    """If several sessions are possible, one is chosen, and the command goes on with it."""
    sign_in(shell_home, identity_center, "beta")
    with screen(shell_home, "sh", "-i") as terminal:
        terminal.wait_for("$")
        terminal.type("ssohelper logout; echo done $?", "Enter")
        terminal.wait_for("  beta")
        terminal.type("Down", "Enter")
        assert "ssohelper: signed out of beta" in terminal.wait_for("done 0")


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    "words", [("exec", "--profile", TYPED, "--", "true"), ("use", "--in-shell", TYPED), ("env",)]
)
def test_without_terminal(synced: Home, words: tuple[str, ...]) -> None:
    """Without a terminal it is an error, with what is meant perhaps in words."""
    done = synced.ssohelper(*words)
    assert (done.returncode, done.stdout) == (2, "")
    first = NOT_FOUND if TYPED in words else "ssohelper: no profile or role given"
    assert done.stderr.startswith(first)


def test_dumb_terminal(synced: Home) -> None:
    """On a terminal that cannot draw, the names are listed, and one is typed."""
    synced.environment["TERM"] = "dumb"
    dialogue = synced.terminal("exec", "--profile", TYPED, "--", "sh", "-c", "echo is $SSOHELPER_EXEC")
    dialogue.expect_exact(NOT_FOUND)
    dialogue.expect_exact(f"  {MEANT}\r\n")
    dialogue.expect_exact("profile: ")
    dialogue.sendline("payments-staging.Develper")
    dialogue.expect_exact(f"profile 'payments-staging.Develper' not found; matching: {MEANT}")
    dialogue.sendline(MEANT)
    dialogue.expect_exact("is acme 444455556666 Developer")
    assert isinstance(dialogue.logfile_read, io.StringIO)
    assert "\x1b" not in dialogue.logfile_read.getvalue()
