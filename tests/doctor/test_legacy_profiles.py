"""Profiles with a start URL of their own."""

import pexpect
import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.doctor_runs import PROFILE, ROLE, SESSION, check_fix, config_findings, findings, fix_config, kinds
from tests.fixtures.home import Home

pytestmark = pytest.mark.full

ADMIN = "sso_account_id = 333344445555\nsso_role_name = AdministratorAccess\n"


def test_converted_to_its_session(healthy: Home, identity_center: Simulator) -> None:
    """A profile with the start URL of a session gets that session."""
    start = f"sso_start_url = {identity_center.start_url}\nsso_region = us-east-1\n"
    healthy.config.write_text(f"{healthy.config.read_text()}[profile old]\n{start}{ADMIN}")
    assert [(each["kind"], each["severity"]) for each in findings(healthy, "--offline")] == [("legacy", "warning")]
    check_fix(healthy, "--offline")
    assert healthy.ssohelper("credential-process", "--profile", "old").returncode == 0


def test_another_region(healthy: Home, identity_center: Simulator) -> None:
    """A profile whose region is not that of the session with its start URL is an error, and names both regions."""
    start = f"sso_start_url = {identity_center.start_url}/#\nsso_region = eu-west-1\n"
    healthy.config.write_text(f"{healthy.config.read_text()}[profile old]\n{start}{ADMIN}")
    (found,) = findings(healthy, "--offline")
    assert found["severity"] == "error"
    assert found["message"].endswith("no automatic refresh (acme is in us-east-1, not in eu-west-1)")
    check_fix(healthy, "--offline")
    assert healthy.ssohelper("credential-process", "--profile", "old").returncode == 0


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-9"])
def test_new_session(healthy: Home, identity_center: Simulator, region: str) -> None:
    """Without a session, one command configures it, signs in, and converts the profile.

    It asks for the region if the one of the profile has no Identity Center; the profile is then converted separately.
    """
    start = f"sso_start_url = {identity_center.start_url}\nsso_region = {region}\n"
    healthy.config.write_text(f"[profile old]\n{start}{ADMIN}")
    legacy = next(each for each in findings(healthy, "--offline") if each["kind"] == "legacy")
    person = healthy.terminal("-c", legacy["fix"], program="sh")
    if region != "us-east-1":
        person.expect("region of IAM Identity Center")
        person.sendline("us-east-1")
    person.expect_exact("[y/N] ")
    person.sendline("y")
    person.expect(pexpect.EOF)
    if region != "us-east-1":
        check_fix(healthy, "--offline")
    assert "sso_session = sso\n" in healthy.config.read_text()
    assert healthy.ssohelper("credential-process", "--profile", "old").returncode == 0


def test_start_url_in_backticks(configured: Home) -> None:
    """A start URL as granted writes it is recognized as that of the session."""
    start = "sso_start_url = `https://acme.awsapps.com/start#`\nsso_region = us-east-1\n"
    configured.config.write_text(f"{SESSION}{PROFILE}[profile x]\n{start}{ROLE}")
    found = config_findings(configured)
    assert kinds(found) == [("legacy", 9)]
    fix_config(configured, found)
    assert "[profile x]\nsso_session = acme\n" in configured.config.read_text()


def test_two_sessions_with_one_start_url(configured: Home) -> None:
    """Of two sessions with the start URL, the profile gets the one in its region."""
    other = SESSION.replace("acme]", "west]").replace("us-east-1", "us-west-2")
    options = other.partition("\n")[2]
    configured.config.write_text(f"{SESSION}{PROFILE}{other}[profile x]\n{options}{ROLE}")
    found = config_findings(configured)
    assert [(each["kind"], each["severity"]) for each in found] == [("legacy", "warning")]
    fix_config(configured, found)
    assert "[profile x]\nsso_session = west\n" in configured.config.read_text()
