"""Our folders, and which AWS files are used: as in botocore, but never the copies of `exec`."""

from pathlib import Path

import botocore.configloader
import pytest

from ssohelper.storage import folders


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder, without any of our variables."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(f"SSOHELPER_{variable}", raising=False)
    return tmp_path


@pytest.mark.parametrize("value", ["", "relative", "./x", "~/x", "$HOME/x"])
def test_invalid_xdg_folders(home: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """The XDG specification says that paths must be absolute; others are ignored."""
    monkeypatch.setenv("XDG_STATE_HOME", value)
    monkeypatch.setenv("XDG_CONFIG_HOME", value)
    assert folders.folder() == f"{home}/.local/state/ssohelper"
    assert folders.settings_folder() == f"{home}/.config/ssohelper"


def test_xdg_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Absolute ones are used."""
    monkeypatch.setenv("XDG_STATE_HOME", "/a b")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/c")
    assert (folders.folder(), folders.settings_folder()) == ("/a b/ssohelper", "/c/ssohelper")


@pytest.mark.parametrize(
    "value", ["~/config", "$HOME/config", "${HOME}/config", "~", "$MISSING/config", "$DIR/config"]
)
def test_expanded_as_in_botocore(home: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Variables and `~` in the path of the config file are expanded as botocore does it."""
    monkeypatch.setenv("DIR", "~/dir")
    (home / "dir").mkdir()
    for file in (home / "config", home / "dir" / "config"):
        file.write_text("[default]\nregion = eu-west-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", value)
    found = Path(folders.aws_config_file())
    try:
        loaded = botocore.configloader.load_config(value)["profiles"]
    except botocore.exceptions.ConfigNotFound:
        loaded = {}
    assert (found.is_file(), str(found).startswith("~")) == (bool(loaded), False)


@pytest.mark.parametrize("variable", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
def test_copies_of_exec(home: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """Inside `ssohelper exec` the variable names a copy; we use the user's own file."""
    find = folders.aws_config_file if variable == "AWS_CONFIG_FILE" else folders.aws_credentials_file
    copy = f"{folders.folder()}/exec/tmpabc/{variable}"
    monkeypatch.setenv(variable, copy)
    monkeypatch.setenv(f"SSOHELPER_{variable}", "/own/file")
    assert find() == "/own/file"
    monkeypatch.delenv(f"SSOHELPER_{variable}")
    assert find() == copy
    monkeypatch.setenv(f"SSOHELPER_{variable}", "/own/file")
    monkeypatch.setenv(variable, f"{home}/another")  # set by the command inside: it overrides ours
    assert find() == f"{home}/another"
