"""`ssohelper use`, by the function that `shell-init` defines in each shell."""

import subprocess

import pytest

from tests.fixtures.components import need
from tests.fixtures.home import HANG_SECONDS, Home
from tests.fixtures.shells import BARE, BEFORE_PROMPT, SHELLS, hook

ONE, OTHER = "payments-prod.ReadOnly", "management.ReadOnly"
ODD = "a b$(touch hurt)*"
PRINT = 'echo "$AWS_PROFILE|$AWS_DEFAULT_PROFILE"\n'
NEAR = (
    f"did you mean {ONE} (ReadOnly in 333344445555), payments-staging.ReadOnly (ReadOnly in 444455556666)"
    " or management.ReadOnly (ReadOnly in 111122223333)?"
)
ADDS = "hint: `ssohelper sync` adds a profile for each of your roles"


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    """Each of the shells."""
    return str(request.param)


@pytest.fixture
def synced(signed_in: Home) -> Home:
    """A home folder with a profile for every role, a foreign profile, and one in the credentials file."""
    assert signed_in.ssohelper("sync", "--yes").returncode == 0
    signed_in.config.write_text(f'{signed_in.config.read_text()}\n[profile "{ODD}"]\nregion = us-east-1\n')
    signed_in.config.with_name("credentials").write_text("[static]\naws_access_key_id = x\n")
    return signed_in


def run(home: Home, shell: str, script: str, **more: str) -> tuple[list[str], list[str]]:
    """The lines that a script prints in a shell with the hook, on stdout and on stderr."""
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
    """A word that contains no quote, quoted for every shell."""
    return f"'{word}'"


@pytest.mark.first_is_quick
def test_use(synced: Home, shell: str) -> None:
    """It sets AWS_PROFILE, switches to the previous profile, unsets it, and accepts every name."""
    words = (ONE, OTHER, "-", "-", "static", quoted(ODD), "--unset", "-")
    script = "".join(f"ssohelper use {each}\n{PRINT}" for each in words)
    expected = (ONE, OTHER, ONE, OTHER, "static", ODD, "", ODD)
    assert run(synced, shell, script) == ([f"{each}|" for each in expected], [])
    assert not (synced.path / "hurt").exists()


@pytest.mark.first_is_quick
def test_profile_of_the_environment(synced: Home, shell: str) -> None:
    """`use -` returns to the profile that the environment named; AWS_DEFAULT_PROFILE, which overrides, is unset."""
    script = f"ssohelper use {ONE}\n{PRINT}ssohelper use -\n{PRINT}"
    assert run(synced, shell, script, AWS_DEFAULT_PROFILE=OTHER, AWS_PROFILE="x") == ([f"{ONE}|", f"{OTHER}|"], [])


@pytest.mark.first_is_quick
@pytest.mark.parametrize("before", ["", "0"])
def test_older_sdks(synced: Home, shell: str, before: str) -> None:
    """AWS_SDK_LOAD_CONFIG is set with the profile, and unset with it, unless it was set before."""
    script = "".join(
        f'ssohelper use {each}\necho "<$AWS_SDK_LOAD_CONFIG>"\n' for each in (ONE, OTHER, "--unset", "-")
    )
    more = {"AWS_SDK_LOAD_CONFIG": before} if before else {}
    expected = ["<1>", "<1>", "<>", "<1>"] if not before else [f"<{before}>"] * 4
    assert run(synced, shell, script, **more) == (expected, [])


@pytest.mark.first_is_quick
def test_unknown_profile(synced: Home, shell: str) -> None:
    """An unknown profile changes nothing; a similar one is only mentioned, not used."""
    script = f"ssohelper use {ONE}\nssohelper use {ONE}y\n{PRINT}"
    error = [f"ssohelper: profile '{ONE}y' not found in ~/.aws/config; {NEAR}", ADDS]
    assert run(synced, shell, script) == ([f"{ONE}|"], error)


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("-", "no previous profile in this shell|hint: ssohelper use"),
        (f"--unset {ONE}", "--unset takes no other argument|hint: ssohelper use --help"),
        (f"- {ONE}", "no previous profile in this shell|hint: ssohelper use"),
    ],
)
def test_usage_errors(synced: Home, shell: str, words: str, error: str) -> None:
    """Contradictory arguments are refused, and change nothing."""
    printed = run(synced, shell, f"ssohelper use {words}\n{PRINT}", AWS_PROFILE="mine")
    assert printed == (["mine|"], [*f"ssohelper: {error}".split("|")])


@pytest.mark.first_is_quick
def test_similar_names(synced: Home, shell: str) -> None:
    """Names are case-sensitive; similar ones are mentioned. An empty name is unknown."""
    script = f"ssohelper use {ONE.upper()}\nssohelper use ''\n"
    assert run(synced, shell, script)[1] == [
        f"ssohelper: profile '{ONE.upper()}' not found in ~/.aws/config; {NEAR}",
        ADDS,
        "ssohelper: profile '' not found in ~/.aws/config",
        ADDS,
    ]


@pytest.mark.first_is_quick
def test_keys_in_the_environment(synced: Home, shell: str) -> None:
    """Keys in the environment override every profile: it warns of them, with the shell's own command."""
    unset = "set -e" if shell == "fish" else "unset"
    warning = ["ssohelper: AWS_ACCESS_KEY_ID is set, and overrides AWS_PROFILE", f"hint: {unset} AWS_ACCESS_KEY_ID"]
    assert run(synced, shell, f"ssohelper use {ONE}\n{PRINT}", AWS_ACCESS_KEY_ID="x") == ([f"{ONE}|"], warning)


@pytest.mark.full
def test_next_prompt(synced: Home, shell: str) -> None:
    """The first prompt after a command shows what it has changed."""
    look = f'{BEFORE_PROMPT[shell]}\necho ":$SSOHELPER_PROMPT"\n'
    words = (f"use {ONE}", "logout", "login --no-browser", "use --unset")
    printed, _ = run(synced, shell, "".join(f"ssohelper {each}\n{look}" for each in words))
    assert [line for line in printed if line.startswith(":")] == [f":{ONE}", f":{ONE}: sign in", f":{ONE}", ":acme"]


@pytest.mark.full
def test_other_commands(synced: Home, shell: str) -> None:
    """The function passes every other command to the program unchanged, and returns its exit code."""
    code = "$status" if shell == "fish" else "$?"
    script = (
        f"ssohelper exec --profile {ONE} -- printf '%s|' 'a  b' '' c\necho\nssohelper sync --xyzzy\necho {code}\n"
    )
    printed, errors = run(synced, shell, f"{script}ssohelper use --help\n")
    assert (printed[:2], printed[2], errors[0]) == (
        ["a  b||c|", "2"],
        "Usage: ssohelper use [OPTIONS] [PROFILE]",
        "ssohelper: option not found: --xyzzy",
    )


def test_without_the_function(synced: Home) -> None:
    """Without the function, the program says how to load it."""
    done = synced.ssohelper("use", ONE, SHELL="/usr/bin/fish")
    error = (
        "ssohelper: a program cannot set AWS_PROFILE in the shell that runs it: shell-init defines ssohelper use, "
        f"which can\nhint: ssohelper shell-init fish | source; ssohelper use {ONE}\n"
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", error, 2)


@pytest.mark.parametrize("words", ["nope -h", f"{ONE} --help", f"-y {ONE} -h"])
@pytest.mark.first_is_quick
def test_help_is_no_name(synced: Home, shell: str, words: str) -> None:
    """Help is shown, but never taken for the name of a profile."""
    stdout, stderr = run(synced, shell, f"ssohelper use {OTHER}\nssohelper use {words} || echo failed\n{PRINT}")
    assert (stdout, stderr[0]) == (["failed", f"{OTHER}|"], "Usage: ssohelper use [OPTIONS] [PROFILE]")
    done = synced.ssohelper("use", "--in-shell", "--", *words.split())
    assert (done.stdout, done.returncode) == ("", 2)
