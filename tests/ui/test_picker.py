"""The picker of `ssohelper use`, on a real terminal and in each shell."""

import re
import time
from collections.abc import Iterator

import pytest

from tests.fixtures.drawing import INTERACTIVE
from tests.fixtures.home import Home
from tests.fixtures.screen import Screen, screen
from tests.fixtures.shells import INIT, SHELLS, program_on_path

pytestmark = pytest.mark.full

KEYS = "Enter selects, arrow keys move, Esc cancels"
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
    assert (lines[0].split()[-3:], lines[1].split()[:2], len(lines)) == (["16", "of", "16"], [">", FIRST], 24)
    assert (lines[16].split()[0], lines[-1]) == ("security-audit.ReadOnly", KEYS)
    terminal.type("dev rea")
    lines = terminal.wait_for(f"> {USED}")
    assert (lines[0].split(), [line for line in without_times(lines)[1:] if line]) == (
        ["profile:", "dev", "rea", "1", "of", "16"],
        [f"> {USED}  HOURS left  ReadOnly  data-platform-dev  666677778888  us-east-1", KEYS],
    )
    terminal.type("C-u", "payrea", "Down", "Enter")
    terminal.wait_for("$")
    terminal.type("echo is $AWS_PROFILE", "Enter")
    terminal.wait_for("is payments-staging.ReadOnly")
    terminal.type("ssohelper use", "Enter")
    terminal.wait_for("> * payments-staging.ReadOnly")
    terminal.type("Enter")
    terminal.wait_for("$")


@pytest.mark.parametrize(("shell", "key"), [("bash", "C-c"), ("zsh", "Escape"), ("fish", "C-d")])
def test_cancel(terminal: Screen, key: str) -> None:
    """Without a match Enter does nothing; Ctrl-C, Escape and Ctrl-D cancel, and change nothing."""
    terminal.type("AWS_PROFILE=mine ssohelper use", "Enter")
    terminal.wait_for("profile:")
    terminal.type("xyz")
    lines = terminal.wait_for("profile: xyz")
    assert (lines[0].split()[-3:], lines[1]) == (
        ["0", "of", "16"],
        "  no match; Backspace or Ctrl-U widens the search",
    )
    terminal.type("Enter", key)
    terminal.wait_for("ssohelper: nothing changed")


def test_many_profiles(home: Home) -> None:
    """Of thousands of profiles, those that fit on the screen are shown, and it scrolls with the cursor."""
    home.config.write_text("".join(f"[profile p{number:04}]\nregion = us-east-1\n" for number in range(2000)))
    with screen(home, "ssohelper", "use", "--in-shell", rows=10) as terminal:
        terminal.wait_for("profile:")
        terminal.type("NPage", "NPage")
        terminal.wait_for("> p0016")
        terminal.type("Up")
        assert terminal.wait_for("> p0015")[1:] == [
            *(f"  p{number:04}" for number in range(9, 15)),
            *("> p0015", "  p0016", KEYS),
        ]
        terminal.type("PPage", "PPage", "PPage", "p1999")
        assert [line for line in terminal.wait_for("> p1999")[1:] if line] == ["> p1999", KEYS]


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        (96, "payments-prod.AdministratorAccess  AdministratorAccess  payments-prod  333344445555"),
        (80, "payments-prod.AdministratorAccess  AdministratorAccess  payments-prod"),
        (60, "payments-prod.AdministratorAccess  AdministratorAccess"),
        (40, "payments-prod.AdministratorAccess"),
        (30, "payments-prod.Administrator…"),
    ],
)
def test_narrow_terminal(home: Home, columns: int, shown: str) -> None:
    """The last columns are left out where they do not fit, and the widest is cut; End and Home go to the ends."""
    with screen(home, "ssohelper", "use", "--in-shell", columns=columns, rows=24) as terminal:
        terminal.wait_for("> data-platform-dev")
        terminal.type("End")
        terminal.wait_for("> security-audit")
        terminal.type("Home", "prod", "Space", "admin")
        line = terminal.wait_for("> payments-prod.")[1]
        assert re.sub(" {3,}", "  ", line.removeprefix("> ")) == shown
        assert len(line) <= columns


def test_look(home: Home) -> None:
    """The current profile is marked, matches are underlined, further columns dim, and rules give color and label."""
    home.settings.parent.mkdir(parents=True, exist_ok=True)
    home.settings.write_text('[[defaults.rules]]\nmatch = "payments-prod"\ncolor = "red"\nlabel = "PROD"\n')
    home.environment.update(AWS_PROFILE=USED)
    del home.environment["NO_COLOR"]
    with screen(home, "ssohelper", "use", "--in-shell", columns=100, rows=24) as terminal:
        terminal.wait_for(f"* {USED}")
        terminal.type("PROD", "Space", "read", "Down")
        terminal.wait_for("PROD payments-prod.ReadOnly")
        time.sleep(0.3)
        drawn = terminal.lines(colors=True)[2]
    plain = re.sub("\x1b\\[[0-9;]*m", "", drawn)
    assert plain.split()[:3] == [">", "PROD", "payments-prod.ReadOnly"]
    assert re.search("\x1b\\[[0-9;]*31", drawn), drawn
    assert re.search("\x1b\\[[0-9;]*4;?[0-9;]*m(\x1b[^m]*m)?R", drawn), drawn


def test_no_terminal(home: Home) -> None:
    """Without a terminal it is an error."""
    done = home.ssohelper("use", "--in-shell")
    message = "no profile given, and no terminal to choose one on"
    assert (done.stdout, done.stderr, done.returncode) == ("", f"ssohelper: {message}\nhint: ssohelper use NAME\n", 2)
