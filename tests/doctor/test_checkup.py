"""Commands that depend on the whole config file."""

from tests.fixtures.doctor_runs import PROFILE, SESSION, findings
from tests.fixtures.home import Home


def test_sync_command(configured: Home) -> None:
    """With several sessions, `sync` names the one of the profile; without one, there is no `sync` in the fix."""
    other = "[sso-session b]\nsso_start_url = https://b.awsapps.com/start\nsso_region = us-east-1\n"
    half = "sso_account_id = 111122223333\n"
    configured.config.write_text(f"{SESSION}{PROFILE}{other}[profile x]\nsso_session = b\n{half}[profile y]\n{half}")
    commands = [
        each["fix"].partition("&& ")[2]
        for each in findings(configured, "--offline")
        if each["kind"] == "incomplete-profile"
    ]
    assert commands == ["ssohelper sync --session b", ""]
