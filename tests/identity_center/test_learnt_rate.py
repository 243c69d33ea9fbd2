"""The rate that a portal was found to allow is remembered for a day."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ssohelper.identity_center import learnt_rate
from ssohelper.model import Session
from ssohelper.simulator.companies import generate
from ssohelper.simulator.server import Simulator
from ssohelper.storage import paths
from tests.fixtures.home import Home, sign_in

SESSION = Session("acme", "https://acme.awsapps.com/start", "us-east-1")
NOW, DAY = 1767225600.0, 24 * 3600.0


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)


def test_remembered() -> None:
    """It is that of a portal, whichever session uses it, for a day."""
    assert learnt_rate.load(SESSION, NOW) is None
    learnt_rate.save(SESSION, 19.5, NOW)
    assert learnt_rate.load(SESSION._replace(name="other", scopes=()), NOW + DAY - 1) == 19.5
    assert learnt_rate.load(SESSION, NOW + DAY) is None
    assert learnt_rate.load(SESSION, NOW - 1) is None  # the clock was ahead
    assert learnt_rate.load(SESSION._replace(region="eu-west-1"), NOW) is None
    assert learnt_rate.load(SESSION._replace(start_url="https://beta.awsapps.com/start"), NOW) is None


@pytest.mark.parametrize(("rate", "used"), [(0.5, 10.0), (1e-300, 10.0), (10.5, 10.5), (300.0, 300.0)])
def test_low_rates(rate: float, used: float) -> None:
    """A rate that is much lower than usual makes no command of a whole day slow."""
    learnt_rate.save(SESSION, rate, NOW)
    assert learnt_rate.load(SESSION, NOW) == used


@pytest.mark.parametrize("text", ["", "{", "[]", '{"rate": 19.5}', '{"rate": "x", "learnt_at": 0}'])
def test_damaged(text: str) -> None:
    """A file that holds anything else is as good as none."""
    learnt_rate.save(SESSION, 19.5, NOW)
    (path,) = (paths.state() / "rates").iterdir()
    path.write_text(text)
    assert learnt_rate.load(SESSION, NOW) is None


@pytest.mark.parametrize("rate", ["0", "-1", "Infinity", "NaN"])
def test_impossible_rates(rate: str) -> None:
    """A rate at which no request would ever be sent, or all at once, is not used."""
    learnt_rate.save(SESSION, 19.5, NOW)
    (path,) = (paths.state() / "rates").iterdir()
    path.write_text(f'{{"rate": {rate}, "learnt_at": {NOW}}}')
    assert learnt_rate.load(SESSION, NOW) is None


def test_read_only_state(tmp_path: Path) -> None:
    """Where it cannot be saved, nothing happens."""
    (tmp_path / ".local").write_bytes(b"")
    learnt_rate.save(SESSION, 19.5, NOW)
    assert learnt_rate.load(SESSION, NOW) is None


@pytest.mark.full
def test_by_a_later_command(make_home: Callable[..., Home]) -> None:
    """A first listing at the limit learns it from throttled requests; of a later one, at most 3 are throttled."""
    with Simulator(generate(150, 1), rate=20.0, auto_approve=True) as center:
        home = make_home("limited", **center.environment)
        sign_in(home, center)
        throttled = []
        for _ in range(2):
            center.counters.reset()
            done = home.ssohelper("roles", "--fresh")
            assert (done.returncode, len(done.stdout.splitlines())) == (0, 151)
            throttled.append(center.counters.throttled)
    assert throttled[0] > 0
    assert throttled[1] <= 3
