"""The OIDC service's client, against the simulator's."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ssohelper.errors import BadInput, Cancelled, Failed, SignInRequired, SsohelperError, Unavailable
from ssohelper.identity_center.oidc import (
    REDIRECT_URI,
    AuthorizationPending,
    DeviceAuthorization,
    InvalidClient,
    Oidc,
)
from ssohelper.model import Registration, Session, Token
from ssohelper.simulator.companies import organisation
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures import pkce
from tests.fixtures.clock import Clock
from tests.fixtures.wire import fetch

LOGIN = "ssohelper login --session acme"
DAY = 86400


@pytest.fixture
def slept() -> list[float]:
    """The pauses before retries, in seconds."""
    return []


@pytest.fixture
def oidc(simulator: Simulator, session: Session, clock: Clock, slept: list[float]) -> Oidc:
    """The client."""
    return Oidc(session, now=clock, sleep=slept.append)


def calls(simulator: Simulator) -> dict[str, int]:
    """How often each operation was called."""
    return dict(simulator.counters.calls)


def outcome(error: SsohelperError) -> tuple[type[SsohelperError], str, str | None]:
    """Type, message and hint."""
    return type(error), str(error), error.hint


@pytest.mark.parametrize("browser", [False, True])
def test_register(oidc: Oidc, session: Session, clock: Clock, browser: bool) -> None:
    """A registration has the session's scopes, lasts 90 days, and its repr hides the secret."""
    found = oidc.register(browser=browser)
    assert (found.scopes, found.browser, found.expires_at) == (session.scopes, browser, clock() + 90 * DAY)
    assert found.client_secret not in repr(found)


def test_register_legacy(simulator: Simulator, session: Session) -> None:
    """A legacy session registers without scopes."""
    legacy = session._replace(name=session.start_url)
    assert Oidc(legacy).register().scopes == ()


def test_authorize_url(oidc: Oidc, simulator: Simulator) -> None:
    """The page has what RFC 7636 and AWS ask for, percent-encoded."""
    registration = Registration("an id", "a secret", 0.0, ("sso:account:access", "other:scope"), browser=True)
    url = oidc.authorize_url(
        registration, redirect_uri=pkce.REDIRECT_URI, state="a+state", code_challenge=pkce.CHALLENGE
    )
    assert url.startswith(f"{simulator.url}/authorize?response_type=code&client_id=an%20id&redirect_uri=http")
    assert parse_qs(urlsplit(url).query) == {
        "response_type": ["code"],
        "client_id": ["an id"],
        "redirect_uri": [pkce.REDIRECT_URI],
        "state": ["a+state"],
        "code_challenge_method": ["S256"],
        "scopes": ["sso:account:access other:scope"],
        "code_challenge": [pkce.CHALLENGE],
    }


def authorize(oidc: Oidc, simulator: Simulator, registration: Registration) -> str:
    """A code, from an Identity Center that approves every sign-in."""
    url = oidc.authorize_url(
        registration, redirect_uri=pkce.REDIRECT_URI, state="a-state", code_challenge=pkce.CHALLENGE
    )
    target = url.removeprefix(simulator.url)
    return pkce.Redirect.of(fetch(simulator, "GET", target)).parameters["code"]


def test_exchange_code(oidc: Oidc, simulator: Simulator, session: Session, clock: Clock) -> None:
    """A code gets a token of the session, with a refresh token, once."""
    registration = oidc.register(browser=True)
    code = authorize(oidc, simulator, registration)

    def exchange() -> Token:
        return oidc.exchange_code(
            registration, code=code, code_verifier=pkce.VERIFIER, redirect_uri=pkce.REDIRECT_URI
        )

    token = exchange()
    assert (token.start_url, token.region, token.expires_at, token.registration) == (
        session.start_url,
        session.region,
        clock() + 3600,
        registration,
    )
    assert token.refresh_token
    with pytest.raises(SignInRequired) as caught:
        exchange()
    assert outcome(caught.value) == (SignInRequired, "Identity Center rejected the authorization code", LOGIN)


def test_wrong_verifier(oidc: Oidc, simulator: Simulator) -> None:
    """A code with another verifier is rejected."""
    registration = oidc.register(browser=True)
    code = authorize(oidc, simulator, registration)
    with pytest.raises(SignInRequired):
        oidc.exchange_code(registration, code=code, code_verifier="x" * 43, redirect_uri=pkce.REDIRECT_URI)


def test_redirect_uri() -> None:
    """The registered redirect URI is that of the AWS CLI, without a port."""
    assert REDIRECT_URI == pkce.REGISTERED_URI


def sign_in(oidc: Oidc) -> Token:
    """A token, from an Identity Center that approves every sign-in."""
    registration = oidc.register()
    return oidc.exchange_device_code(registration, oidc.start_device_authorization(registration))


def test_refresh(oidc: Oidc, clock: Clock) -> None:
    """A refreshed token has the registration of the old one and a new expiration."""
    old = sign_in(oidc)
    clock.advance(1800)
    new = oidc.refresh(old)
    assert (new.registration, new.expires_at) == (old.registration, clock() + 3600)
    assert new.access_token != old.access_token
    assert new.refresh_token != old.refresh_token


def test_refresh_token_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the service returns no refresh token, the old one is kept."""
    with Simulator(
        organisation(), auto_approve=True, rotate_refresh_tokens=False, repeat_refresh_token=False
    ) as simulator:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSO_OIDC", simulator.url)
        oidc = Oidc(Session("acme", simulator.start_url, simulator.region))
        old = sign_in(oidc)
        new = oidc.refresh(old)
    assert new.access_token != old.access_token
    assert new.refresh_token == old.refresh_token


@pytest.mark.parametrize("change", [{"refresh_token": None}, {"registration": None}], ids=str)
def test_cannot_be_refreshed(oidc: Oidc, simulator: Simulator, change: dict[str, Any]) -> None:
    """Without a refresh token or a registration no request is sent."""
    old = sign_in(oidc)
    simulator.counters.reset()
    with pytest.raises(SignInRequired) as caught:
        oidc.refresh(old._replace(**change))
    assert outcome(caught.value) == (SignInRequired, "this sign-in cannot be refreshed", LOGIN)
    assert calls(simulator) == {}


@pytest.mark.parametrize(
    "fault", [Fault.error(400, "InvalidGrantException"), Fault.error(401, "InvalidClientException")], ids=str
)
def test_refresh_rejected(oidc: Oidc, simulator: Simulator, fault: Fault) -> None:
    """A refresh token or a registration that is rejected needs a new sign-in."""
    old = sign_in(oidc)
    simulator.faults.add("CreateToken", fault)
    with pytest.raises(SignInRequired) as caught:
        oidc.refresh(old)
    assert outcome(caught.value) == (SignInRequired, "Identity Center rejected the refresh token", LOGIN)


@pytest.mark.parametrize(
    "fault",
    [
        *(Fault.error(400, f"{code}Exception") for code in ("InvalidRequest", "AccessDenied", "InvalidScope")),
        *(Fault.error(status) for status in (403, 429, 500)),
        Fault.html(),
    ],
    ids=str,
)
def test_refresh_fails_for_now(oidc: Oidc, simulator: Simulator, fault: Fault) -> None:
    """Any other response says nothing about the refresh token, which is used again later."""
    old = sign_in(oidc)
    simulator.faults.add("CreateToken", fault)
    with pytest.raises(Unavailable):
        oidc.refresh(old)
    assert oidc.refresh(old).access_token != old.access_token


def test_refresh_is_not_retried(oidc: Oidc, simulator: Simulator, slept: list[float]) -> None:
    """A refresh is one request: its response may be lost, and the refresh token used up."""
    old = sign_in(oidc)
    simulator.counters.reset()
    simulator.faults.add("CreateToken", Fault.error(500))
    with pytest.raises(Unavailable):
        oidc.refresh(old)
    assert (calls(simulator), slept) == ({"CreateToken": 1}, [])


def test_retries(oidc: Oidc, simulator: Simulator, slept: list[float]) -> None:
    """Any other request is retried twice, with pauses."""
    simulator.faults.add("RegisterClient", Fault.error(500), 2)
    oidc.register()
    assert (calls(simulator), slept) == ({"RegisterClient": 3}, [0.3, 1.0])
    simulator.faults.add("RegisterClient", Fault.dropped(), 3)
    with pytest.raises(Unavailable):
        oidc.register()


def test_start_device_authorization(oidc: Oidc, simulator: Simulator, clock: Clock) -> None:
    """The page has the user code in its query; the repr hides the device code."""
    found = oidc.start_device_authorization(oidc.register())
    assert (found.verification_uri_complete, found.interval, found.expires_at) == (
        f"{simulator.url}/device?user_code={found.user_code}",
        1.0,
        clock() + 600,
    )
    assert found.device_code not in repr(found)


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("AccessDeniedException", (Cancelled, "the sign-in was denied in the browser", LOGIN)),
        ("ExpiredTokenException", (SignInRequired, "the sign-in was not approved in time", LOGIN)),
        ("InvalidGrantException", (SignInRequired, "Identity Center rejected the device code", LOGIN)),
        ("AuthorizationPendingException", (AuthorizationPending, "the sign-in is not approved yet", None)),
        ("SlowDownException", (AuthorizationPending, "the sign-in is not approved yet", None)),
        (
            "InvalidClientException",
            (InvalidClient, "Identity Center rejected the client registration", LOGIN),
        ),
    ],
)
def test_poll_errors(
    oidc: Oidc, simulator: Simulator, code: str, expected: tuple[type[SsohelperError], str, str | None]
) -> None:
    """Each error code of a poll has an error of its own."""
    simulator.faults.add("CreateToken", Fault.error(400, code))
    with pytest.raises(SsohelperError) as caught:
        oidc.exchange_device_code(oidc.register(), DeviceAuthorization("code", "USER-CODE", "", 1.0, 0.0))
    assert outcome(caught.value) == expected
    if isinstance(caught.value, AuthorizationPending):
        assert caught.value.slow_down == (code == "SlowDownException")


def test_unknown_registration(oidc: Oidc) -> None:
    """A registration that the service does not know is invalid."""
    with pytest.raises(InvalidClient):
        oidc.start_device_authorization(Registration("unknown", "secret", 4e9))


@pytest.mark.parametrize("browser", [False, True])
def test_unknown_start_url(oidc: Oidc, session: Session, browser: bool) -> None:
    """A start URL that is not one of the region's is named."""
    other = Oidc(session._replace(start_url="https://other.awsapps.com/start"))

    def start() -> object:
        return other.register(browser=True) if browser else other.start_device_authorization(oidc.register())

    with pytest.raises(BadInput) as caught:
        start()
    assert outcome(caught.value) == (
        BadInput,
        "start URL not found in us-east-1: https://other.awsapps.com/start",
        "ssohelper configure --session acme --replace",
    )


@pytest.mark.parametrize("status", [401, 403])
def test_not_allowed(oidc: Oidc, simulator: Simulator, status: int) -> None:
    """A 401 or 403, which this service does not send by itself, is not taken for an expired sign-in."""
    simulator.faults.add("RegisterClient", Fault.error(status))
    with pytest.raises(Failed) as caught:
        oidc.register()
    assert outcome(caught.value) == (
        Failed,
        "Identity Center does not allow sign-ins from this machine",
        "ask your administrator whether sign-ins from this network are allowed",
    )


@pytest.mark.parametrize("fault", [Fault.html(), Fault.truncated()], ids=str)
def test_invalid_responses(oidc: Oidc, simulator: Simulator, fault: Fault) -> None:
    """An HTML page or half a response is not a registration."""
    simulator.faults.add("RegisterClient", fault, None)
    with pytest.raises(Unavailable) as caught:
        oidc.register()
    assert str(caught.value) == "invalid response from Identity Center (a proxy or captive portal?)"
