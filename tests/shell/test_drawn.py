"""Prompts on real terminals, drawn by real shells in which somebody works."""

import json
import time
from collections.abc import Callable
from typing import TypeAlias

import pexpect
import pytest

from ssohelper.simulator.server import Simulator
from ssohelper.storage import timestamps
from tests.fixtures.drawing import WORDS, token_file
from tests.fixtures.home import HANG_SECONDS, Home
from tests.fixtures.shells import INIT, program_on_path

YELLOW, RED, PLAIN = r"\x1b\[33m", r"\x1b\[31m", r"(?:(?:\x1b\(B)?\x1b\[0?m)+"
PROFILE = "payments-prod.ReadOnly"


@pytest.fixture
def home(signed_in: Home) -> Home:
    """A home folder of somebody who is signed in and has profiles."""
    assert signed_in.ssohelper("sync", "--yes").returncode == 0
    program_on_path(signed_in)
    signed_in.environment.update(PS1="$ ", PROMPT="$ ", TERM="xterm", fish_greeting="")
    return signed_in


Spawn: TypeAlias = "pexpect.spawn[str]"


def start(home: Home, shell: str, *before: str, options: str = "") -> Spawn:
    """A shell at work, in which the person has typed some lines and then what brings the hook."""
    person = home.terminal(*WORDS[shell], program=shell)
    for line in (*before, INIT[shell].format(more=options).strip()):
        person.expect(r"\$ ")
        person.sendline(line)
    return person


def sees(person: Spawn, drawn: str) -> None:
    """Return when a prompt is drawn so; the person types Return now and then."""
    deadline = time.monotonic() + 20
    while person.expect([drawn, pexpect.TIMEOUT], timeout=0.5) == 1:
        assert time.monotonic() < deadline, (person.before or "")[-300:]
        person.sendline("")


def leave(person: Spawn) -> None:
    """Leave the shell."""
    person.sendline("exit")
    person.expect(pexpect.EOF)


def another_tool_writes(home: Home, left: float) -> None:
    """A token that lasts so many seconds and cannot be renewed."""
    path = token_file(home)
    facts = json.loads(path.read_bytes()) | {"expiresAt": timestamps.written(time.time() + left)}
    facts.pop("refreshToken", None)
    path.write_text(json.dumps(facts))


def test_a_day_at_the_prompt(home: Home, shell: str) -> None:
    """The prompt follows whatever happens to the sign-in, and what the shell is about."""
    person = start(home, shell)
    sees(person, r"acme \$ ")
    another_tool_writes(home, 2.5 * 3600)
    sees(person, r"acme 2h29m \$ ")
    another_tool_writes(home, 14.5 * 60)
    sees(person, rf"{YELLOW}acme 14m(?:{PLAIN} | {PLAIN})\$ ")
    another_tool_writes(home, -1)
    sees(person, rf"{RED}acme: sign in(?:{PLAIN} | {PLAIN})\$ ")
    assert home.ssohelper("login").returncode == 0
    sees(person, r"acme \$ ")
    person.sendline(f"export AWS_PROFILE={PROFILE}")
    sees(person, rf"{PROFILE} \$ ")
    person.sendline("export AWS_PROFILE=none-of-ours")
    sees(person, r"\$ ")
    person.sendline(f"export AWS_PROFILE={PROFILE}")
    sees(person, rf"{PROFILE} \$ ")
    leave(person)


def test_inside_of_exec(home: Home, shell: str) -> None:
    """A shell that runs under a role says which."""
    words = ("exec", "--profile", PROFILE, "--", shell, *WORDS[shell])
    person = home.terminal(*words)
    person.expect(r"\$ ")
    person.sendline(INIT[shell].format(more="").strip())
    sees(person, r"acme exec 333344445555/ReadOnly \$ ")
    leave(person)


@pytest.mark.parametrize("variable", ["NO_COLOR=1", "TERM=dumb"])
def test_without_color(home: Home, shell: str, variable: str) -> None:
    """Where no color is wanted or can be, there is none."""
    another_tool_writes(home, -1)
    name, _, value = variable.partition("=")
    home.environment[name] = value
    person = start(home, shell)
    sees(person, r"acme: sign in \$ ")
    leave(person)


STRICT = {
    "bash": ("set -eu",),
    "zsh": ("setopt err_exit no_unset prompt_subst ksh_arrays sh_word_split glob_subst",),
    "fish": (),
}


def test_strict_shells(home: Home, shell: str) -> None:
    """A shell that ends at every error, or takes every word for something else, goes on and shows the same."""
    person = start(home, shell, *STRICT[shell])
    sees(person, r"acme \$ ")
    person.sendline("export AWS_PROFILE='a b*$(touch hurt)'")
    sees(person, r"\$ ")
    person.sendline(f"export AWS_PROFILE={PROFILE}")
    sees(person, rf"{PROFILE} \$ ")
    leave(person)
    assert not (home.path / "hurt").exists()


NEIGHBOURS: dict[str, list[tuple[str, ...]]] = {
    "bash": [
        ("PROMPT_COMMAND='echo -n \"<$?>\"'",),
        ("PROMPT_COMMAND=('echo -n \"<$?>\"' 'true')",),
        ('draw() { PS1="<$?>\\$ "; }; PROMPT_COMMAND=draw',),  # as starship has it
    ],
    "zsh": [
        ('precmd() { echo -n "<$?>" }',),
        ('draw() { PROMPT="<$?>\\$ " }; precmd_functions=(draw)',),  # as powerlevel10k has it
        ("setopt prompt_subst; PROMPT='<$?>$ '",),
    ],
    "fish": [('function fish_prompt; echo -n "<$status>\\$ "; end',)],
}


@pytest.mark.parametrize(("shell", "lines"), [(shell, lines) for shell, each in NEIGHBOURS.items() for lines in each])
def test_neighbours(home: Home, shell: str, lines: tuple[str, ...]) -> None:
    """Whoever else draws something goes on, and sees how the last command ended."""
    person = start(home, shell, *lines)
    sees(person, drawn(0))
    person.sendline("false")
    sees(person, drawn(1))
    person.sendline(INIT[shell].format(more="").strip())  # once more, as when a start-up file is read again
    sees(person, drawn(0))
    leave(person)


def drawn(code: int) -> str:
    """A prompt and how the last command ended, in either order."""
    return rf"acme <{code}>\$ |<{code}>[^$<]*acme \$ "


def test_for_others_to_draw(home: Home, shell: str) -> None:
    """With --no-prompt the prompt is left alone, and whoever draws it finds the text in a variable."""
    person = start(home, shell, options=" --no-prompt")
    sees(person, r"\$ ")
    deadline = time.monotonic() + HANG_SECONDS
    while True:
        person.sendline("printenv SSOHELPER_PROMPT | tr a-z A-Z")
        if person.expect([r"ACME\r\n(.|\n)*?\$ ", pexpect.TIMEOUT], timeout=1) == 0:
            break
        assert time.monotonic() < deadline
    leave(person)
    assert "acme $ " not in home.outputs()[-1].stdout


def test_what_is_signed_in_elsewhere(make_home: Callable[..., Home], identity_center: Simulator, shell: str) -> None:
    """Where nobody has configured anything there is nothing to show."""
    home = make_home(**identity_center.environment)
    program_on_path(home)
    home.environment.update(PS1="$ ", PROMPT="$ ", TERM="xterm")
    person = start(home, shell)
    sees(person, r"\$ ")
    person.sendline("echo :$SSOHELPER_PROMPT:")
    person.expect("::")
    leave(person)
