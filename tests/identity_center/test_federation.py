"""The federation endpoint of AWS sign-in."""

import pytest

from ssohelper.errors import BadInput, Failed, SsohelperError, Unavailable
from ssohelper.identity_center import federation
from ssohelper.identity_center.portal import Portal
from ssohelper.model import Session, Token
from ssohelper.roles import RoleCredentials, RoleRef
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator

ROLE = RoleRef("acme", "333344445555", "ReadOnly")
INVALID = "invalid response from AWS sign-in (a proxy or captive portal?)"
NETWORK_HINT = "sign in to this network in a browser (hotel, airport, VPN), then run the command again"


@pytest.fixture
def credentials(simulator: Simulator, session: Session) -> RoleCredentials:
    """Valid credentials of a role."""
    token = Token(session.start_url, session.region, simulator.sign_in().access_token, 0.0)
    return Portal(session, token).role_credentials(ROLE)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        (None, "https://eu-central-1.signin.aws.amazon.com/federation"),
        ("https://signin.example/", "https://signin.example/federation"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/federation"),
        ("http://localhost:8080", "http://localhost:8080/federation"),
        ("http://[::1]:8080", "http://[::1]:8080/federation"),
    ],
)
def test_endpoint(monkeypatch: pytest.MonkeyPatch, override: str | None, expected: str) -> None:
    """The endpoint is the region's, unless the variable names another one."""
    monkeypatch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)
    if override is None:
        monkeypatch.delenv(federation.VARIABLE, raising=False)
    else:
        monkeypatch.setenv(federation.VARIABLE, override)
    assert federation.endpoint("eu-central-1") == expected


@pytest.mark.parametrize("url", ["http://signin.example", "http://127.0.0.1.example:80", "http://10.0.0.1"])
def test_plain_http(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Credentials are not sent over a network without TLS."""
    monkeypatch.setenv(federation.VARIABLE, url)
    with pytest.raises(BadInput) as caught:
        federation.endpoint("eu-central-1")
    assert (str(caught.value), caught.value.hint) == (
        f"AWS_ENDPOINT_URL_SIGNIN must start with https://: {url!r}",
        "unset AWS_ENDPOINT_URL_SIGNIN",
    )


@pytest.mark.parametrize("seconds", [None, 900, 43200])
def test_signin_token(simulator: Simulator, credentials: RoleCredentials, seconds: int | None) -> None:
    """Credentials are exchanged for a token."""
    token = federation.signin_token(f"{simulator.url}/federation", credentials, seconds)
    assert token.startswith("VCQ")


def test_rejected_duration(simulator: Simulator, credentials: RoleCredentials) -> None:
    """A duration that the endpoint rejects is named, with the role."""
    with pytest.raises(BadInput) as caught:
        federation.signin_token(f"{simulator.url}/federation", credentials, 43201)
    assert (str(caught.value), caught.value.hint) == (
        "AWS sign-in rejected a session of 12h for ReadOnly in 333344445555 (HTTP 400)",
        "omit --duration, or use a shorter one",
    )


def test_rejected_credentials(simulator: Simulator, credentials: RoleCredentials) -> None:
    """Credentials that the endpoint rejects are not in the message."""
    wrong = credentials._replace(secret_access_key="wrong-key")
    with pytest.raises(Failed) as caught:
        federation.signin_token(f"{simulator.url}/federation", wrong, None)
    assert (str(caught.value), caught.value.hint) == (
        "AWS sign-in rejected the credentials of ReadOnly in 333344445555 (HTTP 400)",
        "open the console without --federate",
    )


@pytest.mark.parametrize(
    ("fault", "message", "hint"),
    [
        (Fault.error(503), "AWS sign-in returned HTTP 503", "run the command again in a minute"),
        (Fault.error(429), "AWS sign-in returned HTTP 429", "run the command again in a minute"),
        (Fault.html(), INVALID, NETWORK_HINT),
        (
            Fault.dropped(),
            "can't reach AWS sign-in at 127.0.0.1:PORT: connection closed",
            "check the network, then run the command again",
        ),
    ],
)
def test_failures(simulator: Simulator, credentials: RoleCredentials, fault: Fault, message: str, hint: str) -> None:
    """A failure of the service or the network is `Unavailable`."""
    simulator.faults.add("GetSigninToken", fault)
    with pytest.raises(SsohelperError) as caught:
        federation.signin_token(f"{simulator.url}/federation", credentials, None)
    assert (type(caught.value), str(caught.value).replace(str(simulator.port), "PORT"), caught.value.hint) == (
        Unavailable,
        message,
        hint,
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b'{"SigninToken": 7}',
        b'{"SigninToken": ""}',
        b'{"SigninToken": "a b"}',
        b"[" * 9999,
    ],
    ids=lambda body: body[:25],
)
def test_invalid_bodies(body: bytes) -> None:
    """A body without a token of printable characters is not from AWS; inside, since only AWS could send it."""
    with pytest.raises(Unavailable) as caught:
        federation._token(body)
    assert str(caught.value) == INVALID
    assert caught.value.__suppress_context__
