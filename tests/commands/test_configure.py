"""`ssohelper configure`: write an sso-session."""

import json

import pexpect

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home


def test_asks(home: Home) -> None:
    """On a terminal, it asks for what is missing, and suggests a name."""
    dialogue = home.terminal("configure")
    for question, answer in (
        ("start URL (such as acme, or https://acme.awsapps.com/start): ", "https://acme.awsapps.com/start"),
        ("region of IAM Identity Center (? for a list) [us-east-1]: ", "eu-central-1"),
        ("name of the session [acme]: ", ""),
    ):
        dialogue.expect_exact(question)
        dialogue.sendline(answer)
    dialogue.expect(pexpect.EOF)
    assert home.config.read_text() == (
        "[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-central-1\n"
        "sso_registration_scopes = sso:account:access\n"
    )


def test_region_of_the_url(home: Home) -> None:
    """The region is not asked for if the URL names it; another one is an error."""
    url = "https://ssoins-1234567890abcdef.portal.eu-west-1.app.aws"
    done = home.ssohelper("configure", "--session", "acme", "--start-url", url)
    assert (done.returncode, "sso_region = eu-west-1" in home.config.read_text()) == (0, True)
    done = home.ssohelper("configure", "--session", "other", "--start-url", url, "--region", "us-east-1")
    assert (done.stderr, done.returncode) == (
        "ssohelper: the start URL is for region eu-west-1, not us-east-1\nhint: omit --region\n",
        2,
    )


def test_existing_session(home: Home) -> None:
    """Missing options are added, different ones are changed only with --replace; everything else stays."""
    home.config.parent.mkdir()
    home.config.write_text(
        "# mine\n[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\n\n[default]\n"
    )
    words = ("configure", "--session", "acme", "--region", "eu-west-1", "--start-url")
    assert home.ssohelper(*words, "https://acme.awsapps.com/start").returncode == 0
    assert home.ssohelper(*words, "https://other.awsapps.com/start").returncode == 2
    assert home.ssohelper(*words, "https://other.awsapps.com/start", "--replace").returncode == 0
    assert home.config.read_text() == (
        "# mine\n[sso-session acme]\nsso_start_url = https://other.awsapps.com/start\nsso_region = eu-west-1\n"
        "sso_registration_scopes = sso:account:access\n\n[default]\n"
    )


def test_json(home: Home, identity_center: Simulator) -> None:
    """--json has the session, and whether it was written; a second run has nothing to do."""
    url = identity_center.start_url
    words = ("configure", "--session", "acme", "--start-url", url, "--region", "us-east-1", "--json")
    expected = {"session": "acme", "start_url": url, "region": "us-east-1"}
    for written, message in (
        (True, "wrote [sso-session acme] to"),
        (False, "nothing to do: [sso-session acme] is in"),
    ):
        done = home.ssohelper(*words)
        assert json.loads(done.stdout) == {**expected, "written": written}
        errors = f"ssohelper: {message} ~/.aws/config\nnext: ssohelper login --session acme\n"
        assert (done.stderr, done.returncode) == (errors, 0)
