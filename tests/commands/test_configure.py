"""`ssohelper configure`: write an sso-session."""

import json

import pexpect
import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home, sign_in


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
        assert json.loads(done.stdout) == {**expected, "written": written, "changes": {}}
        errors = f"ssohelper: {message} ~/.aws/config\nnext: ssohelper login --session acme\n"
        assert (done.stderr, done.returncode) == (errors, 0)


def test_part_of_a_session(home: Home) -> None:
    """What is not given stays as it is; --replace says what changes."""
    home.config.parent.mkdir()
    section = "[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n"
    home.config.write_text(f"{section}sso_registration_scopes = sso:account:access\n")
    done = home.ssohelper("configure", "--session", "acme")
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        0,
        "ssohelper: nothing to do: [sso-session acme] is in ~/.aws/config",
    )
    done = home.ssohelper("configure", "--session", "acme", "--region", "us-east-1")
    assert (done.returncode, "has another sso_region" in done.stderr) == (2, True)
    done = home.ssohelper("configure", "--session", "acme", "--region", "us-east-1", "--replace", "--json")
    assert done.stderr.splitlines()[0] == "ssohelper: [sso-session acme] sso_region: eu-west-1 -> us-east-1"
    assert json.loads(done.stdout)["changes"] == {"sso_region": ["eu-west-1", "us-east-1"]}
    assert "sso_start_url = https://acme.awsapps.com/start\nsso_region = us-east-1\n" in home.config.read_text()


def test_replace_asks(home: Home) -> None:
    """With --replace alone, all is asked for, and Enter keeps it; a name that another session has is asked again."""
    home.config.parent.mkdir()
    home.config.write_text(
        "[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n"
    )
    dialogue = home.terminal("configure", "--session", "acme", "--replace")
    for question, answer in (
        ("start URL [https://acme.awsapps.com/start]: ", "https://acme-2.awsapps.com/start"),
        ("region of IAM Identity Center (? for a list) [eu-west-1]: ", ""),
        ("acme.awsapps.com/start -> https://acme-2.awsapps.com/start", None),
    ):
        dialogue.expect_exact(question)
        if answer is not None:
            dialogue.sendline(answer)
    dialogue.expect(pexpect.EOF)
    dialogue = home.terminal("configure", "--start-url", "other", "--region", "us-east-1")
    dialogue.expect_exact("name of the session [other]: ")
    dialogue.sendline("acme")
    dialogue.expect_exact("[sso-session acme] has another start URL or region; choose another name")
    dialogue.expect_exact("acme")
    dialogue.sendline("-3")
    dialogue.expect_exact("next: ssohelper login --session acme-3")
    assert home.config.read_text() == (
        "[sso-session acme]\nsso_start_url = https://acme-2.awsapps.com/start\nsso_region = eu-west-1\n"
        "sso_registration_scopes = sso:account:access\n\n"
        "[sso-session acme-3]\nsso_start_url = https://other.awsapps.com/start\nsso_region = us-east-1\n"
        "sso_registration_scopes = sso:account:access\n"
    )


def test_list(synced: Home) -> None:
    """--list shows each session, with the number of its profiles."""
    with synced.config.open("a") as config:
        config.write(
            "\n[profile mine]\nsso_session = acme\nsso_account_id = 111122223333\nsso_role_name = ReadOnly\n"
        )
    done = synced.ssohelper("configure", "--list")
    assert [each.split() for each in done.stdout.splitlines()] == [
        ["session", "start", "url", "region", "managed", "profiles", "other", "profiles"],
        ["acme", synced.environment["AWS_ENDPOINT_URL_SSO"] + "/start", "us-east-1", "16", "1"],
    ]
    listed = json.loads(synced.ssohelper("configure", "--list", "--json").stdout)
    assert [(each["session"], each["managed_profiles"], each["other_profiles"]) for each in listed] == [
        ("acme", 16, 1)
    ]


def test_list_nothing(home: Home) -> None:
    """Without a session, the next step is named."""
    done = home.ssohelper("configure", "--list")
    assert (done.stdout, done.stderr.splitlines()) == (
        "",
        ["ssohelper: no sso-session configured in ~/.aws/config", "hint: ssohelper setup"],
    )


@pytest.fixture
def with_own_profiles(synced: Home) -> Home:
    """A home folder in which profiles that are not managed use the session, directly or as a source."""
    role = "sso_account_id = 111122223333\nsso_role_name = ReadOnly\n"
    mine = (
        f"# mine\n[profile mine]\nsso_session = acme\n{role}\n"
        "[profile on-top]\nrole_arn = arn:aws:iam::111122223333:role/X\nsource_profile = management.ReadOnly\n\n"
        f"[profile other]\nregion = eu-west-1\n"
    )
    synced.config.write_text(f"{mine}\n{synced.config.read_text()}")
    return synced


def test_remove(with_own_profiles: Home, identity_center: Simulator) -> None:
    """It names what depends on the session, and after a yes removes managed profiles only, and signs out."""
    home = with_own_profiles
    mine = home.config.read_text().partition("\n[sso-session")[0]
    home.environment["NO_COLOR"] = "1"
    dialogue = home.terminal("configure", "--remove", "--session", "acme")
    dialogue.expect_exact("- [sso-session acme]\r\n- [profile data-platform-dev.Developer]\r\n")
    dialogue.expect_exact("- [profile security-audit.ReadOnly]\r\n")
    dialogue.expect_exact("not managed, and will no longer work: mine, on-top\r\n")
    dialogue.expect_exact("remove this from ~/.aws/config? [y/N] ")
    dialogue.sendline("y")
    dialogue.expect_exact("ssohelper: removed [sso-session acme] from ~/.aws/config (backup: ")
    dialogue.expect_exact("ssohelper: signed out of acme")
    dialogue.expect(pexpect.EOF)
    assert home.config.read_text().strip() == mine.strip()
    assert identity_center.counters.calls["Logout"] == 1


def test_remove_not_confirmed(with_own_profiles: Home) -> None:
    """Enter, Ctrl-C and a missing terminal change nothing."""
    home = with_own_profiles
    before = home.config.read_bytes()
    for answer in ("\r", "\x03"):
        dialogue = home.terminal("configure", "--remove")
        dialogue.expect_exact("remove this from ~/.aws/config? [y/N] ")
        dialogue.send(answer)
        dialogue.expect(pexpect.EOF)
    done = home.ssohelper("configure", "--remove", "--session", "acme")
    hint = "hint: ssohelper configure --remove --session acme --yes"
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, hint)
    assert (home.config.read_bytes(), home.ssohelper("accounts").returncode) == (before, 0)


def test_remove_without_terminal(with_own_profiles: Home) -> None:
    """With --yes and --json, programs can remove it, and get the names."""
    done = with_own_profiles.ssohelper("configure", "--remove", "--yes", "--json", "--session", "acme")
    found = json.loads(done.stdout)
    assert (done.returncode, found["session"], len(found["profiles"]), found["broken_profiles"]) == (
        0,
        "acme",
        16,
        ["mine", "on-top"],
    )
    done = with_own_profiles.ssohelper("configure", "--remove", "--yes", "--session", "acme")
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, "ssohelper: sso-session 'acme' not found")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("--list --session x", "--list can only be combined with --json"),
        ("--remove --region us-east-1", "--remove cannot be combined with --replace, --start-url or --region"),
        ("--yes", "--yes requires --remove"),
    ],
)
def test_contradictions(home: Home, words: str, problem: str) -> None:
    """Options that contradict each other are refused."""
    done = home.ssohelper("configure", *words.split())
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, f"ssohelper: {problem}")


def test_changed_meanwhile(with_own_profiles: Home) -> None:
    """If another profile begins to use the session while the question waits, nothing is removed or signed out."""
    home = with_own_profiles
    dialogue = home.terminal("configure", "--remove")
    dialogue.expect_exact("remove this from ~/.aws/config? [y/N] ")
    late = "\n[profile late]\nsso_session = acme\nsso_account_id = 111122223333\nsso_role_name = ReadOnly\n"
    with home.config.open("a") as config:
        config.write(late)
    dialogue.sendline("y")
    dialogue.expect_exact("the config file has changed in the meantime")
    dialogue.expect_exact("run the command again")
    dialogue.expect(pexpect.EOF)
    assert home.config.read_text().count("[profile ") == 20
    assert home.ssohelper("accounts").returncode == 0


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--yes",), "--session is missing; configured: acme, beta"),
        ((), "--session is missing; configured: acme, beta"),
        (("--yes", "--session", ""), "sso-session '' not found; configured: acme, beta"),
        (("--yes", "--session", "acne"), "sso-session 'acne' not found; configured: acme, beta"),
    ],
)
@pytest.mark.parametrize("on_terminal", [True, False])
def test_only_what_is_named(
    synced: Home, identity_center: Simulator, words: tuple[str, ...], problem: str, *, on_terminal: bool
) -> None:
    """Neither the environment nor likeness nor a list decides which session is removed."""
    sign_in(synced, identity_center, "beta")
    before = synced.config.read_bytes()
    synced.environment.update(AWS_PROFILE="sandbox.ReadOnly-777788889999", SSOHELPER_SESSION="acme", NO_COLOR="1")
    if on_terminal:
        dialogue = synced.terminal("configure", "--remove", *words)
        dialogue.expect_exact(f"ssohelper: {problem}\r\n")
        dialogue.expect(pexpect.EOF)
    else:
        done = synced.ssohelper("configure", "--remove", *words)
        assert (done.returncode, done.stderr.splitlines()[0]) == (2, f"ssohelper: {problem}")
    assert (synced.config.read_bytes(), synced.ssohelper("accounts").returncode) == (before, 0)


def test_not_writable(with_own_profiles: Home) -> None:
    """If the file cannot be edited, nothing is asked, and the sign-in stays."""
    home = with_own_profiles
    with home.config.open("a") as config:
        config.write("\n[profile management.ReadOnly]\nregion = us-east-1\n")
    done = home.ssohelper("configure", "--remove", "--yes", "--session", "acme")
    assert (done.returncode, "remove this" in done.stderr, "profile 'management.ReadOnly'" in done.stderr) == (
        1,
        False,
        True,
    )
    assert home.ssohelper("accounts").returncode == 0
