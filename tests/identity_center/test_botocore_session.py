"""botocore sessions that read no settings of the user."""

from pathlib import Path

import botocore.session
import pytest
from botocore.exceptions import ConfigParseError

from ssohelper.identity_center import botocore_session


def test_isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the profile nor the files that the environment names are read, even invalid ones."""
    invalid = tmp_path / "config"
    invalid.write_text("this is not a config file\n")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(invalid))
    monkeypatch.setenv("AWS_PROFILE", "missing")
    with pytest.raises(ConfigParseError):
        _ = botocore.session.Session().full_config
    session = botocore_session.isolated()
    assert (session.full_config, session.profile) == ({"profiles": {}}, None)
