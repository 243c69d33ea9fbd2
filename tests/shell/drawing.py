"""Prompts drawn one after the other by a real shell on a terminal, with our hook in it or without."""

import time
from collections.abc import Sequence

from tests.components import need
from tests.conftest import Home
from tests.shell.shells import BARE

# What no shell prints by itself.
_MARK = "<prompt>"
_PLAIN = {
    "bash": f"PS1='{_MARK}'",
    "zsh": f"PROMPT='{_MARK}'",
    "fish": f"function fish_prompt; echo -n '{_MARK}'; end",
}


def draw(home: Home, shell: str, code: str, prompts: int, under: Sequence[str] = ()) -> float:
    """How many seconds the prompts take in a shell that has run `code`; `under` is a program that runs the shell."""
    start = home.path / f"start.{shell}"
    start.write_text(f"{_PLAIN[shell]}\n{code}")
    words = [*under, need(shell), *BARE[shell], "-i"]
    person = home.terminal(*words[1:], program=words[0])
    person.delaybeforesend = None
    person.sendline(f"source {start}")
    person.expect_exact(_MARK)
    began = time.monotonic()
    for _ in range(prompts):
        person.send("\r")
        person.expect_exact(_MARK)
    took = time.monotonic() - began
    person.sendline("exit")
    person.expect_exact("exit")
    person.close()
    return took
