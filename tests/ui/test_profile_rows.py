"""What is known of profiles from files: their order and style."""

import pytest

from ssohelper.context import Context
from ssohelper.shell import recent_profiles
from ssohelper.ui import profile_rows
from tests.fixtures.home import Home


@pytest.fixture(autouse=True)
def _in_home(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, home.environment[name])


def test_recent_first() -> None:
    """The last used ones stand first, the latest of them at the top; names that are gone are left out."""
    for name in ("b", "gone", "d"):
        recent_profiles.record(name)
    assert profile_rows.recent_first(["a", "b", "c", "d", "a"]) == ["d", "b", "a", "c"]


def test_styles(signed_in: Home) -> None:
    """Each way to credentials has a name."""
    role = "sso_account_id = 111122223333\nsso_role_name = R\n"
    url = signed_in.environment["AWS_ENDPOINT_URL_SSO"]
    words = ("--style", "credential-process", "--include", "management/*")
    assert signed_in.ssohelper("sync", "--yes", *words).returncode == 0
    with signed_in.config.open("a") as config:
        config.write(f"[profile a]\nsso_session = acme\n{role}[profile b]\nsso_start_url = {url}/start\n")
        config.write(f"sso_region = us-east-1\n{role}[profile c]\nsource_profile = a\nregion = us-east-1\n")
        config.write("role_arn = arn:aws:iam::111122223333:role/X\n")
    context = Context(warn=print, waiting=lambda _what: print, environment={})
    found = {name: row.style for name, row in profile_rows.read(context).items()}
    assert found == {"management.ReadOnly": "credential-process", "a": "sso", "b": "legacy", "c": "chained"}
