"""The simulator's output and reprs do not contain secrets."""

import gc
import sys

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures import pkce
from tests.fixtures.html_client import open_page
from tests.fixtures.sdk import DEVICE_CODE, Client, Sdk
from tests.fixtures.wire import fetch_portal, send_raw


def secrets_of_every_kind(simulator: Simulator, sdk: Sdk) -> dict[str, str]:
    """Create one secret of each kind, and return them by kind."""
    client, browser = Client.register(sdk.oidc), pkce.register(sdk.oidc)
    tokens = client.sign_in(simulator)
    pending = client.start(simulator)
    consent = open_page(simulator, pkce.authorize_target(browser, state="a-state-to-keep"))
    approved = open_page(simulator, pkce.authorize_target(browser)).send(user="alex@example.com", decision="approve")
    role = sdk.portal.get_role_credentials(
        accessToken=tokens["accessToken"], accountId="111122223333", roleName="ReadOnly"
    )["roleCredentials"]
    page = sdk.portal.list_accounts(accessToken=tokens["accessToken"], maxResults=1)
    return {
        "client secret": client.secret,
        "access token": tokens["accessToken"],
        "refresh token": tokens["refreshToken"],
        "device code": pending["deviceCode"],
        "form token": consent.form.fields["form_token"],
        "state": "a-state-to-keep",
        "code": pkce.Redirect.of(approved).parameters["code"],
        "code challenge": pkce.CHALLENGE,
        "secret key": role["secretAccessKey"],
        "session token": role["sessionToken"],
        "next token": page["nextToken"],
    }


def test_no_secret_in_a_repr(simulator: Simulator, sdk: Sdk) -> None:
    """No object of the simulator shows a secret in its repr."""
    issued = simulator.sign_in()
    secrets = secrets_of_every_kind(simulator, sdk) | {
        "issued access token": issued.access_token,
        "issued refresh token": issued.refresh_token or "",
        "issued client secret": issued.client_secret,
    }
    objects = [each for each in gc.get_objects() if str(type(each).__module__).startswith("ssohelper.simulator")]
    assert {"Simulator", "Tokens", "DeviceAuthorization", "Registration", "IssuedTokens", "AuthorizationRequest"} <= {
        type(each).__name__ for each in objects
    }
    shown = "\n".join(repr(each) for each in objects)
    assert [kind for kind, secret in secrets.items() if secret in shown] == []


def test_repr_of_a_simulator(simulator: Simulator) -> None:
    """The repr describes the world."""
    assert repr(simulator) == "<Simulator of <World: 8 accounts, 4 permission sets, 2 users>>"


def test_nothing_is_logged(simulator: Simulator, sdk: Sdk, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither valid nor invalid calls write to stdout or stderr."""
    secrets_of_every_kind(simulator, sdk)
    fetch_portal(simulator, "GET", "/assignment/accounts?next_token=x", "a-token-to-keep")
    send_raw(simulator, b"GET /device?user_code=x\r\n\r\n")
    assert capfd.readouterr() == ("", "")


def test_internal_error(
    simulator: Simulator, sdk: Sdk, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected exception is a 500 with its class name, without its message or a traceback."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)

    def broken(*_: object) -> None:
        raise RuntimeError("a-secret-to-keep")

    # There is no known way to cause an unexpected exception from outside.
    monkeypatch.setattr(simulator._tokens, "sign_in", broken)
    simulator.approve(started["userCode"])
    error = client.token_error(DEVICE_CODE, deviceCode=started["deviceCode"])
    assert (error.status, error.code, error.message) == (
        500,
        "InternalServerException",
        "The simulator failed: RuntimeError",
    )
    assert capfd.readouterr() == ("", "")
    assert sys.exc_info() == (None, None, None)
