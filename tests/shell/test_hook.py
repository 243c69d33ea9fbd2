"""The hooks in real shells: the text for each state file, invalid ones included, and when the program is started."""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ssohelper.errors import Failed
from ssohelper.shell import hook as hooks
from ssohelper.shell import prompt
from ssohelper.shell.prompt import State, Subject
from tests.fixtures.examples import examples
from tests.fixtures.home import Home
from tests.fixtures.shells import (
    BEFORE_PROMPT,
    HOOK_VALUES,
    SHELLS,
    STATE_LINES,
    TOKEN,
    hook,
    look_signed_in,
    prompt_text,
    run,
    write_state,
)

MINUTES, HOURS = 60.0, 3600.0
ONLY = Subject("only")
PROGRAM = '#!/bin/sh\necho "$AWS_PROFILE $*" >> {log}\n'


@pytest.fixture
def home(make_home: Callable[..., Home]) -> Home:
    """A home folder with the files of a sign-in."""
    home = make_home()
    look_signed_in(home)
    return home


@pytest.fixture
def code(home: Home, shell: str) -> str:
    """The hook, with a program that only logs its start."""
    program = home.path / "program"
    program.write_text(PROGRAM.format(log=home.path / "log"))
    program.chmod(0o755)
    assignment = f"set -g __ssohelper_program {program}\n" if shell == "fish" else f"_ssohelper_program={program}\n"
    return hook(home, shell) + assignment


def started(home: Home) -> list[str]:
    """The profile and the arguments of each program start."""
    time.sleep(0.3)
    log = home.path / "log"
    return log.read_text().splitlines() if log.exists() else []


@pytest.mark.parametrize(
    ("state", "left", "warn_in", "color"),
    [
        ("none", 0, 0, ""),
        ("valid", 0, 0, ""),
        ("valid", 2.51 * HOURS, 2 * HOURS, ""),
        ("valid", 14.5 * MINUTES, -5 * MINUTES, ""),
        ("valid", -MINUTES, -20 * MINUTES, ""),
        ("expiring", 26 * HOURS + 5.5 * MINUTES, 25 * HOURS, ""),
        ("expiring", 59.5 * MINUTES, 39 * MINUTES, ""),
        ("expiring", 14.5 * MINUTES, -5 * MINUTES, ""),
        ("expiring", -1, -20 * MINUTES, ""),
        ("expired", 0, 0, ""),
        ("plain", 0, 0, ""),
        ("missing", 0, 0, ""),
        ("valid", 0, 0, "cyan"),
        ("valid", 14.5 * MINUTES, -5 * MINUTES, "red"),
        ("expiring", 59.5 * MINUTES, 39 * MINUTES, "magenta"),
        ("expiring", -1, -20 * MINUTES, "green"),
        ("expired", 0, 0, "blue"),
    ],
)
def test_text(home: Home, shell: str, code: str, *, state: str, left: float, warn_in: float, color: str) -> None:
    """Every shell shows the same text and color as `prompt.text`, and starts nothing."""
    now = time.time()
    times = (now + left if left else 0.0, now + warn_in if warn_in else 0.0)
    written = State(state, *times, 0.0, TOKEN, "acme: a* b/c~ @+=,._-9Z", color)  # type: ignore[arg-type]
    write_state(home, ONLY, written)
    assert prompt_text(home, shell, code) == prompt.text(written, now)
    assert started(home) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_file_of_another_user(home: Home, shell: str, code: str) -> None:
    """A state file that another user has planted is not read: the program is started."""
    write_state(home, ONLY, State("valid", time.time() + 8 * HOURS, 0.0, 0.0, TOKEN, "planted"))
    os.chown(home.state / "prompt" / "only", 12345, 12345)
    assert "planted" not in prompt_text(home, shell, code)
    assert len(started(home)) == 1


@pytest.mark.parametrize("name", ["payments-prod.ReadOnly", "../../x", "caf\u00e9 1%~_", "a'b\"c$d`e", "-n"])
@pytest.mark.first_is_quick
def test_file_name(home: Home, shell: str, code: str, name: str) -> None:
    """Every shell finds the state file of every profile name."""
    write_state(home, Subject("profile", name), State("valid", token=TOKEN, label="found"))
    assert prompt_text(home, shell, code, AWS_PROFILE=name) == ("found", "")
    assert started(home) == []


def test_subject(home: Home, shell: str, code: str) -> None:
    """A profile overrides the exec role, which overrides the session."""
    variables = {
        "AWS_DEFAULT_PROFILE": Subject("profile", "p1"),
        "AWS_PROFILE": Subject("profile", "p2"),
        "SSOHELPER_EXEC": Subject("exec", "acme 111122223333 r"),
        "SSOHELPER_SESSION": Subject("session", "acme"),
    }
    for subject in (ONLY, *variables.values()):
        write_state(home, subject, State("valid", token=TOKEN, label=subject.name or "only"))
    found = []
    while variables:
        found.append(prompt_text(home, shell, code, **{name: each.name for name, each in variables.items()})[0])
        del variables[next(iter(variables))]
    found.append(prompt_text(home, shell, code)[0])
    assert found == ["p1", "p2", "acme 111122223333 r", "acme", "only"]


def test_case_insensitive_file_system(home: Home, shell: str, code: str) -> None:
    """The state of a profile is not taken for that of one whose name differs in case only."""
    write_state(home, Subject("profile", "prod.Admin"), State("valid", token=TOKEN, label="prod.Admin"))
    folder = home.state / "prompt"
    (folder / "profile.prod.admin").symlink_to(folder / "profile.prod.Admin")  # as if the names were the same
    found = {name: prompt_text(home, shell, code, AWS_PROFILE=name)[0] for name in ("prod.Admin", "prod.admin")}
    assert found == {"prod.Admin": "prod.Admin", "prod.admin": ""}
    assert started(home) == ["prod.admin prompt --keep"]


def sources(home: Home) -> dict[str, Path]:
    """The files that a state is made from."""
    return {
        "config": home.config,
        "settings": home.settings,
        "token": home.path / ".aws" / "sso" / "cache" / f"{TOKEN}.json",
        "history": home.state / "refresh-history" / f"{TOKEN}.json",
    }


@pytest.mark.parametrize(
    "change",
    ["config", "settings", "token", "history", "no config", "old settings", "no token", "no state", "invalid state"],
)
@pytest.mark.first_is_quick
def test_change(home: Home, shell: str, code: str, change: str) -> None:
    """After a change the program is started in the background, once; the previous state is shown."""
    subject = Subject("profile", "p")
    write_state(home, subject, State("valid", token=TOKEN, label="acme"))
    time.sleep(0.05)
    if change == "no token":
        sources(home)["token"].unlink()
    elif change == "no config":
        home.config.unlink()
    elif change == "old settings":  # a file that is as old as a restored one may be
        home.settings.parent.mkdir(parents=True, exist_ok=True)
        home.settings.touch()
        os.utime(home.settings, (0, 0))
    elif change == "invalid state":
        write_state(home, subject, b"garbage\n")
    elif change == "no state":
        (home.state / "prompt" / "profile.p").unlink()
    else:
        path = sources(home)[change]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("changed")
    text = "" if change in ("no state", "invalid state") else "acme"
    assert prompt_text(home, shell, f"{code}{BEFORE_PROMPT[shell]}\n", AWS_PROFILE="p") == (text, "")
    assert started(home) == ["p prompt --keep"]


@pytest.mark.parametrize("name", ["config", "settings", "token", "history"])
@pytest.mark.first_is_quick
def test_change_at_the_same_time(home: Home, shell: str, code: str, name: str) -> None:
    """A change that has the time of the state is noticed: to some shells, all times of one second are the same."""
    write_state(home, ONLY, State("valid", token=TOKEN, label="acme"))
    path, state = sources(home)[name], home.state / "prompt" / "only"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("changed")
    os.utime(path, ns=(state.stat().st_mtime_ns,) * 2)
    assert (prompt_text(home, shell, code), started(home)) == (("acme", ""), [" prompt --keep"])


@pytest.mark.parametrize(
    ("recheck_in", "asks"), [(None, True), (30, False), (90, True)], ids=["never", "soon", "later"]
)
@pytest.mark.first_is_quick
def test_state_from_the_future(home: Home, shell: str, code: str, recheck_in: int | None, *, asks: bool) -> None:
    """A state that is newer than now would hide changes: it is updated within a minute."""
    recheck_at = 0 if recheck_in is None else time.time() + recheck_in
    write_state(home, ONLY, State("valid", 0, 0, recheck_at, TOKEN, "acme"))
    tomorrow = time.time() + 24 * HOURS
    os.utime(home.state / "prompt" / "only", (tomorrow, tomorrow))
    assert (prompt_text(home, shell, code), started(home)) == (("acme", ""), [" prompt --keep"] * asks)


@pytest.mark.first_is_quick
def test_two_stale_subjects(home: Home, shell: str, code: str) -> None:
    """Of two subjects that stay stale in turn, each starts the program once in two seconds."""
    setting = "set -gx AWS_PROFILE" if shell == "fish" else "export AWS_PROFILE="
    setting = f"{setting} " if shell == "fish" else setting
    prompts = "".join(f"{setting}{name}\n{BEFORE_PROMPT[shell]}\n" for name in ("a", "b") * 10)
    began = time.monotonic()
    prompt_text(home, shell, f"{code}{prompts}")
    most = 1 + int((time.monotonic() - began) / 2)
    found = started(home)
    assert all(1 <= found.count(f"{name} prompt --keep") <= most for name in ("a", "b")), found


def test_recheck_at(home: Home, shell: str, code: str) -> None:
    """At the time in RECHECK_AT the program is started too."""
    write_state(home, ONLY, State("valid", 0, 0, time.time() + 60, TOKEN, "acme"))
    assert (prompt_text(home, shell, code), started(home)) == (("acme", ""), [])
    write_state(home, ONLY, State("valid", 0, 0, time.time() - 60, TOKEN, "acme"))
    assert (prompt_text(home, shell, code), started(home)) == (("acme", ""), [" prompt --keep"])


@pytest.mark.parametrize("shell", SHELLS)
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=some.lists(some.one_of(some.binary(max_size=600), STATE_LINES), min_size=4, max_size=12))
@pytest.mark.first_is_quick
def test_invalid_state(home: Home, shell: str, code: str, contents: list[bytes]) -> None:
    """No part of a state file is evaluated, causes an error message, or controls the terminal."""
    script = code
    for number, each in enumerate(contents):
        write_state(home, Subject("profile", str(number)), each)
        export = f"set -gx AWS_PROFILE {number}\n" if shell == "fish" else f"export AWS_PROFILE={number}\n"
        script += f"{export}{BEFORE_PROMPT[shell]}\nprintf '%s\\0' \"$SSOHELPER_PROMPT\"\n"
    texts = run(home, shell, script).split("\0")[:-1]
    assert len(texts) == len(contents)
    assert [text for text in texts if not re.fullmatch(r"[A-Za-z0-9 ._@+=,/:~-]*", text)] == []
    assert not (home.path / "hurt").exists()


def test_placeholders(shell: str) -> None:
    """Values are quoted for the shell; one that cannot be printed is an error."""
    values = dict.fromkeys(HOOK_VALUES, "a'b")
    script = hooks.code(shell, values)
    quoted = "'a\\'b'" if shell == "fish" else "'a'\"'\"'b'"
    assert (script.count(quoted), re.findall(r"@[a-z_]+@", script)) == (len(values), [])
    with pytest.raises(Failed) as error:
        hooks.code(shell, {"program": "a\nb"})
    assert str(error.value) == f"'a\\nb' cannot be quoted for {shell}"


@pytest.mark.parametrize("separators", ["\n", ",", ":", ""])
@pytest.mark.first_is_quick
def test_own_separators(home: Home, separators: str) -> None:
    """In bash and zsh, another IFS changes neither the prompt nor `ssohelper use`."""
    program = home.path / "program"
    program.write_text(PROGRAM.format(log=home.path / "log") + 'echo "$4 $5"\n')
    program.chmod(0o755)
    write_state(home, Subject("profile", "p"), State("valid", token=TOKEN, label="a label"))
    for shell in ("bash", "zsh"):
        code = f"{hook(home, shell)}_ssohelper_program={program}\nIFS='{separators}'\n"
        assert prompt_text(home, shell, code, AWS_PROFILE="p") == ("a label", "")
        assert started(home) == []
        script = f"{code}_ssohelper_previous=old\nssohelper use - -y\nprintf '%s' \"$AWS_PROFILE\"\n"
        assert run(home, shell, script, AWS_PROFILE="p") == "-p old"
        (home.path / "log").unlink()
