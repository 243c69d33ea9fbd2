"""The portal's client: what it makes of true answers, of failures, and of a server that means ill."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from ssohelper.errors import AccessDenied, SignInRequired, SsohelperError, Unavailable
from ssohelper.identity_center.limiter import Limiter
from ssohelper.identity_center.portal import Portal
from ssohelper.model import Account, Session, Token
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import generate

NOT_IDENTITY_CENTER = "something between here and Identity Center answered in its place"


class Hostile(BaseHTTPRequestHandler):
    """Answers every call with the same words."""

    answer: ClassVar[dict[str, object]] = {}

    def do_GET(self) -> None:
        """The answer, whatever was asked."""
        body = json.dumps(self.answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Nothing."""


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    """A portal whose server answers what `Hostile.answer` says."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Hostile) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", url)
        yield Portal(Session("s", url, "us-east-1"), Token(url, "us-east-1", "t", 0.0), sleep=lambda _: None)
        server.shutdown()
        thread.join()


@pytest.fixture
def identity_center(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A company of 250 accounts with awkward names, whose pages hold 100."""
    with Simulator(generate(250, 2, awkward=True), rate=None) as simulator:
        for name, value in simulator.environment.items():
            monkeypatch.setenv(name, value)
        yield simulator


@pytest.fixture
def portal(identity_center: Simulator) -> Portal:
    """The portal of somebody who is signed in."""
    session = Session("s", identity_center.start_url, identity_center.region)
    token = Token(session.start_url, session.region, identity_center.sign_in().access_token, 0.0)
    return Portal(session, token, sleep=lambda _: None)


def test_accounts_and_roles(portal: Portal, identity_center: Simulator) -> None:
    """Every account of every page is there once, with what the service leaves out as None."""
    accounts = portal.accounts()
    assert accounts == [Account(each.id, each.name, each.email) for each in identity_center.world.accounts]
    assert [role.name for role in portal.roles(accounts[0])] == sorted(
        each.name for each in identity_center.world.permission_sets
    )
    assert identity_center.counters.calls == {"ListAccounts": 3, "ListAccountRoles": 1}


def test_role_credentials(portal: Portal, identity_center: Simulator) -> None:
    """Credentials say until when in Unix seconds, and their repr holds no secret."""
    account, role = identity_center.world.accounts[0], identity_center.world.permission_sets[0]
    found = portal.role_credentials(account.id, role.name)
    issued = identity_center.issued(found.access_key_id)
    assert (found.account_id, found.role_name, found.expiration) == (account.id, role.name, issued.expiration)
    assert found.secret_access_key not in repr(found)
    assert found.session_token not in repr(found)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.error(401), SignInRequired("the sign-in to s has ended")),
        (Fault.error(403), AccessDenied("Identity Center denied access")),
        (Fault.error(500), Unavailable("Identity Center answered HTTP 500")),
        (Fault.html(), Unavailable(NOT_IDENTITY_CENTER)),
        (Fault.truncated(), Unavailable(NOT_IDENTITY_CENTER)),
    ],
    ids=lambda each: getattr(each, "status", None),
)
def test_failures(portal: Portal, identity_center: Simulator, fault: Fault, error: SsohelperError) -> None:
    """What does not pass becomes one of our errors."""
    identity_center.faults.add("ListAccounts", fault, None)
    with pytest.raises(type(error)) as raised:
        portal.accounts()
    assert str(raised.value) == str(error)


@pytest.mark.parametrize("fault", [Fault.dropped(), Fault.truncated(), Fault.html(), Fault.error(503)])
def test_what_passes_is_repeated(portal: Portal, identity_center: Simulator, fault: Fault) -> None:
    """Three failures of one page are repeated, and no account is lost or doubled."""
    identity_center.faults.add("ListAccounts", fault, 3)
    assert len(portal.accounts()) == 250
    assert identity_center.counters.calls["ListAccounts"] == 6


def test_patience_is_for_each_call(identity_center: Simulator) -> None:
    """A portal that has made calls for longer than one may take keeps its pace all the same, and repeats a call."""
    session = Session("s", identity_center.start_url, identity_center.region)
    token = Token(session.start_url, session.region, identity_center.sign_in().access_token, 0.0)
    portal = Portal(session, token, seconds=0.5, limiter=Limiter(fastest=20))
    account = Account(identity_center.world.accounts[0].id)
    began = time.monotonic()
    for _ in range(21):
        portal.roles(account)
    assert time.monotonic() - began >= 1
    identity_center.faults.add("ListAccountRoles", Fault.error(429))
    assert len(portal.roles(account)) == 2
    identity_center.faults.add("ListAccountRoles", Fault.error(429), None)
    with pytest.raises(Unavailable):
        portal.roles(account)


def test_pages_without_end(hostile: Portal) -> None:
    """A server whose next page is always the same is not followed for ever."""
    Hostile.answer = {"accountList": [{"accountId": "111111111111"}], "nextToken": "again"}
    with pytest.raises(Unavailable, match=f"^{NOT_IDENTITY_CENTER}$"):
        hostile.accounts()


@pytest.mark.parametrize("answer", [{}, {"accountList": [{"accountName": "no id"}]}, {"message": "hello"}])
def test_answers_without_their_members(hostile: Portal, answer: dict[str, object]) -> None:
    """An answer that lacks what every true one has is not taken for an empty company."""
    Hostile.answer = answer
    with pytest.raises(Unavailable, match=f"^{NOT_IDENTITY_CENTER}$"):
        hostile.accounts()
