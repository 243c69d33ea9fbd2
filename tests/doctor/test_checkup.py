"""Commands that depend on the whole config file."""

from tests.fixtures.doctor_runs import PROFILE, SESSION, findings
from tests.fixtures.home import Home


def test_sync_command(configured: Home) -> None:
    """With several sessions, `sync` names the one of the profile; without one, there is no `sync` in the fix."""
    other = "[sso-session b]\nsso_start_url = https://b.awsapps.com/start\nsso_region = us-east-1\n"
    program = "credential_process = /none\nssohelper_session ="
    configured.config.write_text(f"{SESSION}{PROFILE}{other}[profile x]\n{program} b\n[profile y]\n{program}\n")
    commands = [each["fix"] for each in findings(configured, "--offline") if each["kind"] == "program-not-found"]
    assert commands == ["ssohelper sync --session b --yes", "ssohelper doctor --fix"]
