"""A terminal whose screen can be read: a real tmux of its own, in which a real shell runs."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.components import need
from tests.conftest import Home


class Screen:
    """What a person sees, and what they type."""

    def __init__(self, socket: Path, environment: dict[str, str]) -> None:
        self._words = [need("tmux"), "-S", str(socket), "-f", "/dev/null"]
        self._environment = environment

    def start(self, home: Home, words: list[str], columns: int, rows: int) -> None:
        """Start a program on it."""
        size = ("-x", str(columns), "-y", str(rows))
        bare = ("start-server", ";", "set-option", "-g", "status", "off", ";")
        self._tmux(*bare, "new-session", "-d", *size, "-c", str(home.path), *words)

    def type(self, *keys: str) -> None:
        """Type keys, by tmux's names of them: a text, `Enter`, `Down`, `C-c`."""
        self._tmux("send-keys", *keys)

    def lines(self, *, colors: bool = False) -> list[str]:
        """What stands there now, without what is blank at the end."""
        shown = self._tmux("capture-pane", "-p", *(["-e"] if colors else []))
        return [line.rstrip() for line in shown.rstrip("\n").split("\n")]

    def wait_for(self, text: str) -> list[str]:
        """What stands there once some line has the text."""
        deadline = time.monotonic() + 30
        while True:
            found = self.lines()
            if any(text in each for each in found):
                return found
            assert time.monotonic() < deadline, "\n".join(found)
            time.sleep(0.05)

    def clear(self) -> None:
        """Undo what is typed, and be left with an empty prompt."""
        self.type("C-u", "C-l")
        deadline = time.monotonic() + 30
        while self.lines() != ["$"]:
            assert time.monotonic() < deadline, "\n".join(self.lines())
            time.sleep(0.02)

    def end(self) -> None:
        """End everything on it."""
        subprocess.run([*self._words, "kill-server"], env=self._environment, check=False, capture_output=True)

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(
            [*self._words, *words], env=self._environment, check=True, capture_output=True, text=True, timeout=60
        )
        return done.stdout


@contextmanager
def screen(home: Home, *words: str, columns: int = 110, rows: int = 24) -> Iterator[Screen]:
    """A terminal on which a program runs, until the block ends."""
    # Not in the temporary folder of the test: the path of a socket may have 100 characters.
    with tempfile.TemporaryDirectory(prefix="tmux") as folder:
        shown = Screen(Path(folder) / "s", {**home.environment, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"})
        try:
            shown.start(home, list(words), columns, rows)
            yield shown
        finally:
            shown.end()
