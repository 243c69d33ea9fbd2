"""Every command under every fault of Identity Center: its exit code, message and hint; no file is changed."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pexpect
import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.storage import timestamps
from tests.fixtures.home import Home, wait_for

pytestmark = pytest.mark.full

ROLE = ("--session", "acme", "--account-id", "333344445555", "--role-name", "ReadOnly")
UNCACHED = ("--session", "acme", "--account-id", "222233334444", "--role-name", "Audit")
EXPIRING = ("--session", "acme", "--account-id", "111122223333", "--role-name", "ReadOnly")
REJECTED_HINT = "check sso_start_url and sso_region of the session in ~/.aws/config"
NETWORK_HINT = "check the network, then run the command again"
LOGIN = "ssohelper login --session acme"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The exit code and the error of a command."""

    code: int
    message: str
    hint: str


REJECTED = Outcome(1, "Identity Center rejected the request: ResourceNotFoundException", REJECTED_HINT)
EXPIRED = Outcome(4, "the sign-in to acme has expired", LOGIN)
DENIED = Outcome(
    1, "Identity Center denied access", f"ask your administrator, or sign in as another user: {LOGIN} --force"
)
UNAVAILABLE = Outcome(5, "Identity Center returned HTTP 503", "run the command again in a minute")
NOT_ASSIGNED = Outcome(
    1,
    "role ReadOnly in account 333344445555 is not assigned to you (assigned: none)",
    "ssohelper roles --session acme",
)
NOT_FROM_HERE = Outcome(
    1,
    "Identity Center does not allow sign-ins from this machine",
    "ask your administrator whether sign-ins from this network are allowed",
)
CLOSED = Outcome(5, "can't reach Identity Center at HOST: connection closed", NETWORK_HINT)
CAPTIVE = Outcome(
    5,
    "invalid response from Identity Center (a proxy or captive portal?)",
    "sign in to this network in a browser (hotel, airport, VPN), then run the command again",
)
THROTTLED = Outcome(
    5, "Identity Center is throttling requests (HTTP 429)", "wait a minute, then run the command again"
)
NO_RESPONSE = Outcome(5, "can't reach Identity Center at HOST: request timed out", NETWORK_HINT)
TRICKLED = Outcome(5, "the request to Identity Center timed out after 20 seconds", NETWORK_HINT)
TIMED_OUT = Outcome(5, "getting role credentials timed out after 20 seconds", NETWORK_HINT)

# The fault, and the outcomes of listing, of getting credentials and of login.
TABLE = {
    "rejected": (Fault.error(404), REJECTED, REJECTED, REJECTED),
    "signed out": (Fault.error(401), EXPIRED, EXPIRED, NOT_FROM_HERE),
    "denied": (Fault.error(403), DENIED, NOT_ASSIGNED, NOT_FROM_HERE),
    "unavailable": (Fault.error(503), UNAVAILABLE, UNAVAILABLE, UNAVAILABLE),
    "dropped": (Fault.dropped(), CLOSED, CLOSED, CLOSED),
    "lost": (Fault.lost(), CLOSED, CLOSED, CLOSED),
    "truncated": (Fault.truncated(), CAPTIVE, CAPTIVE, CAPTIVE),
    "captive portal": (Fault.html(), CAPTIVE, CAPTIVE, CAPTIVE),
}


@pytest.fixture
def expiring(signed_in: Home) -> Home:
    """A home folder in which one role's cached credentials expire in ten minutes."""
    assert signed_in.ssohelper("credential-process", *EXPIRING).returncode == 0
    for path in (signed_in.path / ".aws" / "cli" / "cache").iterdir():
        cached = json.loads(path.read_bytes())
        cached["Credentials"]["Expiration"] = timestamps.written(time.time() + 600)
        path.write_text(json.dumps(cached))
    for path in (signed_in.state / "answers").rglob("ReadOnly"):
        path.write_text(re.sub(r"^\d+", "0", path.read_text()))
    return signed_in


def check(home: Home, center: Simulator, words: tuple[str, ...], expected: Outcome) -> None:
    """Check that the command has this outcome, prints nothing on stdout, and changes no file."""
    before = home.tree()
    done = home.ssohelper(*words)
    message = expected.message.replace("HOST", f"127.0.0.1:{center.port}")
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        f"ssohelper: {message}\nhint: {expected.hint}\n",
        expected.code,
    ), words
    assert home.tree() == before, words


@pytest.mark.parametrize("name", TABLE)
def test_every_command(expiring: Home, identity_center: Simulator, name: str) -> None:
    """Each command reports the fault in one line with a hint; valid credentials are still printed."""
    fault, listing, credentials, login = TABLE[name]
    identity_center.faults.add("*", fault, None)
    status = expiring.ssohelper("status", "--json")
    assert (json.loads(status.stdout)["sessions"][0]["signed_in"], status.returncode) == (True, 0)
    check(expiring, identity_center, ("login", "--force"), login)
    if name == "signed out":
        # A rejected token is refreshed first: the sign-in has expired only if that is rejected, too.
        identity_center.faults.clear()
        identity_center.revoke_all_tokens()
    for words in (("accounts",), ("roles", "--json"), ("sync", "--yes")):
        check(expiring, identity_center, words, listing)
    check(expiring, identity_center, ("credential-process", *ROLE), credentials)
    check(expiring, identity_center, ("env", "--format", "bash", *ROLE), credentials)
    done = expiring.ssohelper("credential-process", *EXPIRING)
    if name == "denied":  # the role is no longer assigned
        assert (done.stdout, done.returncode) == ("", 1)
    else:
        reason = credentials.message.replace("HOST", f"127.0.0.1:{identity_center.port}")
        assert done.stderr == f"ssohelper: could not refresh the credentials ({reason}), valid for 9m\n"
        assert (json.loads(done.stdout)["AccountId"], done.returncode) == ("111122223333", 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "expected"),
    [(Fault.error(429), THROTTLED), (Fault.hang(60), TIMED_OUT)],
    ids=["throttled", "silent"],
)
def test_timeouts(expiring: Home, identity_center: Simulator, fault: Fault, expected: Outcome) -> None:
    """If every request is throttled or hangs, an SDK waits 20 seconds at most, and 10 with valid credentials."""
    identity_center.faults.add("*", fault, None)
    began = time.monotonic()
    done = expiring.ssohelper("credential-process", *EXPIRING)
    assert (json.loads(done.stdout)["AccountId"], done.returncode) == ("111122223333", 0)
    reason = "getting role credentials timed out after 10 seconds"
    assert done.stderr == f"ssohelper: could not refresh the credentials ({reason}), valid for 9m\n"
    check(expiring, identity_center, ("credential-process", *ROLE), expected)
    # With a margin for starting processes on a busy machine.
    assert time.monotonic() - began < 60
    # For a minute, the same credentials are printed without waiting again.
    assert expiring.run("ssohelper-credential-process", *EXPIRING).stdout == done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "listing"),
    [(Fault.error(429), THROTTLED), (Fault.hang(3600), NO_RESPONSE), (Fault.trickle(), TRICKLED)],
    ids=["throttled", "silent", "trickling"],
)
def test_endless_faults(expiring: Home, identity_center: Simulator, fault: Fault, listing: Outcome) -> None:
    """No command waits forever for a service that throttles, hangs or trickles; commands for people wait longer."""
    impatient = THROTTLED if listing == THROTTLED else TIMED_OUT
    expected = {
        ("login", "--force"): listing,
        ("accounts",): listing,
        ("roles", "--json"): listing,
        ("sync", "--yes"): listing,
        ("credential-process", *ROLE): impatient,
        ("env", "--format", "bash", *UNCACHED): impatient,
    }
    identity_center.faults.add("*", fault, None)
    before, began = expiring.tree(), time.monotonic()
    with ThreadPoolExecutor(len(expected)) as pool:
        done = dict(zip(expected, pool.map(lambda words: expiring.ssohelper(*words), expected), strict=True))
    host = f"127.0.0.1:{identity_center.port}"
    assert {words: (each.stdout, each.stderr, each.returncode) for words, each in done.items()} == {
        words: ("", f"ssohelper: {each.message.replace('HOST', host)}\nhint: {each.hint}\n", each.code)
        for words, each in expected.items()
    }
    assert expiring.tree() == before
    # A minute of 429, or attempts of up to twenty seconds each; and a margin for six processes on a busy machine.
    assert time.monotonic() - began < 90
    last = expiring.ssohelper("logout").stderr.splitlines()[-1]
    assert last == "ssohelper: signed out of acme, deleted the credentials of 1 role"


def test_ctrl_c(signed_in: Home, identity_center: Simulator) -> None:
    """Ctrl-C ends a command whose response trickles in."""
    identity_center.faults.add("*", Fault.trickle(), None)
    terminal = signed_in.terminal("sync", "--yes")
    wait_for(lambda: identity_center.counters.calls["ListAccounts"] == 1)
    began = time.monotonic()
    terminal.sendintr()
    terminal.expect_exact("ssohelper: cancelled\r\n")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 130
    assert time.monotonic() - began < 15  # the request itself would take 20 seconds


@pytest.mark.parametrize("name", TABLE)
def test_logout(expiring: Home, identity_center: Simulator, name: str) -> None:
    """Logout deletes everything here, whatever the fault; it says if the sign-in could not be ended there."""
    if name == "signed out":
        identity_center.revoke_all_tokens()
    else:
        identity_center.faults.add("*", TABLE[name][0], None)
    done = expiring.ssohelper("logout")
    last = "ssohelper: signed out of acme, deleted the credentials of 1 role"
    assert done.stderr.splitlines()[-1] == last
    ended = name in ("signed out", "truncated")  # a response to Logout has no body that could be truncated
    assert (len(done.stderr.splitlines()), done.returncode) == ((1, 0) if ended else (3, 5))
    assert expiring.ssohelper("status").returncode == 4
