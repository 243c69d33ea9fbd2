"""Refreshes in a process of their own: what is passed, how long the caller waits, and how long the lock is held."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ssohelper.errors import AccessDenied, BadInput, Failed, SignInRequired, SsohelperError, Unavailable
from ssohelper.identity_center.network import Network
from ssohelper.model import Registration, Session, Token
from ssohelper.sign_in.refresh_process import RefreshProcess, Request, Result
from ssohelper.storage import locks
from tests.fixtures.home import wait_for

SESSION = Session("acme", "https://acme.awsapps.com/start", "us-east-1", ("one", "two"))
REQUESTS = [
    Request(SESSION, Network(), keyring=False, attended=False),
    Request(
        SESSION, Network("ca.pem", "AWS_CA_BUNDLE", {"proxy_ca_bundle": "other.pem"}), keyring=True, attended=False
    ),
]
TOKENS = [
    Token(
        "https://x", "us-east-1", "access", 1767225600.5, Registration("id", "secret", 1775001600.0, ("one",)), "r"
    ),
    Token("https://x", "us-east-1", "access", 1767225600.0),
]
ERRORS = [
    (SignInRequired("the sign-in has expired", hint="ssohelper login"), SignInRequired),
    (Unavailable("HTTP 500"), Unavailable),
    (BadInput("no such region", hint="check it"), BadInput),
    (Failed("the disk is full"), Failed),
    (AccessDenied("denied"), Failed),
]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    return tmp_path


def process(code: str) -> RefreshProcess:
    """A refresh in a process that runs Python code."""
    return RefreshProcess((sys.executable, "-c", code), REQUESTS[0], pytest.fail)


def printing(text: str) -> RefreshProcess:
    """A refresh in a process that reads its request and prints a result."""
    return process(f"import sys; sys.stdin.read(); sys.stdout.write({text!r})")


def refreshed(refresh: RefreshProcess, seconds: float | None = None) -> Token:
    """The result of a refresh under a lock."""
    with locks.held("token", waiting=pytest.fail) as lock:
        return refresh.refresh(lock, seconds)


@pytest.mark.parametrize("request_", REQUESTS, ids=["plain", "keyring"])
def test_request(request_: Request) -> None:
    """The process reads the request that was written."""
    assert Request.from_json(request_.to_json()) == request_


@pytest.mark.parametrize("token", TOKENS, ids=["whole", "without refresh token"])
def test_token(token: Token) -> None:
    """The token that the process prints is returned."""
    assert refreshed(printing(Result(token).to_json())) == token


@pytest.mark.parametrize(("error", "kind"), ERRORS, ids=str)
def test_error(error: SsohelperError, kind: type[SsohelperError]) -> None:
    """The error that the process prints is raised."""
    with pytest.raises(SsohelperError) as raised:
        refreshed(printing(Result(error).to_json()))
    assert (type(raised.value), str(raised.value), raised.value.hint) == (kind, str(error), error.hint)


def test_warnings() -> None:
    """What the process warns of is passed on."""
    warnings = list[str]()
    printed = Result(TOKENS[0], ["the disk is full"]).to_json()
    words = (sys.executable, "-c", f"import sys; sys.stdin.read(); sys.stdout.write({printed!r})")
    assert refreshed(RefreshProcess(words, REQUESTS[0], warnings.append)) == TOKENS[0]
    assert warnings == ["the disk is full"]


@pytest.mark.parametrize("printed", ["", "no JSON", "[]", "{}", '{"token": {}}', '{"error": "Bug"}', "[" * 99_999])
def test_crash(printed: str) -> None:
    """A process that ends without a result is an error, and its output is not part of it."""
    with pytest.raises(Failed) as raised:
        refreshed(printing(printed))
    assert str(raised.value) == "the process that refreshes the sign-in failed"


def test_cannot_be_started() -> None:
    """So is one that cannot be started."""
    with pytest.raises(Failed) as raised:
        refreshed(RefreshProcess(("/no/such/program",), REQUESTS[0], pytest.fail))
    assert str(raised.value) == "can't start the process that refreshes the sign-in: No such file or directory"


def test_slow(home: Path) -> None:
    """The caller goes on after its time, the process does too, and the lock is held until it ends."""
    go, done = home / "go", home / "done"
    code = f"""
import pathlib, time
end = time.monotonic() + 60
while time.monotonic() < end and not pathlib.Path({str(go)!r}).exists():
    time.sleep(0.01)
pathlib.Path({str(done)!r}).touch()
"""
    with pytest.raises(Unavailable) as raised:
        refreshed(process(code), 0.5)
    assert str(raised.value) == "no answer within 0 seconds"
    with pytest.raises(Unavailable), locks.held("token", waiting=pytest.fail, deadline=0.2):
        pass
    go.touch()
    with locks.held("token", waiting=lambda _process: None):
        assert done.exists()


def test_apart(home: Path) -> None:
    """It is in a session of its own, and has none of our files but the lock; nobody waits for its stderr."""
    code = f"""
import json, os, sys
files = [each for each in map(int, os.listdir("/dev/fd")) if each > 2]
facts = os.getsid(0) == os.getpid(), len([each for each in files if os.path.exists(f"/dev/fd/{{each}}")])
open({str(home / "facts")!r}, "w").write(json.dumps([*facts, os.fstat(2).st_rdev == os.stat("/dev/null").st_rdev]))
"""
    reading, writing = os.pipe()
    try:
        with pytest.raises(Failed):
            refreshed(process(code))
    finally:
        os.close(reading)
        os.close(writing)
    assert json.loads((home / "facts").read_text()) == [True, 1, True]


def test_killed_caller(home: Path) -> None:
    """A caller that is killed does not end the process."""
    script = f"""
from tests.sign_in.test_refresh_process import process, refreshed
refreshed(process("import os, time; os.kill(os.getppid(), 9); time.sleep(0.5); open({str(home / "done")!r}, 'w')"))
"""
    done = subprocess.run((sys.executable, "-c", script), check=False)
    assert done.returncode == -signal.SIGKILL
    wait_for((home / "done").exists)
