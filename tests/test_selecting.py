"""What a command is about: by options, arguments and the environment."""

import pytest

from ssohelper import selecting
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.context import Context
from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home

EXEC = ("--", "printenv", "SSOHELPER_EXEC")
PROFILE, ROLE = "payments-prod.ReadOnly", "acme 333344445555 ReadOnly\n"


@pytest.mark.parametrize(
    ("given", "profile"),
    [
        (RoleOptions(), "current"),
        (RoleOptions("acme"), "current"),
        (RoleOptions(profile="p"), "p"),
        (RoleOptions(account="1"), None),
        (RoleOptions(role_name="R"), None),
    ],
)
def test_or_current_profile(given: RoleOptions, profile: str | None) -> None:
    """The current profile counts only if the options name no part of a role."""
    context = Context(warn=print, waiting=lambda _what: print, environment={"AWS_PROFILE": "current"})
    of_environment = not given.names_role
    expected = given._replace(profile=profile, of_environment=of_environment)
    assert selecting.or_current_profile(given, context) == expected


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    "words",
    [
        ("exec", PROFILE, *EXEC),
        ("exec", "-p", PROFILE, *EXEC[1:]),
        ("exec", "--via", "env", PROFILE, *EXEC),
        ("exec", "-s", "acme", PROFILE, *EXEC),
        ("exec", "--account", "333344445555", "--role", "ReadOnly", *EXEC),
        ("exec", "--account", "payments-prod", "--role", "ReadOnly", *EXEC),
        ("exec", "--account-id", "333344445555", "--role-name", "ReadOnly", *EXEC),
        ("exec", PROFILE, "--", "sh", "-c", "printenv SSOHELPER_EXEC", "--"),
    ],
)
def test_exec(synced: Home, words: tuple[str, ...]) -> None:
    """The profile stands before `--`, or is an option; an account has a name or an id."""
    done = synced.ssohelper(*words)
    assert (done.stdout, done.returncode) == (ROLE, 0)


def test_words_of_the_command(synced: Home) -> None:
    """Without `--` every word belongs to the command, and so does a later `--`."""
    done = synced.ssohelper("exec", "-p", PROFILE, "echo", "a", "--", "b")
    assert (done.stdout, done.returncode) == ("a -- b\n", 0)


@pytest.mark.first_is_quick
@pytest.mark.parametrize("words", ["env", "console --print", "login", "status", "doctor", "use --in-shell"])
@pytest.mark.parametrize("given", [PROFILE, f"-p {PROFILE}", f"--profile {PROFILE}"])
def test_profile(synced: Home, words: str, given: str) -> None:
    """A profile is the first argument, or an option, in each command that takes one; two of them are an error."""
    done = synced.ssohelper(*words.split(), *given.split())
    assert done.returncode == 0, done.stderr
    done = synced.ssohelper(*words.split(), *given.split(), *(("-p", "x") if given == PROFILE else ("x",)))
    assert (done.returncode, "the profile is set twice" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("account", "problem"),
    [
        ("sandbox", "several accounts are named 'sandbox': 777788889999, 888899990000"),
        ("payments-prd", "account 'payments-prd' not found; did you mean payments-prod?"),
        ("3333-4444-5555", "not a valid account id: '3333-4444-5555' (expected 12 digits)"),
    ],
)
def test_no_account(synced: Home, account: str, problem: str) -> None:
    """A name that fits no account, or several, is an error: none is chosen by likeness."""
    done = synced.ssohelper("env", "--account", account, "--role", "ReadOnly")
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, f"ssohelper: {problem}")


def test_account_names_are_listed_once(synced: Home, identity_center: Simulator) -> None:
    """The names of a day's listing are used; without one they are listed, on a terminal after a sign-in."""
    identity_center.counters.reset()
    assert synced.ssohelper("env", "--account", "payments-prod", "--role", "ReadOnly").returncode == 0
    assert identity_center.counters.calls == {"GetRoleCredentials": 1}
    synced.run("rm", "-r", str(synced.state / "account-names"))
    assert synced.ssohelper("logout").returncode == 0
    dialogue = synced.terminal("console", "--print", "--account", "payments-prod", "--role", "ReadOnly")
    dialogue.expect_exact("not signed in to acme: sign in now? [Y/n] ")
    dialogue.sendline("")
    dialogue.expect_exact("account_id=333344445555")


def test_session_of_the_profile(synced: Home) -> None:
    """A session that contradicts the profile is an error, also for a first argument."""
    for words in (
        ("env", PROFILE, "-s", "beta"),
        ("login", PROFILE, "-s", "beta"),
        ("status", PROFILE, "-s", "beta"),
    ):
        done = synced.ssohelper(*words)
        assert done.stderr == f"ssohelper: profile '{PROFILE}' is for session acme, not beta\nhint: omit --session\n"
