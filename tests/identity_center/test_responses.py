"""Responses of a broken or hostile service: what is not valid is refused in one line, whatever it is."""

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssohelper.errors import SsohelperError, Unavailable
from ssohelper.identity_center.oidc import DeviceAuthorization, Oidc
from ssohelper.identity_center.portal import Portal
from ssohelper.identity_center.responses import LONGEST_SECONDS, Response
from ssohelper.model import Registration, Session, Token
from ssohelper.roles import Account, RoleCredentials, RoleRef
from tests.fixtures import hostile_responses
from tests.fixtures.examples import examples
from tests.fixtures.hostile_responses import NOW, HttpResponse

SESSION = Session("acme", "https://acme.awsapps.com/start", "us-east-1")
REGISTRATION = Registration("id", "secret", NOW + 3600)
TOKEN = Token(SESSION.start_url, SESSION.region, "aoa", NOW + 3600, REGISTRATION, "aor")
ROLE = RoleRef("acme", "111122223333", "Admin")
AUTHORIZATION = DeviceAuthorization("code", "ABCD-EFGH", "https://x.example.com", 1.0, NOW + 600)


def _reject(_token: Token) -> Token:
    raise Unavailable("rejected")


@pytest.fixture(scope="module")
def portal() -> Portal:
    """A portal whose requests wait for nothing."""
    found = Portal(SESSION, TOKEN, _reject, now=lambda: NOW, sleep=lambda _: None, seconds=0.0)
    found.limiter.wait = lambda *_: None  # type: ignore[method-assign] # no rate in a test without a service
    return found


@pytest.fixture(scope="module")
def oidc() -> Oidc:
    """An OIDC service that waits for nothing."""
    return Oidc(SESSION, now=lambda: NOW, sleep=lambda _: None)


@pytest.fixture(scope="module")
def calls(portal: Portal, oidc: Oidc) -> dict[str, Callable[[], Any]]:
    """What sends a request of each operation."""
    return {
        "ListAccounts": portal.accounts,
        "ListAccountRoles": lambda: portal.roles(Account("111122223333")),
        "GetRoleCredentials": lambda: portal.role_credentials(ROLE),
        "RegisterClient": oidc.register,
        "StartDeviceAuthorization": lambda: oidc.start_device_authorization(REGISTRATION),
        "CreateToken": lambda: oidc.exchange_device_code(REGISTRATION, AUTHORIZATION),
    }


@pytest.mark.parametrize("operation", hostile_responses.VALID)
@pytest.mark.first_is_quick
def test_generated(calls: dict[str, Callable[[], Any]], operation: str) -> None:
    """Whatever comes over the wire: a valid value, or one line with one of our errors."""

    @settings(
        max_examples=examples(300),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(hostile_responses.responses(operation))
    def check(response: HttpResponse) -> None:
        with hostile_responses.answered(response):
            found = _outcome(calls[operation])
        if isinstance(found, SsohelperError):
            assert str(found).isprintable()
        else:
            assert response.status < 300
            _check(found)

    check()


@pytest.mark.parametrize("operation", hostile_responses.VALID)
def test_valid(calls: dict[str, Callable[[], Any]], operation: str) -> None:
    """The responses that are damaged above are valid without that."""
    body = json.dumps(hostile_responses.VALID[operation]).encode()
    with hostile_responses.answered(HttpResponse(200, {"Content-Type": "application/json"}, body)):
        _check(calls[operation]())


def _outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except SsohelperError as error:
        return error


def _check(found: Any) -> None:
    """Check every member of what was returned."""
    if isinstance(found, list):
        for each in found:
            name = each.id if isinstance(each, Account) else each.name
            assert isinstance(name, str)
            assert name.isprintable()
            assert " " not in name
        return
    if isinstance(found, RoleCredentials):
        texts, moment = (found.access_key_id, found.secret_access_key, found.session_token), found.expiration
    elif isinstance(found, Registration):
        texts, moment = (found.client_id, found.client_secret, "x"), found.expires_at
    elif isinstance(found, DeviceAuthorization):
        assert found.verification_uri_complete.startswith("https://")
        texts, moment = (found.device_code, found.user_code, "x"), found.expires_at
        assert 0 < found.interval < LONGEST_SECONDS
    else:
        assert isinstance(found, Token)
        texts, moment = (found.access_token, found.refresh_token or "x", "x"), found.expires_at
    assert all(text and text.isprintable() for text in texts)
    assert NOW < moment < NOW + LONGEST_SECONDS


@pytest.mark.parametrize(
    "value", [None, 0, -1, math.nan, math.inf, 1e30, 10**400, "soon", "3600", True, [], LONGEST_SECONDS]
)
def test_seconds(value: object) -> None:
    """A duration is a number of seconds above zero and below 400 days."""
    with pytest.raises(Unavailable):
        Response({"x": value}).seconds("x")
    assert Response({"x": 0.5}).seconds("x") == 0.5


@given(st.floats() | st.integers())
def test_moment(value: float) -> None:
    """A moment is after now, and less than 400 days ahead."""
    try:
        found = Response({"x": value}).expiry("x", NOW)
    except Unavailable:
        assert not NOW < value < NOW + LONGEST_SECONDS
    else:
        assert found == value


def test_date() -> None:
    """STS responds in XML, of which botocore makes dates."""
    date = datetime.fromtimestamp(NOW + 60, UTC)
    assert Response({"x": date}).expiry("x", NOW) == NOW + 60


@pytest.mark.parametrize(
    ("off", "message"),
    [
        (
            7200.0,
            "the clock of this machine is 2h ahead of that of Identity Center",
        ),
        (60.0, "invalid response from Identity Center (a proxy or captive portal?)"),
    ],
)
def test_clock(off: float, message: str) -> None:
    """If what was just issued has expired by our clock, the message names the clock, by the service's own."""
    response = Response({"x": NOW + 30}, server_time=NOW)
    with pytest.raises(Unavailable) as caught:
        response.expiry("x", NOW + off)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "url",
    [
        *("", "http://example.com/", "javascript:alert(1)", "file:///etc/passwd", "https://", "https://[", "//x", 5),
        *("https://a b", "https://a\nb", "http://127.0.0.1.example.com/", "-https://x"),
    ],
)
def test_url(url: object) -> None:
    """Only an https address, or one of this machine, is opened in a browser."""
    with pytest.raises(Unavailable):
        Response({"x": url}).url("x")
    for valid in ("https://d.example.com/?c=1", "http://127.0.0.1:8080/device", "http://[::1]:1/x"):
        assert Response({"x": valid}).url("x") == valid
