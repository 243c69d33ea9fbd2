"""The `credential_process` launcher: it finds prepared answers, whatever its arguments and environment are."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ssohelper.credentials import prepared
from ssohelper.simulator.server import Simulator
from tests.fixtures.components import need
from tests.fixtures.home import Home, sign_in
from tests.fixtures.launcher import ACCOUNT, ROLE, ROLE_NAME, WORDS, Launcher, fresh_answer, write_answer


def test_without_an_explicit_shell(launcher: Launcher, path: Path) -> None:
    """Executed by its path alone, as SDKs do it, it prints the answer."""
    write_answer(path, fresh_answer())
    done = replace(launcher, interpreter=[]).run(*WORDS)
    assert (done.stdout, done.stderr, done.returncode) == ('{"ok": 1}\n', "", 0)


def test_traced(launcher: Launcher, path: Path) -> None:
    """The trace of a shell with `-x` does not contain the answer."""
    write_answer(path, fresh_answer('{"SECRET"}'))
    done = replace(launcher, interpreter=[*launcher.interpreter, "-x"]).run(*WORDS)
    assert (done.stdout, "SECRET" in done.stderr) == ('{"SECRET"}\n', False)
    assert "set +eux" in done.stderr or "yash" in launcher.interpreter[0]  # which does not show this line


def test_no_program_gets_the_answer(launcher: Launcher, path: Path, tmp_path: Path) -> None:
    """The answer is printed by the shell itself: the arguments of programs can be read by every user."""
    for name in ("printf", "echo", "cat", "expr", "tee"):
        program = tmp_path / "programs" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text("#!/bin/sh\necho PROGRAM\n")
        program.chmod(0o755)
    write_answer(path, fresh_answer())
    done = launcher.run(*WORDS, PATH=f"{tmp_path / 'programs'}:{os.environ['PATH']}")
    assert (done.stdout, done.stderr, done.returncode) == ('{"ok": 1}\n', "", 0)


def test_backslash(launcher: Launcher, path: Path) -> None:
    """An answer that some `echo` would change is left to the command."""
    write_answer(path, fresh_answer('{"a": "b\\\\nc\\c"}'))
    assert launcher.answer() is None


@pytest.mark.parametrize("launcher", ["posh"], indirect=True)
def test_shell_that_cannot_compare_files(launcher: Launcher, path: Path) -> None:
    """A shell without `-nt` and `-O` prints no answer, since it cannot tell that one is still valid."""
    write_answer(path, fresh_answer())
    done = launcher.run(*WORDS)
    assert (done.stdout, "ssohelper" in done.stderr, done.returncode) == ("", True, 127)


def test_where_the_answers_are(launcher: Launcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads the folder that the real command writes to, for every value of `XDG_STATE_HOME`."""
    for number, base in enumerate((tmp_path / "a b", tmp_path / "*", tmp_path / "new\nline", tmp_path / "-n $HOME")):
        monkeypatch.setenv("XDG_STATE_HOME", str(base))
        write_answer(Path(prepared.path("acme", ACCOUNT, ROLE_NAME) or ""), fresh_answer(f"{{{number}}}"))
        assert launcher.run(*WORDS, XDG_STATE_HOME=str(base)).stdout == f"{{{number}}}\n"
    for ignored in ("", "relative", "./x", "~/x"):
        monkeypatch.setenv("XDG_STATE_HOME", ignored)
        write_answer(Path(prepared.path("acme", ACCOUNT, ROLE_NAME) or ""), fresh_answer(f"{{{ignored}}}"))
        assert launcher.run(*WORDS, XDG_STATE_HOME=ignored).stdout == f"{{{ignored}}}\n"


def test_truncated(launcher: Launcher, path: Path) -> None:
    """A truncated answer is not printed, at whatever byte it ends."""
    whole = fresh_answer()
    seen = {}
    for length in range(len(whole)):
        write_answer(path, whole[:length])
        seen[whole[:length]] = launcher.answer()
    assert [cut for cut, printed in seen.items() if printed] == []
    write_answer(path, whole)
    assert launcher.answer() == '{"ok": 1}\n'


# What the environment of a process that an SDK starts may hold, by malice or by accident.
VARIABLES: list[dict[str, str]] = [
    {"stale_at": "9999999999", "expiration": "9999999999", "names": ROLE.text, "answer": "HOSTILE"},
    {"state": "/nowhere", "settings": "/nowhere", "config": "/nowhere", "prepared": "/nowhere", "known": "yes"},
    {"IFS": "0123456789/"},
    {"ENV": "HOSTILE_FILE", "BASH_ENV": "HOSTILE_FILE", "FPATH": "/nowhere"},
    {"PS4": "$(echo HOSTILE)", "SHELLOPTS": "xtrace"},
    {"SHELLOPTS": "nounset"},
    {"SHELLOPTS": "errexit"},
    {"SHELLOPTS": "verbose"},
    {"SHELLOPTS": "noglob"},
    {"SHELLOPTS": "allexport"},
    {"SHELLOPTS": "noclobber"},
    {"BASHOPTS": "nocasematch:nullglob:failglob:extglob"},
    {"POSIXLY_CORRECT": "1", "LC_ALL": "C", "LANG": "tr_TR.UTF-8"},
    {"CDPATH": "/", "OPTIND": "7", "LINENO": "1", "PPID": "1"},
]


@pytest.mark.full
@pytest.mark.parametrize("variables", VARIABLES, ids=str)
def test_hostile_environment(launcher: Launcher, path: Path, tmp_path: Path, variables: dict[str, str]) -> None:
    """No variable changes or hides the answer, or keeps the real command from running."""
    (tmp_path / "hostile").write_text("echo HOSTILE; answer=HOSTILE; names='x'\n")
    more = {name: value.replace("HOSTILE_FILE", str(tmp_path / "hostile")) for name, value in variables.items()}
    (launcher.path.parent / "ssohelper").write_text('#!/bin/sh\necho "$#" "$@"\n')
    (launcher.path.parent / "ssohelper").chmod(0o700)
    real_command = f"7 credential-process {' '.join(WORDS)}\n"
    done = launcher.run(*WORDS, **more)
    assert (done.stdout, done.returncode) == (real_command, 0), done.stderr
    write_answer(path, fresh_answer())
    done = launcher.run(*WORDS, **more)
    assert (done.stdout, done.returncode, '"ok"' in done.stderr) == ('{"ok": 1}\n', 0, False), done.stderr


def test_answer_is_not_exported(launcher: Launcher, path: Path, tmp_path: Path) -> None:
    """No program that the launcher starts gets the answer in its environment, whatever was exported before."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "date").write_text(f'#!/bin/sh\nenv >> {tmp_path}/seen\nexec {need("date")} "$@"\n')
    (launcher.path.parent / "ssohelper").write_text(f"#!/bin/sh\nenv >> {tmp_path}/seen\n")
    for each in (tools / "date", launcher.path.parent / "ssohelper"):
        each.chmod(0o700)
    more = {"answer": "", "names": "", "PATH": f"{tools}:{os.environ['PATH']}"}
    for data in (fresh_answer('{"SECRET"}'), fresh_answer('{"SECRET"}').replace(f" {ROLE.text}", " other names")):
        write_answer(path, data)
        launcher.run(*WORDS, **more)
    seen = (tmp_path / "seen").read_text()
    assert ("PATH=" in seen, "SECRET" in seen) == (True, False)


HOSTILE = [
    ("../x", ACCOUNT, ROLE_NAME),
    ("..", "..", "../../decoy"),
    ("acme", "..", ROLE_NAME),
    ("acme", ACCOUNT, "../../decoy"),
    ("acme/x", ACCOUNT, ROLE_NAME),
    ("", ACCOUNT, ROLE_NAME),
    ("acme", "", ROLE_NAME),
    ("acme", ACCOUNT, ""),
    (".", ACCOUNT, ROLE_NAME),
    ("a b", ACCOUNT, ROLE_NAME),
    ("acme", ACCOUNT, "Read\nOnly"),
    ("*", ACCOUNT, ROLE_NAME),
]


@pytest.mark.full
@pytest.mark.parametrize("names", HOSTILE, ids=ascii)
def test_hostile_arguments(
    launcher: Launcher, home: Home, identity_center: Simulator, names: tuple[str, str, str]
) -> None:
    """With hostile names it does what the real command does, even if there is an answer file at the joined path."""
    url, region = identity_center.start_url, identity_center.region
    home.ssohelper("configure", "--session", "acme", "--start-url", url, "--region", region)
    write_answer(home.state / "answers" / "acme" / ACCOUNT / "Other", fresh_answer())
    decoy = Path(os.path.normpath(f"{home.state}/answers/{'/'.join(names)}"))
    if not decoy.is_dir():
        write_answer(decoy, fresh_answer('{"DECOY"}', " ".join(names)))
    words = ("--session", names[0], "--account-id", names[1], "--role-name", names[2])
    launcher.install_command()
    expected = home.ssohelper("credential-process", *words)
    done = replace(launcher, environment=home.environment).run(*words)
    assert (done.stdout, done.stderr, done.returncode) == (expected.stdout, expected.stderr, expected.returncode)
    assert (done.stdout, done.returncode in (2, 4)) == ("", True)


def test_with_the_real_command(
    launcher: Launcher, make_home: Callable[..., Home], identity_center: Simulator
) -> None:
    """Without a prepared answer the real command requests and prepares one; the next is the same to the byte."""
    home = make_home("signed-in", **identity_center.environment)
    sign_in(home, identity_center)
    os.utime(home.config, (time.time() - 2,) * 2)  # some shells compare whole seconds
    identity_center.counters.reset()
    launcher.install_command()
    at_home = replace(launcher, environment=home.environment)
    first = at_home.run(*WORDS)
    (launcher.path.parent / "ssohelper").unlink()
    second = at_home.run(*WORDS)
    assert (first.stdout, first.stderr, first.returncode) == (second.stdout, second.stderr, second.returncode)
    issued = identity_center.issued(json.loads(first.stdout)["AccessKeyId"])
    assert (issued.role_name, first.stderr) == (ROLE_NAME, "")
    assert home.ssohelper("credential-process", *WORDS).stdout == first.stdout
    assert identity_center.counters.calls == {"GetRoleCredentials": 1}


def test_environment_of_the_caller(launcher: Launcher, tmp_path: Path) -> None:
    """The real command gets neither modules and settings of another Python nor libraries of a frozen program."""
    program = launcher.path.parent / "ssohelper"
    program.write_text('#!/bin/sh\necho "${PYTHONPATH-} ${PYTHONHOME-} ${PYTHONSTARTUP-} ${LD_LIBRARY_PATH-}"\n')
    program.chmod(0o755)
    caller = {"PYTHONPATH": "a", "PYTHONHOME": "b", "PYTHONSTARTUP": "c", "LD_LIBRARY_PATH": "/bundle"}
    assert launcher.run(*WORDS, **caller).stdout == "   /bundle\n"
    assert launcher.run(*WORDS, **caller, LD_LIBRARY_PATH_ORIG="/own").stdout == "   /own\n"
    assert launcher.run(*WORDS, **caller, LD_LIBRARY_PATH_ORIG="").stdout == "   \n"


def test_foreign_modules(launcher: Launcher, signed_in: Home, tmp_path: Path) -> None:
    """A module of the caller that is called like one of ours is not loaded."""
    launcher.install_command()
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "click.py").write_text("raise SystemExit('foreign click')\n")
    foreign = {"PYTHONPATH": str(tmp_path / "modules"), "PYTHONHOME": "/nowhere"}
    words = ("--session", "acme", "--account-id", "333344445555", "--role-name", "ReadOnly")
    done = replace(launcher, environment=signed_in.environment).run(*words, **foreign)
    assert (json.loads(done.stdout)["AccountId"], done.stderr, done.returncode) == ("333344445555", "", 0)
