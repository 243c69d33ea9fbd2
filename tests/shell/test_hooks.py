"""The hooks in real shells: what they show of a state file, whatever stands in it, and that they start nothing."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ssohelper.shell import prompt
from ssohelper.shell.prompt import State, Subject
from tests.fixtures.home import Home
from tests.fixtures.shells import (
    BEFORE,
    LINES,
    SHELLS,
    TOKEN,
    hook,
    keep,
    look_signed_in,
    run,
    shown,
)

MINUTES, HOURS = 60.0, 3600.0
ONLY = Subject("only")
PROGRAM = '#!/bin/sh\necho "$AWS_PROFILE $*" >> {log}\n'


@pytest.fixture
def home(make_home: Callable[..., Home]) -> Home:
    """A home folder in which somebody is signed in, as far as files tell."""
    home = make_home()
    look_signed_in(home)
    return home


@pytest.fixture
def code(home: Home, shell: str) -> str:
    """The hook, which would start a program that only notes that it was started."""
    program = home.path / "program"
    program.write_text(PROGRAM.format(log=home.path / "log"))
    program.chmod(0o755)
    lines = hook(home, shell).splitlines(keepends=True)
    place = next(number for number, line in enumerate(lines) if "_ssohelper_program" in line)
    lines[place] = {"fish": f"set -g __ssohelper_program {program}\n"}.get(shell, f"_ssohelper_program={program}\n")
    return "".join(lines)


def started(home: Home) -> list[str]:
    """What was started in the background, each with the profile that it was started for."""
    time.sleep(0.3)
    log = home.path / "log"
    return log.read_text().splitlines() if log.exists() else []


@pytest.mark.parametrize(
    ("what", "left", "amber"),
    [
        ("none", 0, 0),
        ("well", 0, 0),
        ("well", 2.51 * HOURS, 2 * HOURS),
        ("well", 14.5 * MINUTES, -5 * MINUTES),
        ("well", -MINUTES, -20 * MINUTES),
        ("ends", 26 * HOURS + 5.5 * MINUTES, 25 * HOURS),
        ("ends", 59.5 * MINUTES, 39 * MINUTES),
        ("ends", -1, -20 * MINUTES),
        ("dead", 0, 0),
    ],
)
def test_what_is_shown(home: Home, *, shell: str, code: str, what: str, left: float, amber: float) -> None:
    """Every shell shows what Python would, in the same color, and starts nothing."""
    now = time.time()
    times = (now + left if left else 0.0, now + amber if amber else 0.0)
    state = State(what, *times, 0.0, TOKEN, "acme: a* b/c~ @+=,._-9Z")  # type: ignore[arg-type]
    keep(home, ONLY, state)
    assert shown(home, shell, code) == prompt.text(state, now)
    assert started(home) == []


@pytest.mark.parametrize("name", ["payments-prod.ReadOnly", "../../x", "caf\u00e9 1%~_", "a'b\"c$d`e", "-n"])
def test_names(home: Home, shell: str, code: str, name: str) -> None:
    """Every shell finds the file of every profile, by the name that Python gave it."""
    keep(home, Subject("profile", name), State("well", token=TOKEN, label="found"))
    assert shown(home, shell, code, AWS_PROFILE=name) == ("found", "")
    assert started(home) == []


def test_whom_it_is_about(home: Home, shell: str, code: str) -> None:
    """A profile goes before the job that one is inside of, and that before a session."""
    variables = {
        "AWS_DEFAULT_PROFILE": Subject("profile", "p1"),
        "AWS_PROFILE": Subject("profile", "p2"),
        "SSOHELPER_EXEC": Subject("exec", "acme 111122223333 r"),
        "SSOHELPER_SESSION": Subject("session", "acme"),
    }
    for subject in (ONLY, *variables.values()):
        keep(home, subject, State("well", token=TOKEN, label=subject.name or "only"))
    found = []
    while variables:
        found.append(shown(home, shell, code, **{name: each.name for name, each in variables.items()})[0])
        del variables[next(iter(variables))]
    found.append(shown(home, shell, code)[0])
    assert found == ["p1", "p2", "acme 111122223333 r", "acme", "only"]


def changes(home: Home) -> dict[str, Path]:
    """The files that count."""
    return {
        "config": home.config,
        "settings": home.settings,
        "token": home.path / ".aws" / "sso" / "cache" / f"{TOKEN}.json",
        "renewals": home.state / "renewals" / f"{TOKEN}.json",
    }


@pytest.mark.parametrize(
    "changed", ["config", "settings", "token", "renewals", "token gone", "state gone", "garbage"]
)
def test_what_changed(home: Home, shell: str, code: str, changed: str) -> None:
    """Where something changed since, the state is made anew in the background, once; what is known is shown."""
    subject = Subject("profile", "p")
    keep(home, subject, State("well", token=TOKEN, label="acme"))
    time.sleep(0.05)
    if changed == "token gone":
        changes(home)["token"].unlink()
    elif changed == "garbage":
        keep(home, subject, b"garbage\n")
    elif changed == "state gone":
        (home.state / "prompt" / "profile.p").unlink()
    else:
        path = changes(home)[changed]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("changed")
    lost = changed in ("state gone", "garbage")
    assert shown(home, shell, code + BEFORE[shell] + "\n", AWS_PROFILE="p") == ("" if lost else "acme", "")
    assert started(home) == ["p prompt --keep"]


def test_its_time_has_come(home: Home, shell: str, code: str) -> None:
    """So it is when a time has come that stands in the state."""
    keep(home, ONLY, State("well", 0, 0, time.time() + 60, TOKEN, "acme"))
    assert (shown(home, shell, code), started(home)) == (("acme", ""), [])
    keep(home, ONLY, State("well", 0, 0, time.time() - 60, TOKEN, "acme"))
    assert (shown(home, shell, code), started(home)) == (("acme", ""), [" prompt --keep"])


@pytest.mark.parametrize("shell", SHELLS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(garbage=some.lists(some.one_of(some.binary(max_size=600), LINES), min_size=4, max_size=12))
def test_garbage(home: Home, shell: str, code: str, garbage: list[bytes]) -> None:
    """Whatever a state file has in it: nothing of it is run, complained of, or able to steer a terminal."""
    script = code
    for number, each in enumerate(garbage):
        keep(home, Subject("profile", str(number)), each)
        set_ = f"set -gx AWS_PROFILE {number}\n" if shell == "fish" else f"export AWS_PROFILE={number}\n"
        script += f"{set_}{BEFORE[shell]}\nprintf '%s\\0' \"$SSOHELPER_PROMPT\"\n"
    texts = run(home, shell, script).split("\0")[:-1]
    assert len(texts) == len(garbage)
    assert [text for text in texts if not re.fullmatch(r"[A-Za-z0-9 ._@+=,/:~-]*", text)] == []
    assert not (home.path / "hurt").exists()
