"""`ssohelper use`, by the function that `shell-init` brings into each shell."""

import subprocess

import pytest

from tests.fixtures.components import need
from tests.fixtures.home import HANG_SECONDS, Home
from tests.fixtures.shells import BARE, BEFORE, hook

ONE, OTHER = "payments-prod.ReadOnly", "management.ReadOnly"
ODD = "a b$(touch hurt)*"
TELL = 'echo "$AWS_PROFILE|$AWS_DEFAULT_PROFILE"\n'


@pytest.fixture
def synced(signed_in: Home) -> Home:
    """A home folder with a profile for every role, and one that is the person's own."""
    assert signed_in.ssohelper("sync", "--yes").returncode == 0
    signed_in.config.write_text(f'{signed_in.config.read_text()}\n[profile "{ODD}"]\nregion = us-east-1\n')
    signed_in.config.with_name("credentials").write_text("[static]\naws_access_key_id = x\n")
    return signed_in


def run(home: Home, shell: str, script: str, **more: str) -> tuple[list[str], list[str]]:
    """The lines that a script prints in a shell with the hook, and those on stderr."""
    done = subprocess.run(
        [need(shell), *BARE[shell]],
        env={**home.environment, **more},
        cwd=home.path,
        input=hook(home, shell) + script,
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )
    return done.stdout.splitlines(), done.stderr.splitlines()


def quoted(word: str) -> str:
    """A word without a quote in it, as every shell takes it for one."""
    return f"'{word}'"


def test_use(synced: Home, shell: str) -> None:
    """It sets, goes back and forth, unsets, and takes every name for what it is."""
    words = (ONE, OTHER, "-", "-", "static", quoted(ODD), "--unset", "-")
    script = "".join(f"ssohelper use {each}\n{TELL}" for each in words)
    used = (ONE, OTHER, ONE, OTHER, "static", ODD, "", ODD)
    assert run(synced, shell, script) == ([f"{each}|" for each in used], [])
    assert not (synced.path / "hurt").exists()


def test_what_was_there_before(synced: Home, shell: str) -> None:
    """What the environment named before is the one to go back to; the variable that would go before is unset."""
    script = f"ssohelper use {ONE}\n{TELL}ssohelper use -\n{TELL}"
    assert run(synced, shell, script, AWS_DEFAULT_PROFILE=OTHER, AWS_PROFILE="x") == ([f"{ONE}|", f"{OTHER}|"], [])


def test_a_wrong_name(synced: Home, shell: str) -> None:
    """A profile that is not there changes nothing, and the nearest one is named."""
    script = f"ssohelper use {ONE}\nssohelper use {ONE}y\n{TELL}"
    said = [
        f"ssohelper: there is no profile '{ONE}y' in ~/.aws/config",
        f"hint: ssohelper use {ONE}",
    ]
    assert run(synced, shell, script) == ([f"{ONE}|"], said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("-", "no other profile was used in this shell|hint: ssohelper use"),
        (f"--unset {ONE}", "--unset takes no other word beside it|hint: ssohelper use --help"),
        (f"- {ONE}", "got unexpected extra argument (payments-prod.ReadOnly)|hint: ssohelper use --help"),
    ],
)
def test_what_cannot_be(synced: Home, shell: str, words: str, said: str) -> None:
    """What makes no sense changes nothing, and is not taken for something else."""
    printed = run(synced, shell, f"ssohelper use {words}\n{TELL}", AWS_PROFILE="mine")
    assert printed == (["mine|"], [*f"ssohelper: {said}".split("|")])


def test_another_case(synced: Home, shell: str) -> None:
    """Names differ by case; the one that was meant is named. An empty one is none, and not the wish to choose."""
    script = f"ssohelper use {ONE.upper()}\nssohelper use ''\n"
    assert run(synced, shell, script)[1] == [
        f"ssohelper: there is no profile '{ONE.upper()}' in ~/.aws/config",
        f"hint: ssohelper use {ONE}",
        "ssohelper: there is no profile '' in ~/.aws/config",
        "hint: ssohelper sync",
    ]


def test_keys_in_the_environment(synced: Home, shell: str) -> None:
    """Where keys in the environment go before the profile, that is said."""
    said = ["ssohelper: AWS_ACCESS_KEY_ID is set, and goes before every profile", "hint: unset AWS_ACCESS_KEY_ID"]
    assert run(synced, shell, f"ssohelper use {ONE}\n{TELL}", AWS_ACCESS_KEY_ID="x") == ([f"{ONE}|"], said)


def test_the_next_prompt(synced: Home, shell: str) -> None:
    """Already the first prompt after a command of ours shows what it has changed."""
    look = f'{BEFORE[shell]}\necho ":$SSOHELPER_PROMPT"\n'
    words = (f"use {ONE}", "logout", "login --no-browser", "use --unset")
    printed, _ = run(synced, shell, "".join(f"ssohelper {each}\n{look}" for each in words))
    assert [line for line in printed if line.startswith(":")] == [f":{ONE}", f":{ONE}: sign in", f":{ONE}", ":acme"]


def test_everything_else(synced: Home, shell: str) -> None:
    """Every other word goes to the program as it is, and its exit code comes back."""
    code = "$status" if shell == "fish" else "$?"
    script = (
        f"ssohelper exec --profile {ONE} -- printf '%s|' 'a  b' '' c\necho\nssohelper sync --xyzzy\necho {code}\n"
    )
    printed, said = run(synced, shell, f"{script}ssohelper use --help\n")
    assert (printed[:2], printed[2], said[0]) == (
        ["a  b||c|", "2"],
        "Usage: ssohelper use [OPTIONS] [PROFILE | -]",
        "ssohelper: no such option '--xyzzy'",
    )


def test_without_the_function(synced: Home) -> None:
    """The program alone says what is missing."""
    done = synced.ssohelper("use", ONE, SHELL="/usr/bin/fish")
    said = "no program can set AWS_PROFILE in the shell that runs it; a function can, which shell-init brings"
    complaint = f"ssohelper: {said}\nhint: ssohelper shell-init fish | source\n"
    assert (done.stdout, done.stderr, done.returncode) == ("", complaint, 2)
