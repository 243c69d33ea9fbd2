"""Sections of the credentials file that belong into the config file."""

from pathlib import Path

from tests.fixtures.doctor_runs import config_findings, kinds
from tests.fixtures.home import Home

KEYS = "aws_access_key_id = a\naws_secret_access_key = s\n"


def written(home: Home, text: str) -> Path:
    """The credentials file with a text."""
    path = home.config.with_name("credentials")
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_header(configured: Home) -> None:
    """`[profile x]` becomes `[x]`, unless there is a profile of that name."""
    path = written(configured, f"[profile x]\n{KEYS}")
    assert kinds(config_findings(configured)) == [("credentials-header", 1)]
    configured.ssohelper("doctor", "--fix", "--yes", "--offline")
    assert (path.read_text(), config_findings(configured)) == (f"[x]\n{KEYS}", [])
    for other, line in ((f"[x]\n{KEYS}[profile x]\n{KEYS}", 4), (f"[profile good]\n{KEYS}", 1)):
        written(configured, other)
        (found,) = config_findings(configured)
        assert found["fix"] == f"${{EDITOR:-vi}} +{line} ~/.aws/credentials"


def test_sso_options(configured: Home) -> None:
    """Options for IAM Identity Center are a warning: botocore reads them there, other SDKs may not."""
    written(configured, "[good]\nsso_role_name = Admin\n")
    (found,) = config_findings(configured)
    assert (found["kind"], found["severity"], found["line"]) == ("sso-in-credentials-file", "warning", 2)
