"""Errors when you are not signed in, or Identity Center cannot be reached; no file is changed."""

import json
from collections.abc import Callable

import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.faketime import faketime
from tests.fixtures.home import Home, command
from tests.fixtures.refusals import assert_refused


@pytest.mark.parametrize("words", [["sync", "--yes"], ["accounts"], ["roles"]], ids=" ".join)
def test_not_signed_in(home: Home, identity_center: Simulator, words: list[str]) -> None:
    """Without a token, the exit code is 4 and the hint is to sign in."""
    url, region = identity_center.start_url, identity_center.region
    home.ssohelper("configure", "--session", "acme", "--start-url", url, "--region", region)
    message, hint = "not signed in to acme", "ssohelper login --session acme"
    assert_refused(home, *words, message=message, hint=hint, code=4)


def test_expired_token(signed_in: Home, identity_center: Simulator) -> None:
    """An expired token that cannot be refreshed is not sent to the service."""
    token = next(each for each in signed_in.path.rglob("*.json") if b"accessToken" in each.read_bytes())
    facts = json.loads(token.read_bytes())
    del facts["refreshToken"]
    token.write_text(json.dumps({**facts, "expiresAt": "2020-01-01T00:00:00Z"}))
    identity_center.counters.reset()
    message = "the sign-in to acme has expired and cannot be refreshed: no refresh token"
    assert_refused(signed_in, "sync", "--yes", message=message, hint="ssohelper login --session acme", code=4)
    assert identity_center.counters.calls == {}


@pytest.mark.full
def test_expired_by_faketime(signed_in: Home, identity_center: Simulator) -> None:
    """Two hours later by the clock of the process, the token is refreshed, unless the sign-in has been ended."""
    later = (*faketime("+2h"), *command("ssohelper", "accounts"))
    assert signed_in.run(*later).returncode == 0
    assert identity_center.counters.calls["CreateToken"] == 2
    identity_center.revoke_all_tokens()
    done = signed_in.run(*faketime("+4h"), *command("ssohelper", "sync", "--yes"))
    assert (done.stderr, done.returncode) == (
        "ssohelper: the sign-in to acme has expired\nhint: ssohelper login --session acme\n",
        4,
    )


@pytest.mark.full
def test_clock_ahead(signed_in: Home) -> None:
    """Credentials that have expired by this machine's clock are not handed out; the message names the clock."""
    role = ("--account-id", "333344445555", "--role-name", "ReadOnly")
    done = signed_in.run(*faketime("+9h"), *command("ssohelper", "credential-process", *role))
    assert (done.stdout, done.returncode) == ("", 5)
    assert done.stderr.splitlines()[-2:] == [
        "ssohelper: the clock of this machine is 9h ahead of that of Identity Center",
        "hint: set the clock, then run the command again",
    ]
    assert signed_in.ssohelper("credential-process", *role).returncode == 0


def test_revoked_token(signed_in: Home, identity_center: Simulator) -> None:
    """A token that the service rejected is not sent again, and `login` signs in again."""
    identity_center.revoke_all_tokens()
    message, hint = "the sign-in to acme has expired", "ssohelper login --session acme"
    assert_refused(signed_in, "sync", "--yes", message=message, hint=hint, code=4)
    identity_center.counters.reset()
    assert_refused(signed_in, "accounts", message=message, hint=hint, code=4)
    assert identity_center.counters.calls == {}
    assert signed_in.ssohelper(*hint.split()[1:]).returncode == 0
    assert signed_in.ssohelper("accounts").returncode == 0


@pytest.mark.first_is_quick
@pytest.mark.parametrize("words", [["sync", "--yes"], ["login", "--force"], ["accounts"]], ids=" ".join)
def test_captive_portal(signed_in: Home, identity_center: Simulator, words: list[str]) -> None:
    """The login page of a hotel network is not taken for an empty list of accounts."""
    signed_in.ssohelper("sync", "--yes")
    identity_center.faults.add("*", Fault.html(), None)
    message = "invalid response from Identity Center (a proxy or captive portal?)"
    hint = "sign in to this network in a browser (hotel, airport, VPN), then run the command again"
    assert_refused(signed_in, *words, message=message, hint=hint, code=5)


@pytest.mark.full
def test_no_network(signed_in: Home, identity_center: Simulator) -> None:
    """If nothing listens, the exit code is 5: the same command may work later."""
    identity_center.close()
    message = f"can't reach Identity Center at 127.0.0.1:{identity_center.port}: connection failed"
    hint = "check the network, then run the command again"
    assert_refused(signed_in, "sync", "--yes", message=message, hint=hint, code=5)


@pytest.mark.full
def test_throttled(signed_in: Home, identity_center: Simulator) -> None:
    """`credential-process` gives up with exit code 5 instead of keeping an SDK waiting."""
    identity_center.faults.add("GetRoleCredentials", Fault.error(429, retry_after=3600), None)
    words = ("credential-process", "--account-id", "111122223333", "--role-name", "ReadOnly")
    message, hint = "Identity Center is throttling requests (HTTP 429)", "wait a minute, then run the command again"
    assert_refused(signed_in, *words, message=message, hint=hint, code=5)


def test_unknown_start_url(make_home: Callable[..., Home], identity_center: Simulator) -> None:
    """A start URL that Identity Center does not know is reported at the sign-in."""
    home = make_home(**identity_center.environment)
    url = "https://nobody.awsapps.com/start"
    home.ssohelper("configure", "--session", "acme", "--start-url", url, "--region", "us-east-1")
    done = home.ssohelper("login")
    assert (done.stderr, done.returncode) == (
        f"ssohelper: start URL not found in us-east-1: {url}\nhint: ssohelper configure --session acme --replace\n",
        2,
    )
