"""`ssohelper login --all`: sso-sessions, and profiles without one."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pexpect
import pytest

from ssohelper.simulator.companies import organisation
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.browser_logins import cached_files
from tests.fixtures.home import Home

ROLES = {"pay": ("333344445555", "ReadOnly"), "sandbox": ("777788889999", "Developer")}
VALID = "valid for 7h 59m"
OTHER = "https://other.awsapps.com/start"


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


def results(errors: str) -> list[str]:
    """The lines with the result of each session."""
    return [line for line in errors.splitlines() if "signed in to" in line or "not found" in line]


def test_all(legacy: Home, identity_center: Simulator) -> None:
    """--all signs in to every sso-session, and once to a start URL that several legacy profiles have."""
    url = identity_center.start_url
    with legacy.config.open("a") as file:
        file.write(session("acme", url))
    done = legacy.ssohelper("login", "--all")
    assert (done.stdout, done.returncode) == ("", 0)
    assert results(done.stderr) == [
        "ssohelper: signed in to acme",
        f"ssohelper: signed in to {url}, {VALID}",
    ]
    assert identity_center.counters.calls == {"RegisterClient": 2, "StartDeviceAuthorization": 2, "CreateToken": 2}
    # As in the AWS CLI, the file of a start URL is named as if that were the name of a session.
    names = {hashlib.sha1(text.encode()).hexdigest() for text in ("acme", url)}  # noqa: S324
    assert {path.stem for path, data in cached_files(legacy) if "accessToken" in data} == names


def test_json(legacy: Home, identity_center: Simulator) -> None:
    """--json prints one list, sso-sessions first."""
    url = identity_center.start_url
    with legacy.config.open("a") as file:
        file.write(session("acme", url))
    first, second = (login_all(legacy) for _ in range(2))
    expirations = {
        data["accessToken"]: data["expiresAt"] for _, data in cached_files(legacy) if "accessToken" in data
    }
    assert sorted(each["expires_at"] for each in first) == sorted(str(each) for each in expirations.values())
    common = {"start_url": url, "region": "us-east-1"}
    for found, already in ((first, False), (second, True)):
        assert [{key: value for key, value in each.items() if key != "expires_at"} for each in found] == [
            {"session": "acme", **common, "auto_refresh": True, "already_signed_in": already},
            {"session": url, **common, "auto_refresh": False, "already_signed_in": already},
        ]


def login_all(home: Home) -> list[dict[str, Any]]:
    """What `login --all --json` prints."""
    done = home.ssohelper("login", "--all", "--json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("order", [("other", "acme"), ("acme", "other")])
def test_one_fails(home: Home, identity_center: Simulator, order: tuple[str, str]) -> None:
    """If one sign-in fails, the others are still made; the exit code is that of the failure."""
    urls = {"acme": identity_center.start_url, "other": OTHER}
    home.config.parent.mkdir()
    home.config.write_text("".join(session(name, urls[name]) for name in order))
    done = home.ssohelper("login", "--all", "--json")
    assert (results(done.stderr), done.returncode) == (
        [f"ssohelper: start URL not found in us-east-1: {OTHER}"],
        2,
    )
    assert [each["session"] for each in json.loads(done.stdout.splitlines()[-1])] == ["acme"]
    assert home.ssohelper("accounts", "--session", "acme").returncode == 0


def test_several_fail(home: Home, identity_center: Simulator) -> None:
    """If several fail, each error is printed, and the exit code is that of the first."""
    home.config.parent.mkdir()
    home.config.write_text(session("other", OTHER) + session("acme", identity_center.start_url))
    identity_center.faults.add("CreateToken", Fault.error(400, "ExpiredTokenException"))
    done = home.ssohelper("login", "--all", "--json")
    errors = [line for line in done.stderr.splitlines() if "not found" in line or "not approved" in line]
    assert errors == [
        f"ssohelper: start URL not found in us-east-1: {OTHER}",
        "ssohelper: the sign-in was not approved in time",
    ]
    assert (json.loads(done.stdout.splitlines()[-1]), done.returncode) == ([], 2)


@pytest.fixture
def manual() -> Iterator[Simulator]:
    """An Identity Center in which a person has to approve each sign-in."""
    with Simulator(organisation(), rate=None) as simulator:
        yield simulator


def test_denied(make_home: Callable[..., Home], manual: Simulator) -> None:
    """If the person denies one sign-in, the next one is still made."""
    home = make_home(**manual.environment, NO_COLOR="1")
    home.config.parent.mkdir()
    home.config.write_text(session("acme", manual.start_url) + profile(manual, "pay"))
    login = home.terminal("login", "--all", "--no-browser")
    for decide in (manual.deny, manual.approve):
        login.expect(r"  ([A-Z]{4}-[A-Z]{4})\r\n")
        assert isinstance(login.match, re.Match)
        decide(login.match[1])
    login.expect(pexpect.EOF)
    login.close()
    assert isinstance(login.before, str)
    assert (login.before.splitlines()[-1], login.exitstatus) == (
        f"ssohelper: signed in to {manual.start_url}, {VALID}",
        130,
    )
