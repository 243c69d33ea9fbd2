"""The portal client: valid responses, failures, retries, and a hostile server."""

import json
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from ssohelper.errors import AccessDenied, SignInRequired, SsohelperError, Unavailable
from ssohelper.identity_center.limiter import Limiter
from ssohelper.identity_center.portal import Portal
from ssohelper.model import Session, Token
from ssohelper.roles import Account, RoleRef
from ssohelper.simulator.companies import generate
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator

INVALID = "invalid response from Identity Center (a proxy or captive portal?)"


class Hostile(BaseHTTPRequestHandler):
    """Sends the same response to every request."""

    response: ClassVar[dict[str, object]] = {}

    def do_GET(self) -> None:
        """Send `response`."""
        body = json.dumps(self.response).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Log nothing."""


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    """A portal whose server sends `Hostile.response`."""
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
    """An Identity Center with 250 accounts with unusual names; a page has 100."""
    with Simulator(generate(250, 2, awkward=True), rate=None) as simulator:
        for name, value in simulator.environment.items():
            monkeypatch.setenv(name, value)
        yield simulator


@pytest.fixture
def portal(identity_center: Simulator) -> Portal:
    """The portal, with a valid token."""
    session = Session("s", identity_center.start_url, identity_center.region)
    token = Token(session.start_url, session.region, identity_center.sign_in().access_token, 0.0)
    return Portal(session, token, sleep=lambda _: None)


def test_accounts_and_roles(portal: Portal, identity_center: Simulator) -> None:
    """All pages are read; what the service leaves out is None."""
    accounts = portal.accounts()
    assert accounts == [Account(each.id, each.name, each.email) for each in identity_center.world.accounts]
    assert [role.name for role in portal.roles(accounts[0])] == sorted(
        each.name for each in identity_center.world.permission_sets
    )
    assert identity_center.counters.calls == {"ListAccounts": 3, "ListAccountRoles": 1}


def test_role_credentials(portal: Portal, identity_center: Simulator) -> None:
    """The expiration is in Unix seconds, and the repr contains no secret."""
    account, role = identity_center.world.accounts[0], identity_center.world.permission_sets[0]
    ref = RoleRef("s", account.id, role.name)
    found = portal.role_credentials(ref)
    issued = identity_center.issued(found.access_key_id)
    assert (found.role, found.expiration) == (ref, issued.expiration)
    assert (issued.account_id, issued.role_name) == (account.id, role.name)
    assert found.secret_access_key not in repr(found)
    assert found.session_token not in repr(found)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.error(401), SignInRequired("the sign-in to s has expired")),
        (Fault.error(403), AccessDenied("Identity Center denied access")),
        (Fault.error(500), Unavailable("Identity Center returned HTTP 500")),
        (Fault.html(), Unavailable(INVALID)),
        (Fault.truncated(), Unavailable(INVALID)),
    ],
    ids=lambda each: getattr(each, "status", None),
)
def test_failures(portal: Portal, identity_center: Simulator, fault: Fault, error: SsohelperError) -> None:
    """A failure that lasts is raised as one of our errors."""
    identity_center.faults.add("ListAccounts", fault, None)
    with pytest.raises(type(error)) as raised:
        portal.accounts()
    assert str(raised.value) == str(error)


@pytest.mark.parametrize("fault", [Fault.dropped(), Fault.truncated(), Fault.html(), Fault.error(503)])
def test_retries(portal: Portal, identity_center: Simulator, fault: Fault) -> None:
    """After three failures a page is retried, and no account is missing or listed twice."""
    identity_center.faults.add("ListAccounts", fault, 3)
    assert len(portal.accounts()) == 250
    assert identity_center.counters.calls["ListAccounts"] == 6


def test_time_limit_is_per_call(identity_center: Simulator) -> None:
    """`seconds` limits each call, not the portal: after that time it still keeps its rate and retries."""
    session = Session("s", identity_center.start_url, identity_center.region)
    token = Token(session.start_url, session.region, identity_center.sign_in().access_token, 0.0)
    portal = Portal(session, token, seconds=0.5, limiter=Limiter(max_rate=20))
    account = Account(identity_center.world.accounts[0].id)
    started = time.monotonic()
    for _ in range(21):
        portal.roles(account)
    assert time.monotonic() - started >= 1
    identity_center.faults.add("ListAccountRoles", Fault.error(429))
    assert len(portal.roles(account)) == 2
    identity_center.faults.add("ListAccountRoles", Fault.error(429), None)
    with pytest.raises(Unavailable):
        portal.roles(account)


def test_endless_pages(hostile: Portal) -> None:
    """A server that repeats a page token does not cause endless requests."""
    Hostile.response = {"accountList": [{"accountId": "111111111111"}], "nextToken": "again"}
    with pytest.raises(Unavailable, match=f"^{re.escape(INVALID)}$"):
        hostile.accounts()


@pytest.mark.parametrize("response", [{}, {"accountList": [{"accountName": "no id"}]}, {"message": "hello"}])
def test_missing_members(hostile: Portal, response: dict[str, object]) -> None:
    """A response without its required members is an error, not an empty list."""
    Hostile.response = response
    with pytest.raises(Unavailable, match=f"^{re.escape(INVALID)}$"):
        hostile.accounts()


@pytest.mark.parametrize("name", ["", "two words", "a\nb", "a\x1b[31m", 7])
def test_invalid_identifiers(hostile: Portal, name: object) -> None:
    """An account id that is not one word of printable characters is refused."""
    Hostile.response = {"accountList": [{"accountId": name}]}
    with pytest.raises(Unavailable, match=f"^{re.escape(INVALID)}$"):
        hostile.accounts()


def refreshing(identity_center: Simulator, tokens: list[str]) -> Portal:
    """A portal with a rejected token, whose `refresh` returns these access tokens in turn."""
    session = Session("s", identity_center.start_url, identity_center.region)

    def refresh(_rejected: Token) -> Token:
        return Token(session.start_url, session.region, tokens.pop(0), 0.0)

    return Portal(session, Token(session.start_url, session.region, "rejected", 0.0), refresh, sleep=lambda _: None)


def test_refresh(identity_center: Simulator) -> None:
    """A rejected token is refreshed once, and the request is repeated with the new one."""
    portal = refreshing(identity_center, [identity_center.sign_in().access_token])
    assert len(portal.accounts()) == 250
    assert identity_center.counters.calls["ListAccounts"] == 4


def test_refreshed_token_is_rejected(identity_center: Simulator) -> None:
    """A refreshed token that is rejected before its first success is not refreshed again."""
    tokens = ["rejected, too", identity_center.sign_in().access_token]
    with pytest.raises(SignInRequired) as caught:
        refreshing(identity_center, tokens).accounts()
    assert (str(caught.value), caught.value.hint) == (
        "the sign-in to s has expired",
        "ssohelper login --session s --force",
    )
    assert len(tokens) == 1


def test_refresh_in_many_threads(identity_center: Simulator) -> None:
    """Threads whose requests were rejected at the same time share one refresh."""
    tokens = [identity_center.sign_in().access_token]
    portal = refreshing(identity_center, tokens)
    account = Account(identity_center.world.accounts[0].id)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(portal.roles, [account] * 8))
    assert ([len(roles) for roles in found], tokens) == ([2] * 8, [])


def test_denied(portal: Portal, identity_center: Simulator) -> None:
    """A role that is not assigned is `AccessDenied`, with a hint that names no other role."""
    role = RoleRef("s", identity_center.world.accounts[0].id, "NotAssigned")
    with pytest.raises(AccessDenied) as caught:
        portal.role_credentials(role)
    assert caught.value.hint == (
        "ask your administrator, or sign in as another user: ssohelper login --session s --force"
    )


def test_stop(identity_center: Simulator) -> None:
    """`stop` ends a call that waits for a retry."""
    session = Session("s", identity_center.start_url, identity_center.region)
    token = Token(session.start_url, session.region, identity_center.sign_in().access_token, 0.0)
    portal = Portal(session, token)
    identity_center.faults.add("ListAccounts", Fault.error(500), None)
    threading.Timer(0.3, portal.stop).start()
    with pytest.raises(Unavailable, match=r"^cancelled$"):
        portal.accounts()


def test_logout(portal: Portal) -> None:
    """After a logout the token is rejected."""
    portal.logout()
    with pytest.raises(SignInRequired):
        portal.accounts()
