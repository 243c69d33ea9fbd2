"""The dialogue for an sso-session, on a terminal."""

import io

import pexpect

from tests.fixtures.home import Home


def test_asks_again(home: Home) -> None:
    """A wrong answer is asked again, with the reason, and can be edited; no options are named."""
    dialogue = home.terminal("configure")
    for shown, answer in (
        ("start URL (such as acme, or https://acme.awsapps.com/start): ", "https://acme.awsapps.com"),
        ("has no path (expected https://acme.awsapps.com/start)", None),
        ("https://acme.awsapps.com", "/start"),
        ("region of IAM Identity Center (? for a list) [us-east-1]: ", "?"),
        ("  eu-central-1    Europe (Frankfurt)\r\n", None),
        ("region of IAM Identity Center (? for a list) [us-east-1]: ", "eu-centarl-1"),
        ("is not available in region 'eu-centarl-1'; did you mean eu-central-1 (Frankfurt)", None),
        ("eu-centarl-1", "\x15EU-CENTRAL-1"),
        ("name of the session [acme]: ", "my session"),
        ("not a valid session name: 'my session'", None),
        ("my session", "\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7fteam"),
    ):
        dialogue.expect_exact(shown)
        if answer is not None:
            dialogue.sendline(answer)
    dialogue.expect_exact("next: ssohelper login --session myteam")
    dialogue.expect(pexpect.EOF)
    assert isinstance(dialogue.logfile_read, io.StringIO)
    assert "--start-url" not in dialogue.logfile_read.getvalue()
    assert "sso_start_url = https://acme.awsapps.com/start\nsso_region = eu-central-1\n" in home.config.read_text()


def test_guesses(home: Home) -> None:
    """The region of the environment is the default answer; a name that another start URL has is not."""
    home.config.parent.mkdir()
    home.config.write_text(
        "[sso-session acme]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n"
    )
    home.environment["AWS_REGION"] = "eu-central-1"
    dialogue = home.terminal("configure")
    for question, answer in (
        ("start URL (such as acme, or https://acme.awsapps.com/start): ", "acme"),
        ("region of IAM Identity Center (? for a list) [eu-central-1]: ", ""),
        ("name of the session [acme-2]: ", ""),
    ):
        dialogue.expect_exact(question)
        dialogue.sendline(answer)
    dialogue.expect_exact("next: ssohelper login --session acme-2")


def test_region_of_the_url(home: Home) -> None:
    """A region that a start URL names is checked like one that is typed; in the dialogue, the URL is asked again."""
    wrong, problem = "https://x.portal.s3.app.aws", "IAM Identity Center is not available in region 's3'"
    done = home.ssohelper("configure", "--start-url", wrong, "--session", "acme")
    assert (done.returncode, problem in done.stderr, home.config.exists()) == (2, True, False)
    dialogue = home.terminal("configure", "--session", "acme")
    dialogue.sendline(wrong)
    dialogue.expect_exact(problem)
    dialogue.expect_exact(wrong)
    dialogue.sendline("\x15https://x.portal.eu-west-1.app.aws")
    dialogue.expect_exact("next: ssohelper login --session acme")
    assert "sso_region = eu-west-1\n" in home.config.read_text()
