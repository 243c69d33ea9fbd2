"""The path of each file, in every environment."""

from pathlib import Path

import pytest

from ssohelper.storage import paths


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder, without any of our variables."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(f"SSOHELPER_{variable}", raising=False)
    return tmp_path


def test_defaults(home: Path) -> None:
    """The AWS CLI's files, and ours in the folders of the XDG specification."""
    assert (paths.aws_config(), paths.aws_credentials()) == (home / ".aws/config", home / ".aws/credentials")
    assert (paths.sso_cache(), paths.role_cache()) == (home / ".aws/sso/cache", home / ".aws/cli/cache")
    assert (paths.settings(), paths.state()) == (
        home / ".config/ssohelper/config.toml",
        home / ".local/state/ssohelper",
    )


def test_nothing_moves_the_caches(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS's variables move the config files, but not the caches, as in botocore."""
    monkeypatch.setenv("AWS_CONFIG_FILE", "/elsewhere/config")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/elsewhere/credentials")
    assert (paths.aws_config(), paths.aws_credentials()) == (
        Path("/elsewhere/config"),
        Path("/elsewhere/credentials"),
    )
    assert paths.default_aws_config() == home / ".aws/config"
    assert (paths.sso_cache(), paths.role_cache()) == (home / ".aws/sso/cache", home / ".aws/cli/cache")


def test_shown(home: Path) -> None:
    """Messages show `~` for the home folder, and nothing else for it."""
    assert paths.shown(home / ".aws" / "config") == "~/.aws/config"
    assert paths.shown(home) == "~"
    assert paths.shown(home.with_name(f"{home.name}2") / "config") == f"{home}2/config"
