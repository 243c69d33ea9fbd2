"""A command line of an exact form does the same with click and without it."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ssohelper import __main__ as program
from ssohelper.actions import exact_forms
from tests.fixtures.home import Home, command

# Runs a command by click, as with any option.
CLICK = "import sys; from ssohelper.cli import run; sys.exit(run(sys.argv[1:]))"
PROFILE = "payments-prod.ReadOnly"
ROLE = ("--session", "acme", "--account-id", "333344445555", "--role-name", "ReadOnly")
FORMS = [
    *((name,) for name in ("status", "profiles", "list", "whoami", "roles")),
    ("whoami", PROFILE),
    ("env", PROFILE),
    ("env", "missing"),
    ("console", "--print", PROFILE),
    ("exec", PROFILE, "--", "sh", "-c", "echo out; echo err >&2; exit 3"),
    ("exec", PROFILE, "--", "missing-program"),
    ("exec", "missing", "--", "true"),
    ("credential-process", *ROLE),
    ("credential-process", *ROLE[:-1], "Missing"),
]
# What click reads, though it begins like one of them.
OTHERS = [
    ("status", "--json"),
    ("whoami", "-h"),
    ("whoami", PROFILE, "--verify"),
    ("env", ""),
    ("env", PROFILE, "--json"),
    ("env", "-p", PROFILE),
    ("console", PROFILE),
    ("console", PROFILE, "--print"),
    ("exec",),
    ("exec", PROFILE),
    ("exec", PROFILE, "--"),
    ("exec", "--", "true"),
    ("exec", "--via", "--", "true"),
    ("credential-process", "--profile", PROFILE),
    ("credential-process", *ROLE[2:]),
    ("credential-process", *ROLE, "-q"),
    ("credential-process", *ROLE[:-1]),
]


def signed_out(home: Home) -> None:
    """The person has signed out."""
    assert home.ssohelper("logout").returncode == 0


def listed(home: Home) -> None:
    """The roles were listed a short time ago, and credentials are cached."""
    for words in (("roles", "--fresh"), ("credential-process", "--profile", PROFILE)):
        assert home.ssohelper(*words).returncode == 0


def no_config(home: Home) -> None:
    """There is no config file."""
    home.config.unlink()


def broken_config(home: Home) -> None:
    """Botocore cannot read the config file."""
    home.config.write_text("[profile x]\nno option\n")


def two_sessions(home: Home) -> None:
    """There is a second session."""
    with home.config.open("a") as file:
        file.write("\n[sso-session beta]\nsso_start_url = https://beta.awsapps.com/start\nsso_region = eu-west-1\n")


def broken_settings(home: Home) -> None:
    """config.toml cannot be read."""
    home.settings.parent.mkdir(parents=True, exist_ok=True)
    home.settings.write_text("[defaults\n")


SITUATIONS: list[tuple[Callable[[Home], None], dict[str, str]]] = [
    (listed, {}),
    (listed, {"AWS_PROFILE": PROFILE}),
    (listed, {"AWS_PROFILE": "missing"}),
    (listed, {"AWS_PROFILE": ""}),
    (listed, {"AWS_ACCESS_KEY_ID": "AKIA"}),
    (listed, {"SSOHELPER_SESSION": "acme"}),
    (listed, {"SSOHELPER_SESSION": "missing"}),
    (listed, {"SSOHELPER_QUIET": "1"}),
    (listed, {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "40"}),
    (listed, {"SSOHELPER_EXEC": "acme 333344445555 ReadOnly", "AWS_PROFILE": PROFILE}),
    (signed_out, {"AWS_PROFILE": PROFILE}),
    (no_config, {}),
    (broken_config, {"AWS_PROFILE": "x"}),
    (two_sessions, {"AWS_PROFILE": PROFILE}),
    (broken_settings, {"AWS_PROFILE": PROFILE}),
]


def shown(done: "subprocess.CompletedProcess[str]") -> tuple[str, str, int]:
    """What a command printed, and its exit code; how long something lasts is not the same a moment later."""
    stdout, stderr = (re.sub(r"\b\d+([smh])\b", r"N\1", text) for text in (done.stdout, done.stderr))
    return stdout, stderr, done.returncode


@pytest.mark.parametrize(
    ("prepare", "variables"), SITUATIONS, ids=[f"{each.__name__} {' '.join(names)}" for each, names in SITUATIONS]
)
@pytest.mark.first_is_quick
def test_same_as_with_click(synced: Home, prepare: Callable[[Home], None], variables: dict[str, str]) -> None:
    """Output, messages and exit code are the same, whatever is right or wrong."""
    prepare(synced)
    for words in FORMS:
        found = synced.ssohelper(*words, **variables)
        expected = synced.run(sys.executable, "-c", CLICK, *words, **variables)
        assert shown(found) == shown(expected), words


def test_forms(synced: Home) -> None:
    """Only the exact forms are run without click; the entry point knows the commands that have one."""
    assert program._EXACT_FORMS == exact_forms.COMMANDS

    def loads_click(words: tuple[str, ...]) -> bool:
        done = synced.ssohelper(*words, PYTHONPROFILEIMPORTTIME="1", AWS_PROFILE=PROFILE, SHELL="/bin/true")
        return any(line.rpartition("|")[2].strip() == "click" for line in done.stderr.splitlines())

    assert {words: loads_click(words) for words in FORMS} == dict.fromkeys(FORMS, False)
    assert {words: loads_click(words) for words in OTHERS} == dict.fromkeys(OTHERS, True)


def test_exit_codes_with_options(synced: Home) -> None:
    """With options, the exit code is that of what is shown, too."""
    for words in (("status",), ("profiles",), ("roles",), ("whoami", "--profile", PROFILE)):
        done = synced.ssohelper(*words, "--json")
        assert (done.returncode, done.stdout[:1] in "[{") == (0, True), words


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is needed")
@pytest.mark.parametrize("name", ["status", "profiles"])
def test_output_that_cannot_be_written(synced: Home, name: str) -> None:
    """A full disk and a closed pipe are handled as for any other command."""
    environment = {**synced.environment, "PYTHONUNBUFFERED": ""}
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [*command("ssohelper"), name],
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "ssohelper: can't write the output: no space left on device\n")
    reader, writer = os.pipe()
    os.close(reader)
    closed = subprocess.run(
        [*command("ssohelper"), name], env=environment, stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert (closed.returncode, closed.stderr) == (1, "")
