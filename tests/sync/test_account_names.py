"""The names of accounts, as they were last listed."""

from pathlib import Path

import pytest

from ssohelper.roles import Account
from ssohelper.storage import paths
from ssohelper.sync import account_names
from tests.fixtures.sync_worlds import MAIN

NOW = 1_800_000_000.0
DAY = 24 * 3600
NAMES = {"111111111111": "prod", "222222222222": None}


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)


def test_load() -> None:
    """Names are used for a day; older ones are only shown."""
    assert (account_names.load(MAIN, NOW), account_names.shown(MAIN)) == (None, {})
    account_names.save(MAIN, [Account("111111111111", "prod", "prod@example.com"), Account("222222222222")], NOW)
    assert account_names.load(MAIN, NOW + DAY) == NAMES
    assert account_names.load(MAIN, NOW + DAY + 1) is None
    assert account_names.shown(MAIN) == NAMES


@pytest.mark.parametrize(
    "content", ["", "[]", '{"names": {"1": "a"}}', '{"listed_at": "x", "names": {}}', '{"listed_at": 1, "names": []}']
)
def test_invalid_file(content: str) -> None:
    """A file with other content has no names."""
    account_names.save(MAIN, [], NOW)
    [path] = (paths.state() / "account-names").iterdir()
    path.write_text(content)
    assert (account_names.load(MAIN, NOW), account_names.shown(MAIN)) == (None, {})
