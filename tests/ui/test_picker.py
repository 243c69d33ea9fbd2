"""The picker of `ssohelper use`, on a real terminal and in each shell."""

import re
from collections.abc import Iterator

import pytest

from tests.fixtures.drawing import INTERACTIVE
from tests.fixtures.home import Home
from tests.fixtures.screen import Screen, screen
from tests.fixtures.shells import INIT, SHELLS, program_on_path

pytestmark = pytest.mark.full

FIRST = "data-platform-dev.Developer"
USED = "data-platform-dev.ReadOnly"


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    """Each of the shells."""
    return str(request.param)


@pytest.fixture
def home(signed_in: Home) -> Home:
    """A home folder with profiles, one of them with cached credentials."""
    assert signed_in.ssohelper("sync", "--yes").returncode == 0
    assert signed_in.ssohelper("credential-process", "--profile", USED).returncode == 0
    program_on_path(signed_in)
    signed_in.environment.update(PS1="$ ", PROMPT="$ ", fish_greeting="", NO_COLOR="1")
    return signed_in


@pytest.fixture
def terminal(home: Home, shell: str) -> Iterator[Screen]:
    """A shell with our hook, on a terminal."""
    with screen(home, shell, *INTERACTIVE[shell]) as running:
        running.wait_for("$")
        running.type(INIT[shell].format(options=" --no-prompt").strip(), "Enter", "clear", "Enter")
        running.wait_for("$")
        yield running


def without_times(lines: list[str]) -> list[str]:
    """The lines of a screen, without the time that is left."""
    return [re.sub(r"\dh \d\dm left", "HOURS left", line) for line in lines]


def test_choose(terminal: Screen) -> None:
    """Typed letters filter the list, arrow keys move the cursor, Enter selects; that profile is first next time."""
    terminal.type("ssohelper use", "Enter")
    lines = terminal.wait_for("security-audit.ReadOnly")
    assert (lines[0].split()[-3:], lines[1].split()[:2], len(lines)) == (["16", "of", "16"], [">", FIRST], 17)
    terminal.type("dev rea")
    lines = terminal.wait_for(f"> {USED}")
    assert (lines[0].split(), without_times(lines)[1:]) == (
        ["profile:", "dev", "rea", "1", "of", "16"],
        [f"> {USED}  HOURS left  data-platform-dev 666677778888  ReadOnly  us-east-1"],
    )
    terminal.type("C-u", "payrea", "Down", "Enter")
    terminal.wait_for("$")
    terminal.type("echo is $AWS_PROFILE", "Enter")
    terminal.wait_for("is payments-staging.ReadOnly")
    terminal.type("ssohelper use", "Enter")
    terminal.wait_for("> payments-staging.ReadOnly")
    terminal.type("Enter")
    terminal.wait_for("$")


@pytest.mark.parametrize(("shell", "key"), [("bash", "C-c"), ("zsh", "Escape"), ("fish", "C-d")])
def test_cancel(terminal: Screen, key: str) -> None:
    """Without a match Enter does nothing; Ctrl-C, Escape and Ctrl-D cancel, and change nothing."""
    terminal.type("AWS_PROFILE=mine ssohelper use", "Enter")
    terminal.wait_for("profile:")
    terminal.type("xyz")
    assert terminal.wait_for("profile: xyz")[0].split()[-3:] == ["0", "of", "16"]
    terminal.type("Enter", key)
    terminal.wait_for("ssohelper: nothing changed")


def test_many_profiles(home: Home) -> None:
    """Of thousands of profiles, those that fit on the screen are shown, and it scrolls with the cursor."""
    home.config.write_text("".join(f"[profile p{number:04}]\nregion = us-east-1\n" for number in range(2000)))
    with screen(home, "ssohelper", "use", "--in-shell", rows=10) as terminal:
        terminal.wait_for("profile:")
        terminal.type("NPage", "NPage")
        terminal.wait_for("> p0018")
        terminal.type("Up")
        assert terminal.wait_for("> p0017")[1:] == [f"  p{number:04}" for number in range(10, 17)] + [
            "> p0017",
            "  p0018",
        ]
        terminal.type("PPage", "PPage", "PPage", "p1999")
        assert terminal.wait_for("> p1999")[1:] == ["> p1999"]


def test_narrow_terminal(home: Home) -> None:
    """A line that is cut ends in `…`; Home and End go to the first and the last row."""
    with screen(home, "ssohelper", "use", "--in-shell", columns=60, rows=24) as terminal:
        lines = terminal.wait_for("> data-platform-dev.Developer")
        assert {len(line) for line in lines[1:]} == {60}
        assert {line[-1] for line in lines[1:]} == {"…"}
        terminal.type("End")
        terminal.wait_for("> security-audit.ReadOnly")
        terminal.type("Home")
        terminal.wait_for("> data-platform-dev.Developer")


def test_no_terminal(home: Home) -> None:
    """Without a terminal it is an error."""
    done = home.ssohelper("use", "--in-shell")
    message = "no profile given, and no terminal to choose one on"
    assert (done.stdout, done.stderr, done.returncode) == ("", f"ssohelper: {message}\nhint: ssohelper use NAME\n", 2)
