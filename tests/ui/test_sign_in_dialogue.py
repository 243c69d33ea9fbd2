"""What a sign-in by device code shows."""

import re
import subprocess
from collections.abc import Callable, Iterator

import pexpect
import pytest
import segno

from ssohelper.simulator.companies import organisation
from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home, command


@pytest.fixture
def manual() -> Iterator[Simulator]:
    """An Identity Center where a person has to approve each sign-in."""
    with Simulator(organisation(), rate=None) as simulator:
        yield simulator


@pytest.fixture
def configured(make_home: Callable[..., Home], manual: Simulator) -> Home:
    """A home folder with the session `acme`."""
    home = make_home(**manual.environment, NO_COLOR="1")
    url, region = manual.start_url, manual.region
    home.ssohelper("configure", "--session", "acme", "--start-url", url, "--region", region)
    return home


def modules(lines: list[str]) -> list[list[int]]:
    """The modules of a QR code drawn in half blocks, 1 for dark; the blocks are the light ones."""
    light = {"\u2588": (0, 0), "\u2580": (0, 1), "\u2584": (1, 0), " ": (1, 1)}
    rows = []
    for line in lines:
        halves = [light[each] for each in line]
        rows += [[upper for upper, _ in halves], [lower for _, lower in halves]]
    return rows


def test_qr_code(configured: Home, manual: Simulator) -> None:
    """A terminal shows the page's URL as a complete QR code with a light margin, at most 80 columns wide."""
    login = configured.terminal("login", "--no-browser")
    login.expect(r"  (http://\S+)\r\n  ([A-Z]{4}-[A-Z]{4})\r\n\r\n")
    assert isinstance(login.match, re.Match)
    url, code = login.match.groups()
    manual.approve(code)
    login.expect(pexpect.EOF)
    assert isinstance(login.before, str)
    drawn = [line for line in login.before.splitlines() if line and set(line) <= set("\u2588\u2580\u2584 ")]
    rows = modules(drawn)
    margin = 2
    found = [row[margin:-margin] for row in rows[margin : margin + len(rows[0]) - 2 * margin]]
    expected = segno.make(url, error="l", micro=False)
    assert found == [list(row) for row in expected.matrix]
    assert url == f"{manual.url}/device?user_code={code}"
    edge = [*rows[:margin], *[row[:margin] + row[-margin:] for row in rows[: len(rows[0])]]]
    assert {module for row in edge for module in row} == {0}
    assert len(rows[0]) <= 80


def test_no_qr_code(configured: Home, manual: Simulator) -> None:
    """Without a terminal the URL and the code are printed on a line each, without a QR code."""
    with subprocess.Popen(
        command("ssohelper", "login"),
        env=configured.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [process.stderr.readline() for _ in range(4)]
        code = lines[3].strip()
        manual.approve(code)
        rest, output = process.stderr.read(), process.stdout.read()
    assert process.returncode == 0
    assert output == ""
    assert "".join(lines) + rest == (
        "ssohelper: to sign in to acme, open this page and check that it shows the code below\n"
        f"\n  {manual.url}/device?user_code={code}\n  {code}\n\n"
        "ssohelper: signed in to acme\n"
    )
