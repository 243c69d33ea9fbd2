"""The prompt of interactive shells on real terminals."""

import json
import time
from collections.abc import Callable
from typing import TypeAlias

import pexpect
import pytest

from ssohelper.simulator.server import Simulator
from ssohelper.storage import timestamps
from tests.fixtures.drawing import INTERACTIVE, token_file
from tests.fixtures.home import HANG_SECONDS, Home
from tests.fixtures.shells import INIT, program_on_path

pytestmark = pytest.mark.full

YELLOW, RED, PLAIN = r"\x1b\[33m", r"\x1b\[31m", r"(?:(?:\x1b\(B)?\x1b\[0?m)+"
PROFILE = "payments-prod.ReadOnly"


@pytest.fixture
def home(signed_in: Home) -> Home:
    """A home folder with a sign-in and profiles."""
    assert signed_in.ssohelper("sync", "--yes").returncode == 0
    program_on_path(signed_in)
    signed_in.environment.update(PS1="$ ", PROMPT="$ ", TERM="xterm", fish_greeting="")
    return signed_in


Spawn: TypeAlias = "pexpect.spawn[str]"


def start(home: Home, shell: str, *before: str, options: str = "") -> Spawn:
    """A shell that has run some lines, then the code of `shell-init`."""
    terminal = home.terminal(*INTERACTIVE[shell], program=shell)
    for line in (*before, INIT[shell].format(options=options).strip()):
        terminal.expect(r"\$ ")
        terminal.sendline(line)
    return terminal


def wait_for(terminal: Spawn, drawn: str) -> None:
    """Type Return now and then, until a prompt matches the pattern."""
    deadline = time.monotonic() + 20
    while terminal.expect([drawn, pexpect.TIMEOUT], timeout=0.5) == 1:
        assert time.monotonic() < deadline, (terminal.before or "")[-300:]
        terminal.sendline("")


def leave(terminal: Spawn) -> None:
    """Exit the shell."""
    terminal.sendline("exit")
    terminal.expect(pexpect.EOF)


def write_token(home: Home, left: float) -> None:
    """Replace the token as another tool would: valid for so many seconds, without a refresh token."""
    path = token_file(home)
    facts = json.loads(path.read_bytes()) | {"expiresAt": timestamps.written(time.time() + left)}
    facts.pop("refreshToken", None)
    path.write_text(json.dumps(facts))


def test_prompt(home: Home, shell: str) -> None:
    """The prompt follows changes of the token and of AWS_PROFILE."""
    terminal = start(home, shell)
    wait_for(terminal, r"acme \$ ")
    write_token(home, 2.5 * 3600)
    wait_for(terminal, r"acme 2h29m \$ ")
    write_token(home, 14.5 * 60)
    wait_for(terminal, rf"{YELLOW}acme 14m(?:{PLAIN} | {PLAIN})\$ ")
    write_token(home, -1)
    wait_for(terminal, rf"{RED}acme: sign in(?:{PLAIN} | {PLAIN})\$ ")
    assert home.ssohelper("login").returncode == 0
    wait_for(terminal, r"acme \$ ")
    terminal.sendline(f"export AWS_PROFILE={PROFILE}")
    wait_for(terminal, rf"{PROFILE} \$ ")
    terminal.sendline("export AWS_PROFILE=foreign")
    wait_for(terminal, r"\$ ")
    terminal.sendline(f"export AWS_PROFILE={PROFILE}")
    wait_for(terminal, rf"{PROFILE} \$ ")
    leave(terminal)


def test_inside_exec(home: Home, shell: str) -> None:
    """A shell inside `ssohelper exec` shows the role."""
    words = ("exec", "--profile", PROFILE, "--", shell, *INTERACTIVE[shell])
    terminal = home.terminal(*words)
    terminal.expect(r"\$ ")
    terminal.sendline(INIT[shell].format(options="").strip())
    wait_for(terminal, r"acme exec payments-prod/ReadOnly \$ ")
    leave(terminal)


@pytest.mark.parametrize("variable", ["NO_COLOR=1", "TERM=dumb"])
def test_without_color(home: Home, shell: str, variable: str) -> None:
    """With NO_COLOR and on a dumb terminal there is no color."""
    write_token(home, -1)
    name, _, value = variable.partition("=")
    home.environment[name] = value
    terminal = start(home, shell)
    wait_for(terminal, r"acme: sign in \$ ")
    leave(terminal)


STRICT = {
    "bash": ("set -eu",),
    "zsh": ("setopt err_exit no_unset prompt_subst ksh_arrays sh_word_split glob_subst",),
    "fish": (),
}


def test_strict_shells(home: Home, shell: str) -> None:
    """The hook works in shells that exit on errors or change the meaning of expansions."""
    terminal = start(home, shell, *STRICT[shell])
    wait_for(terminal, r"acme \$ ")
    terminal.sendline("export AWS_PROFILE='a b*$(touch hurt)'")
    wait_for(terminal, r"\$ ")
    terminal.sendline(f"export AWS_PROFILE={PROFILE}")
    wait_for(terminal, rf"{PROFILE} \$ ")
    leave(terminal)
    assert not (home.path / "hurt").exists()


OTHER_HOOKS: dict[str, list[tuple[str, ...]]] = {
    "bash": [
        ("PROMPT_COMMAND='echo -n \"<$?>\"'",),
        ("PROMPT_COMMAND=('echo -n \"<$?>\"' 'true')",),
        ('draw() { PS1="<$?>\\$ "; }; PROMPT_COMMAND=draw',),  # like starship
    ],
    "zsh": [
        ('precmd() { echo -n "<$?>" }',),
        ('draw() { PROMPT="<$?>\\$ " }; precmd_functions=(draw)',),  # like powerlevel10k
        ("setopt prompt_subst; PROMPT='<$?>$ '",),
    ],
    "fish": [('function fish_prompt; echo -n "<$status>\\$ "; end',)],
}


@pytest.mark.parametrize(
    ("shell", "lines"), [(shell, lines) for shell, each in OTHER_HOOKS.items() for lines in each]
)
def test_other_hooks(home: Home, shell: str, lines: tuple[str, ...]) -> None:
    """Other hooks still draw, and see the exit code of the last command."""
    terminal = start(home, shell, *lines)
    wait_for(terminal, drawn(0))
    terminal.sendline("false")
    wait_for(terminal, drawn(1))
    terminal.sendline(INIT[shell].format(options="").strip())  # again, like a start-up file that is read twice
    wait_for(terminal, drawn(0))
    leave(terminal)


def drawn(code: int) -> str:
    """A prompt with an exit code, in either order."""
    return rf"acme <{code}>\$ |<{code}>[^$<]*acme \$ "


def test_no_prompt(home: Home, shell: str) -> None:
    """With --no-prompt the prompt does not change; programs find the text in SSOHELPER_PROMPT."""
    terminal = start(home, shell, options=" --no-prompt")
    wait_for(terminal, r"\$ ")
    deadline = time.monotonic() + HANG_SECONDS
    while True:
        terminal.sendline("printenv SSOHELPER_PROMPT | tr a-z A-Z")
        if terminal.expect([r"ACME\r\n(.|\n)*?\$ ", pexpect.TIMEOUT], timeout=1) == 0:
            break
        assert time.monotonic() < deadline
    leave(terminal)
    assert "acme $ " not in home.outputs()[-1].stdout


def test_no_session(make_home: Callable[..., Home], identity_center: Simulator, shell: str) -> None:
    """Without a configured session nothing is shown."""
    home = make_home(**identity_center.environment)
    program_on_path(home)
    home.environment.update(PS1="$ ", PROMPT="$ ", TERM="xterm")
    terminal = start(home, shell)
    wait_for(terminal, r"\$ ")
    terminal.sendline("echo :$SSOHELPER_PROMPT:")
    terminal.expect("::")
    leave(terminal)
