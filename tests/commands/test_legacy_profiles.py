"""Profiles without sso_session (legacy): they work, with a hint that their sign-in cannot be refreshed."""

import hashlib
import json
import shlex
import sys
from collections.abc import Callable

import pexpect
import pytest

from ssohelper.simulator.companies import organisation
from ssohelper.simulator.server import Simulator
from tests.fixtures.browser_logins import cached_files, desktop_home
from tests.fixtures.clients import aws_cli_2, use_simulator
from tests.fixtures.home import Home
from tests.fixtures.sts import Sts

pytestmark = pytest.mark.full

ROLES = {"pay": ("333344445555", "ReadOnly"), "sandbox": ("777788889999", "Developer")}
VALID = "valid for 7h 59m"


@pytest.fixture
def legacy(home: Home, identity_center: Simulator) -> Home:
    """A home folder with two legacy profiles."""
    home.config.parent.mkdir()
    home.config.write_text("".join(profile(identity_center, name) for name in ROLES))
    return home


def profile(identity_center: Simulator, name: str) -> str:
    """A legacy profile."""
    account_id, role_name = ROLES[name]
    return (
        f"[profile {name}]\nsso_start_url = {identity_center.start_url}\nsso_region = us-east-1\n"
        f"sso_account_id = {account_id}\nsso_role_name = {role_name}\nregion = us-east-1\n\n"
    )


def session(name: str, start_url: str) -> str:
    """An sso-session."""
    return f"[sso-session {name}]\nsso_start_url = {start_url}\nsso_region = us-east-1\n\n"


def warning(identity_center: Simulator) -> str:
    """The warning at each legacy sign-in."""
    return (
        "ssohelper: this sign-in cannot be refreshed: profiles without sso_session have no refresh token;"
        " configure an sso-session, then sync its profiles\n"
        f"hint: ssohelper configure --start-url {identity_center.start_url} --region us-east-1\n"
    )


def issued_for(identity_center: Simulator, key: str) -> tuple[str, str]:
    """The account and the role that a key was issued for."""
    issued = identity_center.issued(key)
    return issued.account_id, issued.role_name


def test_sync(legacy: Home, identity_center: Simulator) -> None:
    """`sync` writes no profiles, since they would refer to a session without a name."""
    before, url = legacy.config.read_bytes(), identity_center.start_url
    done = legacy.ssohelper("sync", "--yes")
    assert (done.stdout, done.returncode, legacy.config.read_bytes()) == ("", 2, before)
    assert done.stderr.splitlines() == [
        f"ssohelper: no sso-session is configured for {url}: profiles need its name",
        f"hint: ssohelper configure --start-url {url} --region us-east-1",
    ]


def test_sync_with_a_session(legacy: Home, identity_center: Simulator) -> None:
    """If the current profile is a legacy one, the hint names the sso-session with the same start URL."""
    url = identity_center.start_url
    legacy.config.write_text(legacy.config.read_text() + session("acme", url))
    assert legacy.ssohelper("login", "--session", "acme").returncode == 0
    done = legacy.ssohelper("sync", "--adopt", "--yes", AWS_PROFILE="pay")
    assert (done.stderr.splitlines(), done.returncode) == (
        [
            f"ssohelper: profiles need the name of an sso-session: {url} is configured as acme",
            "hint: ssohelper sync --adopt --yes --session acme",
        ],
        2,
    )
    hint = shlex.split(done.stderr.splitlines()[1].removeprefix("hint: "))
    assert legacy.run(*hint, AWS_PROFILE="pay").returncode == 0
    assert legacy.config.read_text().count("ssohelper_session = acme") == 16


def test_login_by_profile(legacy: Home, identity_center: Simulator) -> None:
    """--profile selects the session of a profile, as in the AWS CLI."""
    legacy.config.write_text(legacy.config.read_text() + session("acme", identity_center.start_url))
    for name, url in (("acme", "acme"), ("pay", identity_center.start_url)):
        words = ("--session", name) if name == "acme" else ("--profile", name)
        done = legacy.ssohelper("login", *words, "--json")
        assert (json.loads(done.stdout.splitlines()[-1])["session"], done.returncode) == (url, 0)
    done = legacy.ssohelper("login", "--profile", "unknown")
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        2,
        "ssohelper: profile 'unknown' not found in ~/.aws/config",
    )


def test_status_with_a_session(legacy: Home, identity_center: Simulator) -> None:
    """With a signed-in session for the same start URL, the legacy one is shown, but no sign-in is suggested."""
    legacy.config.write_text(legacy.config.read_text() + session("acme", identity_center.start_url))
    assert legacy.ssohelper("login", "--session", "acme").returncode == 0
    done = legacy.ssohelper("status", "--json")
    found = {each["session"]: each["signed_in"] for each in json.loads(done.stdout)["sessions"]}
    assert (found, done.stderr, done.returncode) == ({"acme": True, identity_center.start_url: False}, "", 0)


def test_login(legacy: Home, identity_center: Simulator) -> None:
    """It signs in by device code, without scopes; the files are those of the AWS CLI for a start URL."""
    url = identity_center.start_url
    done = legacy.ssohelper("login")
    assert (done.stdout, done.returncode) == ("", 0)
    code = done.stderr.splitlines()[3].strip()
    assert done.stderr == (
        f"ssohelper: to sign in to {url}, open this page and check that it shows the code below\n"
        f"\n  {identity_center.url}/device?user_code={code}\n  {code}\n\n"
        f"{warning(identity_center)}ssohelper: signed in to {url}, {VALID}\n"
    )
    facts = {"tool": "botocore", "startUrl": url, "region": "us-east-1", "scopes": None, "session_name": None}
    names = [hashlib.sha1(text.encode()).hexdigest() for text in (url, json.dumps(facts, sort_keys=True))]  # noqa: S324
    (token_path, token), (registration_path, registration) = cached_files(legacy)
    assert [token_path.stem, registration_path.stem] == names
    assert list(token) == [
        "startUrl", "region", "accessToken", "expiresAt", "clientId", "clientSecret", "registrationExpiresAt",
    ]  # fmt: skip
    assert list(registration.items()) == [
        ("clientId", token["clientId"]),
        ("clientSecret", token["clientSecret"]),
        ("expiresAt", token["registrationExpiresAt"]),
    ]


def test_already_signed_in(legacy: Home, identity_center: Simulator) -> None:
    """A valid sign-in is kept; --force signs in again with the same registration."""
    url = identity_center.start_url
    legacy.ssohelper("login")
    identity_center.counters.reset()
    for words in ((), ("--session", url)):
        done = legacy.ssohelper("login", *words)
        assert (done.stderr, done.returncode) == (
            f"{warning(identity_center)}ssohelper: already signed in to {url}, {VALID}\n",
            0,
        )
    assert identity_center.counters.calls == {}
    assert legacy.ssohelper("login", "--force").returncode == 0
    assert identity_center.counters.calls == {"StartDeviceAuthorization": 1, "CreateToken": 1}


def test_with_a_browser(make_home: Callable[..., Home], identity_center: Simulator) -> None:
    """Even with a browser, it uses a device code, and says why."""
    home = desktop_home(make_home(**identity_center.environment), identity_center, identity_center.start_url)
    home.config.write_text(profile(identity_center, "pay"))
    login = home.terminal("login")
    login.expect(pexpect.EOF)
    login.close()
    assert isinstance(login.before, str)
    lines = login.before.splitlines()
    assert (lines[0], lines[-1], login.exitstatus) == (
        "ssohelper: signing in with a device code: profiles without sso_session support nothing else",
        f"ssohelper: signed in to {identity_center.start_url}, {VALID}",
        0,
    )
    assert identity_center.counters.calls["StartDeviceAuthorization"] == 1


def test_hint(legacy: Home, identity_center: Simulator) -> None:
    """Following the hint adds a session that is refreshed automatically; `sync --adopt` uses it in the profiles."""
    hint = legacy.ssohelper("login").stderr.splitlines()[-2].removeprefix("hint: ")
    assert legacy.run(*shlex.split(hint)).returncode == 0
    done = legacy.ssohelper("login")
    assert done.stderr.splitlines()[-1] == "ssohelper: signed in to sso"
    done = legacy.ssohelper("sync", "--dry-run")
    message = "2 of these roles already have a profile: ssohelper sync --adopt uses them instead"
    assert done.stderr == f"ssohelper: {message}\n"
    done = legacy.ssohelper("sync", "--yes", "--adopt")
    assert (done.stderr, done.returncode) == ("ssohelper: wrote ~/.aws/config\n", 0)
    after = legacy.config.read_text()
    assert (after.count("sso_start_url"), after.count("ssohelper_session = sso")) == (1, 16)
    key = json.loads(legacy.ssohelper("credential-process", "--profile", "pay").stdout)["AccessKeyId"]
    assert issued_for(identity_center, key) == ROLES["pay"]


def test_quoted_hint(make_home: Callable[..., Home]) -> None:
    """The start URL in the hint is quoted for a shell."""
    world = organisation()
    world.start_url = "https://acme.awsapps.com/start#/$(touch x);y"
    with Simulator(world, rate=None, auto_approve=True) as simulator:
        home = make_home(**simulator.environment)
        home.config.parent.mkdir()
        home.config.write_text(profile(simulator, "pay"))
        done = home.ssohelper("login")
    assert done.returncode == 0, done.stderr
    hint = done.stderr.splitlines()[-2].removeprefix("hint: ")
    assert shlex.split(hint) == [
        "ssohelper", "configure", "--start-url", world.start_url, "--region", "us-east-1",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ROLES)
def test_credential_process(legacy: Home, identity_center: Simulator, name: str) -> None:
    """`credential-process` prints credentials of the profile's role, the second time without a request."""
    legacy.ssohelper("login")
    identity_center.counters.reset()
    first, second = (legacy.ssohelper("credential-process", "--profile", name) for _ in range(2))
    assert (first.returncode, first.stderr) == (0, "")
    assert (second.returncode, second.stderr, second.stdout) == (0, "", first.stdout)
    assert issued_for(identity_center, json.loads(first.stdout)["AccessKeyId"]) == ROLES[name]
    assert identity_center.counters.calls == {"GetRoleCredentials": 1}


def test_credential_process_signed_out(legacy: Home, identity_center: Simulator) -> None:
    """Without a sign-in, the exit code is 4, and the hint signs in to the start URL."""
    done = legacy.ssohelper("credential-process", "--profile", "pay")
    url = identity_center.start_url
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        f"ssohelper: not signed in to {url}\nhint: ssohelper login --session {url}\n",
        4,
    )
    assert legacy.run(*shlex.split(done.stderr.splitlines()[-1].removeprefix("hint: "))).returncode == 0
    assert legacy.ssohelper("credential-process", "--profile", "pay").returncode == 0


def test_accounts(legacy: Home, identity_center: Simulator) -> None:
    """It lists the accounts."""
    legacy.ssohelper("login")
    done = legacy.ssohelper("accounts", "--json")
    listed = {each["account_id"] for each in json.loads(done.stdout)}
    assert listed == {each.id for each in identity_center.world.accounts}


BOTO3 = """\
import sys, boto3
print(boto3.Session(profile_name=sys.argv[1]).get_credentials().access_key)
"""


@pytest.mark.parametrize("name", ROLES)
def test_boto3(legacy: Home, identity_center: Simulator, name: str) -> None:
    """The token works in boto3, with credentials of the profile's role."""
    legacy.ssohelper("login")
    done = legacy.run(sys.executable, "-c", BOTO3, name)
    assert (done.returncode, done.stderr) == (0, "")
    assert issued_for(identity_center, done.stdout.strip()) == ROLES[name]


def test_aws_cli(legacy: Home, identity_center: Simulator, caller_identity: Sts) -> None:
    """The token works in the AWS CLI 1, with credentials of the profile's role."""
    legacy.ssohelper("login")
    done = legacy.run(
        "aws", "sts", "get-caller-identity", "--profile", "pay", AWS_ENDPOINT_URL_STS=caller_identity.url
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert issued_for(identity_center, caller_identity.keys.get(timeout=1)) == ROLES["pay"]


def test_aws_cli_2(legacy: Home, identity_center: Simulator) -> None:
    """Token, role credentials and registration are shared with the AWS CLI 2."""
    use_simulator(legacy, identity_center)
    legacy.ssohelper("login")
    identity_center.counters.reset()
    done = legacy.run(aws_cli_2(), "configure", "export-credentials", "--profile", "pay")
    assert (done.returncode, done.stderr) == (0, "")
    key = json.loads(done.stdout)["AccessKeyId"]
    assert issued_for(identity_center, key) == ROLES["pay"]
    ours = legacy.ssohelper("credential-process", "--profile", "pay")
    assert json.loads(ours.stdout)["AccessKeyId"] == key
    assert identity_center.counters.calls == {"GetRoleCredentials": 1}
    identity_center.counters.reset()
    done = legacy.run(aws_cli_2(), "sso", "login", "--profile", "pay", "--no-browser")
    assert (done.returncode, done.stderr) == (0, "")
    assert identity_center.counters.calls == {"StartDeviceAuthorization": 1, "CreateToken": 1}
    assert "already signed in" in legacy.ssohelper("login").stderr
