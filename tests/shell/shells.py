"""Real shells with our hooks in them."""

import subprocess
from collections.abc import Sequence

from ssohelper.shell.prompt import State, Subject
from tests.components import need
from tests.conftest import HANG_SECONDS, Home, command

# The token file of a session called acme.
TOKEN = "293abb6b76d7791c0732cc517d38c4b5c734b87f"
SHELLS = ("bash", "zsh", "fish")
# Reads no file of the person's or the system's.
BARE = {"bash": ("--norc", "--noprofile"), "zsh": ("-f",), "fish": ("--no-config",)}
# What a person has in their start-up file.
INIT = {
    "bash": 'eval "$(ssohelper shell-init bash{more})"\n',
    "zsh": 'eval "$(ssohelper shell-init zsh{more})"\n',
    "fish": "ssohelper shell-init fish{more} | source\n",
}
# What is done before each prompt, and what prints the outcome.
BEFORE = {"bash": "_ssohelper_before", "zsh": "_ssohelper_before", "fish": "__ssohelper_before"}
LOOK = {
    shell: f'{name}; printf \'%s|%s\' "$SSOHELPER_PROMPT" "${name.replace("before", "color")}"\n'
    for shell, name in BEFORE.items()
}
COLORS = {"33": "yellow", "31": "red", "": "", "normal": "", "yellow": "yellow", "red": "red"}


def hook(home: Home, shell: str, *words: str) -> str:
    """The code that `shell-init` prints."""
    done = home.ssohelper("shell-init", shell, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def run(home: Home, shell: str, script: str, options: Sequence[str] = (), **more: str) -> str:
    """Run a script in a shell, to its end; what it prints. It must say nothing on stderr."""
    done = subprocess.run(
        [need(shell), *BARE[shell], *options],
        env={**home.environment, **more},
        cwd=home.path,
        input=script,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=HANG_SECONDS,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


def shown(home: Home, shell: str, code: str, **more: str) -> tuple[str, str]:
    """What the hook would show, and in which color."""
    text, _, color = run(home, shell, code + LOOK[shell], **more).rpartition("|")
    return text, COLORS[color]


def keep(home: Home, subject: Subject, state: State | bytes) -> None:
    """Lay a state where the hooks find it; newer than every other file, so that nobody makes it anew."""
    assert subject.file_name is not None
    path = home.state / "prompt" / subject.file_name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(state.line.encode() if isinstance(state, State) else state)


def look_signed_in(home: Home) -> None:
    """Lay files as if somebody were signed in, so that no hook looks for more."""
    tokens = home.path / ".aws" / "sso" / "cache"
    tokens.mkdir(parents=True)
    (tokens / f"{TOKEN}.json").write_text("{}")
    home.config.write_text("")


def program_on_path(home: Home) -> None:
    """Let shells find `ssohelper`."""
    home.environment["PATH"] = f"{command('ssohelper')[0].rpartition('/')[0]}:{home.environment['PATH']}"
