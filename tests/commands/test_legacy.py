"""Profiles without sso_session, as they were before there were any: they work, and it is told what they lack."""

import hashlib
import json
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pexpect
import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import organisation
from tests.fixtures.browser_logins import at_a_desk, cached
from tests.fixtures.clients import aws_cli_2, lead
from tests.fixtures.home import Home
from tests.fixtures.sts import Sts

ROLES = {"pay": ("333344445555", "ReadOnly"), "sandbox": ("777788889999", "Developer")}
LASTS = "7h 59m"


@pytest.fixture
def old(home: Home, identity_center: Simulator) -> Home:
    """A home folder with two profiles of the older kind, and nothing else."""
    home.config.parent.mkdir()
    home.config.write_text("".join(profile(identity_center, name) for name in ROLES))
    return home


def profile(identity_center: Simulator, name: str) -> str:
    """A profile of the older kind."""
    account_id, role_name = ROLES[name]
    return (
        f"[profile {name}]\nsso_start_url = {identity_center.start_url}\nsso_region = us-east-1\n"
        f"sso_account_id = {account_id}\nsso_role_name = {role_name}\nregion = us-east-1\n\n"
    )


def session(name: str, start_url: str) -> str:
    """A session of the newer kind."""
    return f"[sso-session {name}]\nsso_start_url = {start_url}\nsso_region = us-east-1\n\n"


def advice(identity_center: Simulator) -> str:
    """What is said of the older kind at each sign-in."""
    return (
        "ssohelper: this sign-in cannot be renewed: profiles without sso_session never are;"
        " give it a name, then sync its profiles\n"
        f"hint: ssohelper configure --start-url {identity_center.start_url} --region us-east-1\n"
    )


def issued_to(identity_center: Simulator, key: str) -> tuple[str, str]:
    """The account and the role that a key is for."""
    issued = identity_center.issued(key)
    return issued.account_id, issued.role_name


def test_sync(old: Home, identity_center: Simulator) -> None:
    """No profiles are written that would refer to a session without a name."""
    before, url = old.config.read_bytes(), identity_center.start_url
    done = old.ssohelper("sync", "--yes")
    assert (done.stdout, done.returncode, old.config.read_bytes()) == ("", 2, before)
    assert done.stderr.splitlines() == [
        f"ssohelper: the sign-in to {url} has no name that profiles could refer to: give it one",
        f"hint: ssohelper configure --start-url {url} --region us-east-1",
    ]


def test_sync_once_it_has_a_name(old: Home, identity_center: Simulator) -> None:
    """Where a profile of the older kind is the current one, the hint names the session that profiles refer to."""
    url = identity_center.start_url
    old.config.write_text(old.config.read_text() + session("acme", url))
    assert old.ssohelper("login", "--session", "acme").returncode == 0
    done = old.ssohelper("sync", "--adopt", "--yes", AWS_PROFILE="pay")
    assert (done.stderr.splitlines(), done.returncode) == (
        [
            f"ssohelper: the sign-in to {url} has no name: profiles refer to acme instead",
            "hint: ssohelper sync --adopt --yes --session acme",
        ],
        2,
    )
    assert (
        old.run(*shlex.split(done.stderr.splitlines()[1].removeprefix("hint: ")), AWS_PROFILE="pay").returncode == 0
    )
    assert old.config.read_text().count("ssohelper_session = acme") == 16


def test_login_by_profile(old: Home, identity_center: Simulator) -> None:
    """A profile says which sign-in is meant, as with the AWS CLI."""
    old.config.write_text(old.config.read_text() + session("acme", identity_center.start_url))
    for name, url in (("acme", "acme"), ("pay", identity_center.start_url)):
        words = ("--session", name) if name == "acme" else ("--profile", name)
        done = old.ssohelper("login", *words, "--json")
        assert (json.loads(done.stdout)["session"], done.returncode) == (url, 0)
    done = old.ssohelper("login", "--profile", "nobody")
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        2,
        "ssohelper: there is no profile 'nobody' in ~/.aws/config",
    )


def test_status_after_a_conversion(old: Home, identity_center: Simulator) -> None:
    """Once the sign-in has a name and is signed in to, the one without is shown, and nobody is asked for it."""
    old.config.write_text(old.config.read_text() + session("acme", identity_center.start_url))
    assert old.ssohelper("login", "--session", "acme").returncode == 0
    done = old.ssohelper("status", "--json")
    found = {each["session"]: each["signed_in"] for each in json.loads(done.stdout)["sessions"]}
    assert (found, done.stderr, done.returncode) == ({"acme": True, identity_center.start_url: False}, "", 0)


def test_login(old: Home, identity_center: Simulator) -> None:
    """Signing in is by device code; token and registration are the AWS CLI's files for a start URL, no scopes."""
    url = identity_center.start_url
    done = old.ssohelper("login")
    assert (done.stdout, done.returncode) == ("", 0)
    code = done.stderr.splitlines()[3].strip()
    assert done.stderr == (
        f"ssohelper: to sign in to {url}, open this page and check that it shows the code below\n"
        f"\n  {identity_center.url}/device?user_code={code}\n  {code}\n\n"
        f"{advice(identity_center)}ssohelper: signed in to {url}, {LASTS} left\n"
    )
    facts = {"tool": "botocore", "startUrl": url, "region": "us-east-1", "scopes": None, "session_name": None}
    names = [hashlib.sha1(text.encode()).hexdigest() for text in (url, json.dumps(facts, sort_keys=True))]  # noqa: S324
    (token_path, token), (registration_path, registration) = cached(old)
    assert [token_path.stem, registration_path.stem] == names
    assert list(token) == [
        "startUrl", "region", "accessToken", "expiresAt", "clientId", "clientSecret", "registrationExpiresAt",
    ]  # fmt: skip
    assert list(registration.items()) == [
        ("clientId", token["clientId"]),
        ("clientSecret", token["clientSecret"]),
        ("expiresAt", token["registrationExpiresAt"]),
    ]


def test_a_fresh_login(old: Home, identity_center: Simulator) -> None:
    """While it is fresh the sign-in is left alone, by its start URL too; --force uses the registration again."""
    url = identity_center.start_url
    old.ssohelper("login")
    identity_center.counters.reset()
    for words in ((), ("--session", url)):
        done = old.ssohelper("login", *words)
        assert (done.stderr, done.returncode) == (
            f"{advice(identity_center)}ssohelper: already signed in to {url}, {LASTS} left\n",
            0,
        )
    assert identity_center.counters.calls == {}
    assert old.ssohelper("login", "--force").returncode == 0
    assert identity_center.counters.calls == {"StartDeviceAuthorization": 1, "CreateToken": 1}


def test_at_a_desk(make_home: Callable[..., Home], identity_center: Simulator) -> None:
    """Where a browser could come back the older kind is still signed in to by code, and the reason told."""
    home = at_a_desk(make_home(**identity_center.environment), identity_center, identity_center.start_url)
    home.config.write_text(profile(identity_center, "pay"))
    login = home.terminal("login")
    login.expect(pexpect.EOF)
    login.close()
    assert isinstance(login.before, str)
    lines = login.before.splitlines()
    assert (lines[0], lines[-1], login.exitstatus) == (
        "ssohelper: signing in by code, since profiles without sso_session know nothing else",
        f"ssohelper: signed in to {identity_center.start_url}, {LASTS} left",
        0,
    )
    assert identity_center.counters.calls["StartDeviceAuthorization"] == 1


def test_the_hint(old: Home, identity_center: Simulator) -> None:
    """Who follows the hints has a session that renews itself, and after a sync profiles that use it."""
    hint = old.ssohelper("login").stderr.splitlines()[-2].removeprefix("hint: ")
    assert old.run(*shlex.split(hint)).returncode == 0
    done = old.ssohelper("login")
    assert done.stderr.splitlines()[-1] == "ssohelper: signed in to sso, 59m left, renews itself"
    done = old.ssohelper("sync", "--dry-run")
    assert done.stderr == "ssohelper: 2 other profiles are for these roles: ssohelper sync --adopt takes them over\n"
    done = old.ssohelper("sync", "--yes", "--adopt")
    assert (done.stderr, done.returncode) == ("ssohelper: wrote ~/.aws/config\n", 0)
    after = old.config.read_text()
    assert (after.count("sso_start_url"), after.count("ssohelper_session = sso")) == (1, 16)
    key = json.loads(old.ssohelper("credential-process", "--profile", "pay").stdout)["AccessKeyId"]
    assert issued_to(identity_center, key) == ROLES["pay"]


def test_a_hint_that_can_be_pasted(make_home: Callable[..., Home]) -> None:
    """A start URL stands in the hint so that a shell takes it for one word, whatever a config file has there."""
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
def test_credential_process(old: Home, identity_center: Simulator, name: str) -> None:
    """credential-process --profile gives the profile's role, and a second time without a call."""
    old.ssohelper("login")
    identity_center.counters.reset()
    first, second = (old.ssohelper("credential-process", "--profile", name) for _ in range(2))
    assert (first.returncode, first.stderr) == (0, "")
    assert (second.returncode, second.stderr, second.stdout) == (0, "", first.stdout)
    assert issued_to(identity_center, json.loads(first.stdout)["AccessKeyId"]) == ROLES[name]
    assert identity_center.counters.calls == {"GetRoleCredentials": 1}


def test_credential_process_signed_out(old: Home, identity_center: Simulator) -> None:
    """Without a sign-in it fails with 4 and the command that signs in to this start URL; that one works."""
    done = old.ssohelper("credential-process", "--profile", "pay")
    url = identity_center.start_url
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        f"ssohelper: nobody is signed in to {url}\nhint: ssohelper login --session {url}\n",
        4,
    )
    assert old.run(*shlex.split(done.stderr.splitlines()[-1].removeprefix("hint: "))).returncode == 0
    assert old.ssohelper("credential-process", "--profile", "pay").returncode == 0


def test_accounts(old: Home, identity_center: Simulator) -> None:
    """The accounts of the older kind's sign-in are listed."""
    old.ssohelper("login")
    done = old.ssohelper("accounts", "--json")
    listed = {each["account_id"] for each in json.loads(done.stdout)}
    assert listed == {each.id for each in identity_center.world.accounts}


BOTO3 = """\
import sys, boto3
print(boto3.Session(profile_name=sys.argv[1]).get_credentials().access_key)
"""


@pytest.mark.parametrize("name", ROLES)
def test_boto3(old: Home, identity_center: Simulator, name: str) -> None:
    """boto3 reads the token, and gets credentials of the profile's role."""
    old.ssohelper("login")
    done = old.run(sys.executable, "-c", BOTO3, name)
    assert (done.returncode, done.stderr) == (0, "")
    assert issued_to(identity_center, done.stdout.strip()) == ROLES[name]


def test_aws_cli(old: Home, identity_center: Simulator, caller_identity: Sts) -> None:
    """The AWS CLI of PyPI reads the token, and signs calls as the profile's role."""
    old.ssohelper("login")
    done = old.run("aws", "sts", "get-caller-identity", "--profile", "pay", AWS_ENDPOINT_URL_STS=caller_identity.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert issued_to(identity_center, caller_identity.keys.get(timeout=1)) == ROLES["pay"]


def test_aws_cli_2(old: Home, identity_center: Simulator) -> None:
    """AWS CLI 2 reads the token, keeps role credentials where we find them, and signs in with our registration."""
    lead(old, identity_center)
    old.ssohelper("login")
    identity_center.counters.reset()
    done = old.run(aws_cli_2(), "configure", "export-credentials", "--profile", "pay")
    assert (done.returncode, done.stderr) == (0, "")
    key = json.loads(done.stdout)["AccessKeyId"]
    assert issued_to(identity_center, key) == ROLES["pay"]
    ours = old.ssohelper("credential-process", "--profile", "pay")
    assert json.loads(ours.stdout)["AccessKeyId"] == key
    assert identity_center.counters.calls == {"GetRoleCredentials": 1}
    identity_center.counters.reset()
    done = old.run(aws_cli_2(), "sso", "login", "--profile", "pay", "--no-browser")
    assert (done.returncode, done.stderr) == (0, "")
    assert identity_center.counters.calls == {"StartDeviceAuthorization": 1, "CreateToken": 1}
    assert "already signed in" in old.ssohelper("login").stderr


def endings(errors: str) -> list[str]:
    """The lines that tell how each session's login ended."""
    return [line for line in errors.splitlines() if "signed in to" in line or "does not know" in line]


def test_all(old: Home, identity_center: Simulator) -> None:
    """--all signs in to the sessions of both kinds, and to a start URL that many profiles have once."""
    url = identity_center.start_url
    with old.config.open("a") as file:
        file.write(session("acme", url))
    done = old.ssohelper("login", "--all")
    assert (done.stdout, done.returncode) == ("", 0)
    assert endings(done.stderr) == [
        "ssohelper: signed in to acme, 59m left, renews itself",
        f"ssohelper: signed in to {url}, {LASTS} left",
    ]
    assert identity_center.counters.calls == {"RegisterClient": 2, "StartDeviceAuthorization": 2, "CreateToken": 2}
    # As if it were a session's name: the AWS CLI names its file in the same way.
    names = {hashlib.sha1(text.encode()).hexdigest() for text in ("acme", url)}  # noqa: S324
    assert {path.stem for path, data in cached(old) if "accessToken" in data} == names


def test_all_as_json(old: Home, identity_center: Simulator) -> None:
    """--all --json prints one list, the newer kind first, and nothing else on stdout."""
    url = identity_center.start_url
    with old.config.open("a") as file:
        file.write(session("acme", url))
    first, second = (facts(old) for _ in range(2))
    ends = {data["accessToken"]: data["expiresAt"] for _, data in cached(old) if "accessToken" in data}
    assert sorted(each["expires_at"] for each in first) == sorted(str(each) for each in ends.values())
    common = {"start_url": url, "region": "us-east-1"}
    for found, already in ((first, False), (second, True)):
        assert [{key: value for key, value in each.items() if key != "expires_at"} for each in found] == [
            {"session": "acme", **common, "renews_itself": True, "already_signed_in": already},
            {"session": url, **common, "renews_itself": False, "already_signed_in": already},
        ]


def facts(home: Home) -> list[dict[str, Any]]:
    """What `login --all --json` prints."""
    done = home.ssohelper("login", "--all", "--json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


OTHER = "https://other.awsapps.com/start"


@pytest.mark.parametrize("order", [("other", "acme"), ("acme", "other")])
def test_one_of_two_fails(home: Home, identity_center: Simulator, order: tuple[str, str]) -> None:
    """Where one sign-in of --all fails the others go on; its reason is told and its exit code is that of all."""
    urls = {"acme": identity_center.start_url, "other": OTHER}
    home.config.parent.mkdir()
    home.config.write_text("".join(session(name, urls[name]) for name in order))
    done = home.ssohelper("login", "--all", "--json")
    assert (endings(done.stderr), done.returncode) == (
        [f"ssohelper: Identity Center in us-east-1 does not know {OTHER}"],
        2,
    )
    assert [each["session"] for each in json.loads(done.stdout)] == ["acme"]
    assert home.ssohelper("accounts", "--session", "acme").returncode == 0


def test_all_fail(home: Home, identity_center: Simulator) -> None:
    """Where both fail, each in its own way, both are told, and the exit code is that of the first."""
    home.config.parent.mkdir()
    home.config.write_text(session("other", OTHER) + session("acme", identity_center.start_url))
    identity_center.faults.add("CreateToken", Fault.error(400, "ExpiredTokenException"))
    done = home.ssohelper("login", "--all", "--json")
    assert [line for line in done.stderr.splitlines() if line.startswith(("ssohelper: nobody", "ssohelper: Id"))] == [
        f"ssohelper: Identity Center in us-east-1 does not know {OTHER}",
        "ssohelper: nobody approved the sign-in in time",
    ]
    assert (json.loads(done.stdout), done.returncode) == ([], 2)


@pytest.fixture
def asking() -> Iterator[Simulator]:
    """An Identity Center where a person has to approve."""
    with Simulator(organisation(), rate=None) as simulator:
        yield simulator


def test_a_denial_among_all(make_home: Callable[..., Home], asking: Simulator) -> None:
    """Who denies one of two is still asked for the other."""
    home = make_home(**asking.environment, NO_COLOR="1")
    home.config.parent.mkdir()
    home.config.write_text(session("acme", asking.start_url) + profile(asking, "pay"))
    login = home.terminal("login", "--all", "--no-browser")
    for decide in (asking.deny, asking.approve):
        login.expect(r"  ([A-Z]{4}-[A-Z]{4})\r\n")
        assert isinstance(login.match, re.Match)
        decide(login.match[1])
    login.expect(pexpect.EOF)
    login.close()
    assert isinstance(login.before, str)
    assert (login.before.splitlines()[-1], login.exitstatus) == (
        f"ssohelper: signed in to {asking.start_url}, {LASTS} left",
        130,
    )
