"""The animated picture at the top of README: `python -m tests.animation` draws it again.

A real bash in a real tmux, the real program, the real AWS CLI, and a company of the simulator's. Each frame is what
the terminal showed after a key, or after a command; only how long it stays is ours. The SVG moves through the frames
by CSS; people who prefer reduced motion see the last one.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ssohelper.simulator.companies import organisation
from ssohelper.simulator.server import Simulator
from tests.fixtures import terminal_picture
from tests.fixtures.browser_logins import browser_script
from tests.fixtures.concurrency import wait_until
from tests.fixtures.home import Home, environment
from tests.fixtures.s3 import s3
from tests.fixtures.screen import Screen, screen
from tests.fixtures.shells import program_on_path
from tests.fixtures.terminal_picture import HEIGHT, MARGIN, WIDTH
from tests.pictures import FOLDER, another_tool_writes

PATH = FOLDER / "tour.svg"
_COLUMNS, _ROWS = 100, 22
_START_URL = "https://acme.awsapps.com/start"
_PROFILE = "payments-prod.ReadOnly"
# Follows the redirects of a sign-in that is approved at once.
_BROWSER = "#!/bin/sh\nexec curl -sL --noproxy '*' -o /dev/null \"$1\"\n"
# How long frames stay, in seconds.
_KEY, _SHORT, _LONG = 0.07, 0.9, 2.2
# A terminal that shows the same for so many seconds waits for keys.
_SETTLED = 0.4


class Frame(NamedTuple):
    """The lines of a terminal, with their colors, and how long they are shown, in seconds."""

    lines: tuple[str, ...]
    seconds: float


def main() -> None:
    """Draw the picture."""
    PATH.write_text(drawn(frames()))
    sys.stdout.write(f"{PATH.name}\n")


def frames() -> list[Frame]:
    """The frames of the tour: setup, use, aws, a sign-in that expires, login."""
    with _terminal() as (home, shown):
        film = _Recorder(shown)
        film.run("ssohelper setup")
        for question, answer in (
            ("start URL", "acme"),
            ("region of", "eu-central-1"),
            ("name of the session", ""),
            ("write these profiles", ""),
            (".bashrc?", ""),
        ):
            film.wait(question, _SHORT)
            film.type(answer)
            film.enter()
        film.wait("next: aws")
        film.wait("$", _LONG)
        film.run("exec bash")
        film.clear()
        film.run("ssohelper use", "profile:")
        film.type("pay read")
        film.hold(_SHORT)
        film.enter(f"{_PROFILE} $")
        film.run("aws s3 ls", "payments-reports")
        for left, prompt in ((14.5 * 60, "14m $"), (-1, "sign in $")):
            another_tool_writes(home, left)
            assert home.ssohelper("prompt", "--keep", AWS_PROFILE=_PROFILE).returncode == 0
            film.enter(prompt)
        film.hold(_LONG)
        film.run("ssohelper login", "signed in to acme")
        film.wait(f"{_PROFILE} $", _LONG * 2)
        return film.frames


class _Recorder:
    """Keys that are typed, and the frames that follow them."""

    def __init__(self, shown: Screen) -> None:
        self._shown = shown
        self.frames: list[Frame] = []

    def hold(self, seconds: float) -> None:
        """Add what the terminal shows now."""
        self.frames.append(Frame(tuple(self._shown.lines(colors=True)), seconds))

    def wait(self, text: str, seconds: float = 0) -> None:
        """Wait until the last line, or one of a list, contains the text, and nothing changes any more.

        Then add what it shows, if it is to be shown for some seconds.
        """
        wait_until(lambda: any(text in line for line in self._shown.lines()[-3:]) or text in self._shown.lines()[0])
        before: list[str] = []
        while before != self._shown.lines():
            before = self._shown.lines()
            time.sleep(_SETTLED)
        if seconds:
            self.hold(seconds)

    def type(self, text: str) -> None:
        """Type a text, a frame for each key."""
        for key in text:
            before = self._shown.lines()
            self._shown.type("Space" if key == " " else key)
            if key != " ":  # which lines() leaves out at the end of a line
                self._wait_for_change(before)
            self.hold(_KEY)

    def _wait_for_change(self, before: list[str]) -> None:
        wait_until(lambda: self._shown.lines() != before)

    def enter(self, expected: str = "") -> None:
        """Press Enter, and wait for a text in the last lines."""
        self._shown.type("Enter")
        if expected:
            self.wait(expected, _SHORT)

    def clear(self) -> None:
        """Clear the screen."""
        wait_until(lambda: self._shown.lines()[-1] == "$")
        self._shown.type("C-l")
        wait_until(lambda: self._shown.lines() == ["$"])

    def run(self, command: str, expected: str = "") -> None:
        """Type a command, and run it."""
        self.type(command)
        self.hold(_SHORT / 2)
        self.enter(expected)


@contextmanager
def _terminal() -> Iterator[tuple[Home, Screen]]:
    world = organisation()
    world.start_url, world.region = _START_URL, "eu-central-1"
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        Simulator(world, rate=None, auto_approve=True) as center,
        s3(center, "payments-reports") as buckets,
    ):
        home = Home(Path(folder), environment(Path(folder), center.environment))
        program_on_path(home)
        (home.path / "bin").mkdir(exist_ok=True)
        home.environment.update(
            AWS_ENDPOINT_URL_S3=buckets.url,
            BROWSER=browser_script(home, _BROWSER),
            COLORTERM="",
            SHELL=shutil.which("bash") or "bash",
        )
        home.environment.pop("COLUMNS")
        (home.path / ".bashrc").write_text("PS1='$ '\n")
        with screen(home, "bash", "--noprofile", "-i", columns=_COLUMNS, rows=_ROWS) as shown:
            shown.wait_for("$")
            yield home, shown


def drawn(film: Sequence[Frame]) -> str:
    """The frames as an animated SVG: all beside each other, and one of them in view."""
    width, height = round(_COLUMNS * WIDTH + 2 * MARGIN), _ROWS * HEIGHT + 2 * MARGIN
    lines = {
        line: f"l{number}" for number, line in enumerate(dict.fromkeys(line for each in film for line in each.lines))
    }
    defined = "\n".join(f'<g id="{name}">{terminal_picture.line(line)}</g>' for line, name in lines.items() if line)
    total, at, steps, shown = sum(each.seconds for each in film), 0.0, [], []
    for number, frame in enumerate(film):
        steps.append(f"{100 * at / total:.2f}%{{transform:translateX({-number * width}px)}}")
        uses = "".join(
            f'<use href="#{lines[line]}" y="{row * HEIGHT}"/>' for row, line in enumerate(frame.lines) if line
        )
        shown.append(f'<g transform="translate({number * width} 0)">{uses}</g>')
        at += frame.seconds
    last = f"translateX({-(len(film) - 1) * width}px)"
    return f"""\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<title>ssohelper setup, use, and login in a terminal</title>
<style>
{terminal_picture.STYLE}
.film {{ animation: film {total:.1f}s steps(1, end) infinite; }}
@keyframes film {{ {" ".join(steps)} }}
@media (prefers-reduced-motion) {{ .film {{ animation: none; transform: {last}; }} }}
</style>
{terminal_picture.card(width, height)}
<defs>
{defined}
</defs>
<svg x="{MARGIN}" y="{MARGIN}" width="{width - 2 * MARGIN}" height="{height - 2 * MARGIN}"><g class="film">
{chr(10).join(shown)}
</g></svg>
</svg>
"""


if __name__ == "__main__":
    main()
