"""Files that other users of the machine can read or change."""

import json
import os
from pathlib import Path

import pytest

from tests.fixtures.doctor_runs import check_fix, findings, run_fix
from tests.fixtures.drawing import token_file
from tests.fixtures.home import Home


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_modes(healthy: Home) -> None:
    """Secrets that others can read, and files and folders that they can change."""
    for name, mode, what in (
        (".aws/credentials", 0o644, "read"),
        (".aws/config", 0o666, "change"),
        (".aws", 0o777, "change"),
        (".aws/sso/cache", 0o775, "change"),
        (".config/ssohelper/config.toml", 0o666, "change"),
    ):
        path = healthy.path / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        path.chmod(mode)
        (found,) = findings(healthy, "--offline")
        assert (found["kind"], found["message"]) == ("file-mode", f"other users of this machine can {what} ~/{name}")
        run_fix(healthy, found["fix"])
    assert findings(healthy, "--offline") == []


def test_mode_of_a_token(healthy: Home) -> None:
    """A token file that others can read becomes private."""
    token_file(healthy).chmod(0o644)
    check_fix(healthy, "--offline")
    assert token_file(healthy).stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_owner(healthy: Home) -> None:
    """Files of ours that belong to another user, which are ignored."""
    for path in (token_file(healthy), healthy.state):
        os.chown(path, 12345, -1)
        done = healthy.ssohelper("doctor", "--offline", "--json")
        (found,) = (each for each in json.loads(done.stdout)["findings"] if each["kind"] == "file-owner")
        shown = f"~/{path.relative_to(healthy.path)}"
        assert (found["message"], found["fix"]) == (
            f"{shown} belongs to another user",
            f"sudo chown -R {os.getuid()} {shown}",
        )
        os.chown(path, 0, -1)
    assert findings(healthy, "--offline") == []


def test_folder_for_everybody(healthy: Home, tmp_path: Path) -> None:
    """A folder for everybody, such as /tmp, is no place for the config file; its mode is not changed."""
    folder = tmp_path / "everybody"
    folder.mkdir()
    folder.chmod(0o1777)
    (folder / "config").write_bytes(healthy.config.read_bytes())
    found = findings(healthy, "--offline", AWS_CONFIG_FILE=f"{folder}/config")
    fixes = [each["fix"] for each in found if each["kind"] == "file-mode"]
    assert fixes == [f"do not keep these files in {folder}, which is for everybody"]


def test_settings_folder(healthy: Home) -> None:
    """The folder of config.toml, which names programs that are run."""
    healthy.settings.parent.mkdir(parents=True)
    healthy.settings.touch()
    healthy.settings.parent.chmod(0o777)
    check_fix(healthy, "--offline")
