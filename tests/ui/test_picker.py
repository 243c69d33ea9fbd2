"""`ssohelper use` without a name: a person chooses on a real terminal, in each shell."""

import re
from collections.abc import Iterator

import pytest

from tests.fixtures.drawing import INTERACTIVE
from tests.fixtures.home import Home
from tests.fixtures.screen import Screen, screen
from tests.fixtures.shells import INIT, program_on_path

FIRST = "data-platform-dev.Developer"
USED = "data-platform-dev.ReadOnly"


@pytest.fixture
def home(signed_in: Home) -> Home:
    """A home folder of somebody who has profiles, one of them with credentials."""
    assert signed_in.ssohelper("sync", "--yes").returncode == 0
    assert signed_in.ssohelper("credential-process", "--profile", USED).returncode == 0
    program_on_path(signed_in)
    signed_in.environment.update(PS1="$ ", PROMPT="$ ", fish_greeting="", NO_COLOR="1")
    return signed_in


@pytest.fixture
def person(home: Home, shell: str) -> Iterator[Screen]:
    """A shell with our hook on a screen."""
    with screen(home, shell, *INTERACTIVE[shell]) as shown:
        shown.wait_for("$")
        shown.type(INIT[shell].format(options=" --no-prompt").strip(), "Enter", "clear", "Enter")
        shown.wait_for("$")
        yield shown


def told(lines: list[str]) -> list[str]:
    """What a screen shows, with what is left of the hours in words."""
    return [re.sub(r"\dh \d\dm left", "HOURS left", line) for line in lines]


def test_choosing(person: Screen) -> None:
    """Letters narrow the list, arrows move in it, Return takes the profile; the next time it is the first."""
    person.type("ssohelper use", "Enter")
    lines = person.wait_for("security-audit.ReadOnly")
    assert (lines[0].split()[-3:], lines[1].split()[:2], len(lines)) == (["16", "of", "16"], [">", FIRST], 17)
    person.type("dev rea")
    lines = person.wait_for(f"> {USED}")
    assert (lines[0].split(), told(lines)[1:]) == (
        ["profile:", "dev", "rea", "1", "of", "16"],
        [f"> {USED}  HOURS left  data-platform-dev 666677778888  ReadOnly  us-east-1"],
    )
    person.type("C-u", "payrea", "Down", "Enter")
    person.wait_for("$")
    person.type("echo is $AWS_PROFILE", "Enter")
    person.wait_for("is payments-staging.ReadOnly")
    person.type("ssohelper use", "Enter")
    person.wait_for("> payments-staging.ReadOnly")
    person.type("Enter")
    person.wait_for("$")


@pytest.mark.parametrize(("shell", "key"), [("bash", "C-c"), ("zsh", "Escape"), ("fish", "C-d")])
def test_choosing_nothing(person: Screen, key: str) -> None:
    """Who leaves has changed nothing."""
    person.type("AWS_PROFILE=mine ssohelper use", "Enter")
    person.wait_for("profile:")
    person.type("xyz")
    assert person.wait_for("profile: xyz")[0].split()[-3:] == ["0", "of", "16"]
    person.type("Enter", key)
    person.wait_for("ssohelper: nothing changed")


def test_many(home: Home) -> None:
    """Of thousands of profiles the screen shows what it has room for, and the cursor goes to the last and back."""
    home.config.write_text("".join(f"[profile p{number:04}]\nregion = us-east-1\n" for number in range(2000)))
    with screen(home, "ssohelper", "use", "--in-shell", rows=10) as person:
        person.wait_for("profile:")
        person.type("NPage", "NPage")
        person.wait_for("> p0018")
        person.type("Up")
        assert person.wait_for("> p0017")[1:] == [f"  p{number:04}" for number in range(10, 17)] + [
            "> p0017",
            "  p0018",
        ]
        person.type("PPage", "PPage", "PPage", "p1999")
        assert person.wait_for("> p1999")[1:] == ["> p1999"]


def test_a_narrow_terminal(home: Home) -> None:
    """A line that is cut says so; Home and End go to the first row and the last."""
    with screen(home, "ssohelper", "use", "--in-shell", columns=60, rows=24) as person:
        lines = person.wait_for("> data-platform-dev.Developer")
        assert {len(line) for line in lines[1:]} == {60}
        assert {line[-1] for line in lines[1:]} == {"…"}
        person.type("End")
        person.wait_for("> security-audit.ReadOnly")
        person.type("Home")
        person.wait_for("> data-platform-dev.Developer")


def test_nobody_to_ask(home: Home) -> None:
    """Without a terminal nothing is chosen."""
    done = home.ssohelper("use", "--in-shell")
    said = "which profile is meant is not said, and there is no terminal to ask on"
    assert (done.stdout, done.stderr, done.returncode) == ("", f"ssohelper: {said}\nhint: ssohelper use NAME\n", 2)
