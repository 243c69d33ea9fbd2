"""`python -m ssohelper`: signals, and the answers that are printed without loading the command line."""

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import cast

import pexpect
import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home, command

ROLE = ("--session", "acme", "--account-id", "111122223333", "--role-name", "ReadOnly")


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_interrupted_while_loading(home: Home, tmp_path: Path) -> None:
    """Ctrl-C while modules are loaded ends the process by that signal, without a traceback."""
    (tmp_path / "click.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    done = home.ssohelper("status", "--json", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_terminated(signed_in: Home, number: signal.Signals) -> None:
    """SIGTERM and SIGHUP end the process silently, and the parent sees which signal it was."""
    words = (sys.executable, "-m", "ssohelper", "status", "--watch", "--json")
    watching = subprocess.Popen(
        words, env=signed_in.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert watching.stdout is not None
    assert watching.stdout.readline() == "{\n"
    watching.send_signal(number)
    _, errors = watching.communicate(timeout=60)
    assert (watching.returncode, errors) == (-number, "")


@pytest.mark.first_is_quick
@pytest.mark.parametrize("encoding", ["cp1252", "cp437"])
def test_encoding(signed_in: Home, identity_center: Simulator, encoding: str) -> None:
    """A character that the encoding of stdout lacks is replaced, in tables and in errors."""
    identity_center.world.rename_account("333344445555", "K\u00f6ln \u6771\u4eac")
    program = command("ssohelper")[0]
    for words in (("accounts",), ("roles",), ("sync",), ("exec", "--", "\u6771\u4eac")):
        environment = {**signed_in.environment, "PYTHONIOENCODING": encoding}
        done = subprocess.run([program, *words], env=environment, capture_output=True, check=False)
        shown = (done.stdout + done.stderr).decode(encoding)
        assert "bug" not in shown, words
        assert "?" in shown, words


def test_exact_output(signed_in: Home) -> None:
    """What a shell reads is exact, or an error: a profile, JSON, and names that are not UTF-8."""
    profile = "K\u00f6ln-\u6771"
    lines = [
        f"[profile {profile}]",
        "sso_session = acme",
        "sso_account_id = 333344445555",
        "sso_role_name = ReadOnly",
    ]
    signed_in.config.write_text(
        "\n".join([signed_in.config.read_text(), *lines, "[profile bad\udcff]", ""]), "utf-8", "surrogateescape"
    )

    def run(encoding: str, *words: str) -> tuple[int, bytes, bytes]:
        environment = {**signed_in.environment, "PYTHONIOENCODING": encoding}
        done = subprocess.run(
            [command("ssohelper")[0], *words], env=environment, capture_output=True, check=False, timeout=60
        )
        return done.returncode, done.stdout, done.stderr

    code, printed, errors = run("cp1252", "use", "--in-shell", profile)
    assert (code, printed) == (1, b"")
    assert errors == b"ssohelper: stdout cannot encode '\\u6771' (cp1252)\nhint: set PYTHONUTF8=1\n"
    assert run("utf-8", "use", "--in-shell", profile)[1].decode() == f"{profile}\n"
    assert run("utf-8", "use", "--in-shell", "bad\udcff") == (0, b"bad\xff\n", b"")
    assert json.loads(run("cp1252", "roles", "--json")[1]) == json.loads(run("utf-8", "roles", "--json")[1])


def loaded(home: Home, *words: str) -> tuple[str, set[str]]:
    """What a command prints, and the packages that it loads beside Python's own."""
    done = home.run(sys.executable, "-X", "importtime", "-m", "ssohelper", *words)
    assert done.returncode == 0, done.stderr
    names = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    return done.stdout, names & {"botocore", "click", "rich", "keyring", "configupdater"}


def test_prepared_answer(signed_in: Home, identity_center: Simulator) -> None:
    """A prepared answer is printed without loading click, and without a request."""
    first = signed_in.ssohelper("credential-process", *ROLE).stdout
    identity_center.counters.reset()
    printed, packages = loaded(signed_in, "credential-process", *ROLE)
    assert (printed, packages, identity_center.counters.calls) == (first, set(), {})
    assert json.loads(printed)["Version"] == 1


def test_completion_of_values(signed_in: Home) -> None:
    """Values that are in the AWS config file are completed without loading click."""
    assert loaded(signed_in, "complete", "zsh", "--", "login", "--session", "a") == ("acme\t\n", set())


def test_completion_of_commands(signed_in: Home) -> None:
    """Everything else is completed by click."""
    printed, packages = loaded(signed_in, "complete", "zsh", "--", "log")
    assert [line.partition("\t")[0] for line in printed.splitlines()] == ["login", "logout", "log"]
    assert packages == {"click"}


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("redirection", [">&-", ">/dev/full"])
@pytest.mark.parametrize(
    "words",
    [("credential-process", *ROLE), ("complete", "zsh", "--", "login", "--session", "a")],
    ids=["answer", "TAB"],
)
def test_output_that_cannot_be_written(
    signed_in: Home, words: tuple[str, ...], redirection: str, unbuffered: str
) -> None:
    """The fast paths end without a traceback if nobody can read what they print."""
    assert signed_in.ssohelper("credential-process", *ROLE).returncode == 0
    line = f"{shlex.join(command('ssohelper', *words))} {redirection}"
    done = signed_in.run("sh", "-c", line, PYTHONUNBUFFERED=unbuffered)
    assert "Traceback" not in done.stderr
    assert done.returncode == (0 if redirection == ">&-" else 1), done.stderr


# Prints what click makes of an option.
CLICK = "import sys; from ssohelper.cli import run; sys.exit(run(sys.argv[1:]))"


@pytest.mark.parametrize("words", ["--help", "-h", "--version"])
@pytest.mark.parametrize("columns", ["50", "79", "80", "300", "0", "x"])
def test_stored_answers(home: Home, words: str, columns: str) -> None:
    """What is printed without loading click is what click prints, at every width. (python -m tests.reference)"""
    done = home.ssohelper(words, COLUMNS=columns)
    expected = home.run(sys.executable, "-c", CLICK, words, COLUMNS=columns)
    assert (done.stdout, done.stderr, done.returncode) == (expected.stdout, "", 0)


@pytest.mark.parametrize("columns", [60, 120])
def test_help_on_a_terminal(home: Home, columns: int) -> None:
    """Without COLUMNS, the width of the terminal counts."""
    environment = cast(
        "os._Environ[str]", {name: value for name, value in home.environment.items() if name != "COLUMNS"}
    )
    shown = pexpect.run(f"{command('ssohelper')[0]} --help", env=environment, dimensions=(24, columns))
    expected = home.run(sys.executable, "-c", CLICK, "--help", COLUMNS=str(columns)).stdout
    assert cast("bytes", shown).decode().replace("\r\n", "\n") == expected


def test_loads_no_click(home: Home) -> None:
    """Neither --help nor --version loads click or a command."""
    for words in (("--help",), ("--version",)):
        done = home.ssohelper(*words, PYTHONPROFILEIMPORTTIME="1")
        loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
        assert {"ssohelper.__main__", "click", "ssohelper.cli", "pathlib", "json"} & loaded == {"ssohelper.__main__"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is needed")
@pytest.mark.parametrize("option", ["--help", "--version"])
def test_full_disk(home: Home, option: str) -> None:
    """What cannot be written is an error."""
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [*command("ssohelper"), option],
            env={**home.environment, "PYTHONUNBUFFERED": ""},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "ssohelper: can't write the output: no space left on device\n")
