"""The time that the hook adds to a prompt, for each shell: python -m tests.benchmarks.prompt.

A thousand prompts on a terminal without the hook, then with it, five times; the best of each. The limit for bash and
zsh is 0.3 ms per prompt. For comparison: a prompt that runs a program takes at least as long as a bare Python.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ssohelper.shell.prompt import State, Subject
from tests.fixtures.drawing import draw
from tests.fixtures.home import Home, environment
from tests.fixtures.shells import SHELLS, TOKEN, hook, look_signed_in, write_state

PROMPTS, ROUNDS = 1000, 5
LIMIT_MS = {"bash": 0.3, "zsh": 0.3}


def main() -> int:
    """Measure and print; the exit code is 1 if a limit is exceeded."""
    held = True
    with tempfile.TemporaryDirectory() as folder:
        home = _home(Path(folder))
        for shell in SHELLS:
            code = hook(home, shell)
            without, with_hook = (
                min(each) for each in zip(*(_both(home, shell, code) for _ in range(ROUNDS)), strict=True)
            )
            added, limit = 1000 * (with_hook - without) / PROMPTS, LIMIT_MS.get(shell)
            held &= limit is None or added <= limit
            shown = f"  (limit {limit})" if limit else ""
            sys.stdout.write(f"{shell:12} {1000 * without / PROMPTS:6.2f} ms, with the hook {added:+.2f} ms{shown}\n")
    sys.stdout.write(f"{'bare python':12} {1000 * _bare_python():6.2f} ms\n")
    return 0 if held else 1


def _both(home: Home, shell: str, code: str) -> tuple[float, float]:
    return draw(home, shell, "", PROMPTS), draw(home, shell, code, PROMPTS)


def _home(folder: Path) -> Home:
    home = Home(folder, environment(folder, {"TERM": "xterm", "HISTFILE": "/dev/null", "fish_greeting": ""}))
    look_signed_in(home)
    write_state(home, Subject("only"), State("expiring", time.time() + 7200, time.time() + 6000, 0, TOKEN, "acme"))
    return home


def _bare_python() -> float:
    started = time.monotonic()
    for _ in range(20):
        subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], check=True)
    return (time.monotonic() - started) / 20


if __name__ == "__main__":
    sys.exit(main())
