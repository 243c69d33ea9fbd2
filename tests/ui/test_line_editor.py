"""A wrong answer, corrected on a real terminal."""

import pytest

from tests.fixtures.concurrency import wait_until
from tests.fixtures.home import Home
from tests.fixtures.screen import screen
from tests.fixtures.shells import program_on_path

WRONG = "https://acme.awsapps.com"


@pytest.mark.full
def test_corrected(home: Home) -> None:
    """The answer stands in the line, with the cursor at its end, and arrow keys work."""
    program_on_path(home)
    with screen(home, "sh", "-c", "ssohelper configure; echo code $?; cat", columns=80) as terminal:
        terminal.wait_for("start URL")
        terminal.type(WRONG, "Enter")
        wait_until(lambda: f"start URL: {WRONG}" in terminal.lines())
        terminal.type("/strt", "Left", "Left", "a", "Enter")
        lines = terminal.wait_for("region of")
        assert f"start URL: {WRONG}/start" in lines
        assert not any("cursor position" in each for each in lines)


@pytest.mark.full
@pytest.mark.parametrize(("key", "code"), [("C-c", 130), ("C-d", 130)])
def test_cancelled(home: Home, key: str, code: int) -> None:
    """Ctrl-C, and Ctrl-D in an empty line, cancel it; nothing is written."""
    program_on_path(home)
    home.environment["PS1"] = "$ "
    with screen(home, "sh", "-i") as terminal:
        terminal.wait_for("$")
        terminal.type("ssohelper configure; echo code $?", "Enter")
        terminal.wait_for("start URL")
        terminal.type(WRONG, "Enter")
        wait_until(lambda: f"start URL: {WRONG}" in terminal.lines())
        terminal.type("C-u")
        wait_until(lambda: "start URL:" in terminal.lines())
        terminal.type(key)
        terminal.wait_for(f"code {code}")
        assert not home.config.exists()


def test_dumb_terminal(home: Home) -> None:
    """Where no line can be edited, the question is asked like the first time."""
    home.environment["TERM"] = "dumb"
    dialogue = home.terminal("configure")
    dialogue.sendline(WRONG)
    dialogue.expect_exact("has no path")
    dialogue.expect_exact("start URL (such as acme")
    dialogue.sendline("acme")
    dialogue.expect_exact("region of IAM Identity Center")
