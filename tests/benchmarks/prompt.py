"""What our hook adds to a prompt, in each shell: python -m tests.benchmarks.prompt.

A thousand prompts on a terminal, by turns with the hook and without it, five times; the best of each. bash and zsh
may take 0.3 ms more for each prompt. A program in the prompt, as others have it, costs what starting it does: for
comparison a bare Python.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ssohelper.shell.prompt import State, Subject
from tests.fixtures.drawing import draw
from tests.fixtures.home import Home, environment
from tests.fixtures.shells import SHELLS, TOKEN, hook, keep, look_signed_in

PROMPTS, ROUNDS = 1000, 5
LIMIT_MS = {"bash": 0.3, "zsh": 0.3}


def main() -> int:
    """Measure, print, and tell by the exit code whether the limits hold."""
    held = True
    with tempfile.TemporaryDirectory() as folder:
        home = _home(Path(folder))
        for shell in SHELLS:
            code = hook(home, shell)
            plain, ours = (min(each) for each in zip(*(_both(home, shell, code) for _ in range(ROUNDS)), strict=True))
            added, limit = 1000 * (ours - plain) / PROMPTS, LIMIT_MS.get(shell)
            held &= limit is None or added <= limit
            told = f"  (limit {limit})" if limit else ""
            sys.stdout.write(f"{shell:12} {1000 * plain / PROMPTS:6.2f} ms, with the hook {added:+.2f} ms{told}\n")
    sys.stdout.write(f"{'bare python':12} {1000 * _bare_python():6.2f} ms\n")
    return 0 if held else 1


def _both(home: Home, shell: str, code: str) -> tuple[float, float]:
    return draw(home, shell, "", PROMPTS), draw(home, shell, code, PROMPTS)


def _home(folder: Path) -> Home:
    home = Home(folder, environment(folder, {"TERM": "xterm", "HISTFILE": "/dev/null", "fish_greeting": ""}))
    look_signed_in(home)
    keep(home, Subject("only"), State("ends", time.time() + 7200, time.time() + 6000, 0, TOKEN, "acme"))
    return home


def _bare_python() -> float:
    began = time.monotonic()
    for _ in range(20):
        subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], check=True)
    return (time.monotonic() - began) / 20


if __name__ == "__main__":
    sys.exit(main())
