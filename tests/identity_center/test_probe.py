"""The request that compares clocks and checks an access token."""

import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from ssohelper.errors import BadInput, Unavailable
from ssohelper.identity_center.probe import ProbeResult, probe
from ssohelper.model import Session
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator

BODY = b'{"accountList": []}'


def test_valid_token(simulator: Simulator, session: Session) -> None:
    """A valid token is accepted, and the time is that of the response."""
    before = int(time.time())
    result = probe(session, simulator.sign_in().access_token)
    assert result.token_accepted is True
    assert before <= result.server_time <= time.time()


def test_invalid_token(simulator: Simulator, session: Session) -> None:
    """Without a valid token the clock is known all the same."""
    before = int(time.time())
    result = probe(session, "-")
    assert result.token_accepted is False
    assert before <= result.server_time <= time.time()


def test_other_failures(simulator: Simulator, session: Session) -> None:
    """An error that is not about the token is raised: it says nothing against it."""
    token = simulator.sign_in().access_token
    simulator.faults.add("ListAccounts", Fault.error(500), None)
    with pytest.raises(Unavailable, match=r"^Identity Center returned HTTP 500$"):
        probe(session, token)


@pytest.mark.parametrize(
    ("date", "expected"),
    [(formatdate(1_700_000_000, usegmt=True), 1_700_000_000.0), ("yesterday", None), (None, None)],
)
def test_date(monkeypatch: pytest.MonkeyPatch, date: str | None, expected: float | None) -> None:
    """The clock is that of the Date header; a response without a valid one is not from Identity Center."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """An empty list, with this date."""
            self.send_response_only(200)
            if date is not None:
                self.send_header("Date", date)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.handle_request, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", url)
        session = Session("acme", url, "us-east-1")
        if expected is not None:
            assert probe(session, "-") == ProbeResult(expected, token_accepted=True)
        else:
            with pytest.raises(Unavailable, match=r"^invalid response from Identity Center"):
                probe(session, "-")


def test_unreachable(simulator: Simulator, session: Session) -> None:
    """Without a connection there is no result."""
    simulator.close()
    with pytest.raises(Unavailable, match=r"connection failed$"):
        probe(session, "-")


def test_unknown_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """A region without IAM Identity Center has no host to ask."""
    monkeypatch.delenv("AWS_ENDPOINT_URL_SSO", raising=False)
    with pytest.raises(BadInput):
        probe(Session("acme", "https://acme.awsapps.com/start", "us-east-7"), "-")
