"""Whatever Identity Center does, each command ends with the right code, one line and a hint, and nothing is lost."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.storage import timestamps
from tests.fixtures.home import Home

ROLE = ("--session", "acme", "--account-id", "333344445555", "--role-name", "ReadOnly")
OTHER = ("--session", "acme", "--account-id", "222233334444", "--role-name", "Audit")
AGED = ("--session", "acme", "--account-id", "111122223333", "--role-name", "ReadOnly")
REFUSED_HINT = "check sso_start_url and sso_region of the session in ~/.aws/config"
NETWORK_HINT = "check the network, then run the command again"
LOGIN = "ssohelper login --session acme"


@dataclass(frozen=True, slots=True)
class Ends:
    """How a command ends."""

    code: int
    message: str
    hint: str


REFUSED = Ends(1, "Identity Center refused the call: ResourceNotFoundException", REFUSED_HINT)
ENDED = Ends(4, "the sign-in to acme has ended", LOGIN)
DENIED = Ends(
    1, "Identity Center denied access", f"ask your administrator, or sign in as somebody else: {LOGIN} --force"
)
FAILING = Ends(5, "Identity Center answered HTTP 503", "run the command again in a minute")
NOT_ASSIGNED = Ends(
    1,
    "the role ReadOnly in account 333344445555 is not assigned to you: you have no role there",
    "ssohelper roles --session acme",
)
NOT_HERE = Ends(
    1,
    "Identity Center does not let this machine sign in",
    "ask your administrator whether you may sign in from here",
)
CLOSED = Ends(5, "can't reach Identity Center at HOST: it closed the connection", NETWORK_HINT)
CAPTIVE = Ends(
    5,
    "something between here and Identity Center answered in its place",
    "sign in to this network in a browser (hotel, airport, VPN), then run the command again",
)
THROTTLED = Ends(5, "Identity Center gets too many calls", "wait a minute, then run the command again")
SILENT = Ends(5, "can't reach Identity Center at HOST: it does not answer", NETWORK_HINT)
LATE = Ends(5, "getting role credentials took more than 20 seconds", NETWORK_HINT)

# Fault, then how listing, credentials and login end.
TABLE = {
    "refused": (Fault.error(404), REFUSED, REFUSED, REFUSED),
    "signed out": (Fault.error(401), ENDED, ENDED, NOT_HERE),
    "denied": (Fault.error(403), DENIED, NOT_ASSIGNED, NOT_HERE),
    "failing": (Fault.error(503), FAILING, FAILING, FAILING),
    "dropped": (Fault.dropped(), CLOSED, CLOSED, CLOSED),
    "lost": (Fault.lost(), CLOSED, CLOSED, CLOSED),
    "truncated": (Fault.truncated(), CAPTIVE, CAPTIVE, CAPTIVE),
    "captive portal": (Fault.html(), CAPTIVE, CAPTIVE, CAPTIVE),
}


@pytest.fixture
def aged(signed_in: Home) -> Home:
    """A home folder where one role's credentials have ten minutes left, and the answer has gone stale."""
    assert signed_in.ssohelper("credential-process", *AGED).returncode == 0
    for path in (signed_in.path / ".aws" / "cli" / "cache").iterdir():
        kept = json.loads(path.read_bytes())
        kept["Credentials"]["Expiration"] = timestamps.written(time.time() + 600)
        path.write_text(json.dumps(kept))
    for path in (signed_in.state / "answers").rglob("ReadOnly"):
        path.write_text(re.sub(r"^\d+", "0", path.read_text()))
    return signed_in


def ends(home: Home, center: Simulator, words: tuple[str, ...], expected: Ends) -> None:
    """The command ends like this, prints no answer, and changes no file."""
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
def test_every_command(aged: Home, identity_center: Simulator, name: str) -> None:
    """Each command tells the fault in one line with a hint; what still works is still handed out."""
    fault, listing, credentials, login = TABLE[name]
    identity_center.faults.add("*", fault, None)
    status = aged.ssohelper("status", "--json")
    assert (json.loads(status.stdout)["sessions"][0]["signed_in"], status.returncode) == (True, 0)
    ends(aged, identity_center, ("login", "--force"), login)
    if name == "signed out":
        # A token that is refused is renewed first: only where that is refused as well has the sign-in ended.
        identity_center.faults.clear()
        identity_center.revoke_all_tokens()
    for words in (("accounts",), ("roles", "--json"), ("sync", "--yes")):
        ends(aged, identity_center, words, listing)
    ends(aged, identity_center, ("credential-process", *ROLE), credentials)
    ends(aged, identity_center, ("env", "--format", "bash", *ROLE), credentials)
    done = aged.ssohelper("credential-process", *AGED)
    if name == "denied":  # a role that was withdrawn is not handed out any more
        assert (done.stdout, done.returncode) == ("", 1)
    else:
        why = credentials.message.replace("HOST", f"127.0.0.1:{identity_center.port}")
        assert done.stderr == f"ssohelper: the credentials could not be renewed ({why}), 9m left\n"
        assert (json.loads(done.stdout)["AccountId"], done.returncode) == ("111122223333", 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "expected"), [(Fault.error(429), THROTTLED), (Fault.hang(60), LATE)], ids=["throttled", "silent"]
)
def test_patience(aged: Home, identity_center: Simulator, fault: Fault, expected: Ends) -> None:
    """Where every call is throttled or hangs, an SDK waits 20 seconds at most, and less while the old ones work."""
    identity_center.faults.add("*", fault, None)
    began = time.monotonic()
    done = aged.ssohelper("credential-process", *AGED)
    assert (json.loads(done.stdout)["AccountId"], done.returncode) == ("111122223333", 0)
    why = "getting role credentials took more than 10 seconds"
    assert done.stderr == f"ssohelper: the credentials could not be renewed ({why}), 9m left\n"
    ends(aged, identity_center, ("credential-process", *ROLE), expected)
    # Generous: a busy machine takes its time to start a process.
    assert time.monotonic() - began < 60
    # What was handed out is handed out for a minute more without a new wait.
    assert aged.run("ssohelper-credential-process", *AGED).stdout == done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "listing"), [(Fault.error(429), THROTTLED), (Fault.hang(3600), SILENT)], ids=["throttled", "silent"]
)
def test_endless(aged: Home, identity_center: Simulator, fault: Fault, listing: Ends) -> None:
    """A service that throttles or hangs for ever keeps no command for ever; those that a person runs wait longer."""
    late = THROTTLED if listing == THROTTLED else LATE
    expected = {
        ("login", "--force"): listing,
        ("accounts",): listing,
        ("roles", "--json"): listing,
        ("sync", "--yes"): listing,
        ("credential-process", *ROLE): late,
        ("env", "--format", "bash", *OTHER): late,
    }
    identity_center.faults.add("*", fault, None)
    before, began = aged.tree(), time.monotonic()
    with ThreadPoolExecutor(len(expected)) as pool:
        done = dict(zip(expected, pool.map(lambda words: aged.ssohelper(*words), expected), strict=True))
    host = f"127.0.0.1:{identity_center.port}"
    assert {words: (each.stdout, each.stderr, each.returncode) for words, each in done.items()} == {
        words: ("", f"ssohelper: {end.message.replace('HOST', host)}\nhint: {end.hint}\n", end.code)
        for words, end in expected.items()
    }
    assert aged.tree() == before
    # A minute of nothing but 429, or four tries of ten seconds; and what six processes take on a busy machine.
    assert time.monotonic() - began < 90
    last = aged.ssohelper("logout").stderr.splitlines()[-1]
    assert last == "ssohelper: signed out of acme, credentials of 1 role forgotten"


@pytest.mark.parametrize("name", TABLE)
def test_logout(aged: Home, identity_center: Simulator, name: str) -> None:
    """A logout forgets everything here, whatever Identity Center says; it tells where that was not told."""
    if name == "signed out":
        identity_center.revoke_all_tokens()
    else:
        identity_center.faults.add("*", TABLE[name][0], None)
    done = aged.ssohelper("logout")
    last = "ssohelper: signed out of acme, credentials of 1 role forgotten"
    assert done.stderr.splitlines()[-1] == last
    told = name in ("signed out", "truncated")  # it has ended already; and its answer has no body to cut off
    assert (len(done.stderr.splitlines()), done.returncode) == ((1, 0) if told else (3, 5))
    assert aged.ssohelper("status").returncode == 4
