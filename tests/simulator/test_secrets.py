"""No secret of anyone is in what the simulator says of itself."""

import gc
import sys

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures import pkce
from tests.fixtures.person import visit
from tests.fixtures.sdk import DEVICE_CODE, Client, Sdk
from tests.fixtures.wire import ask_portal, send


def secrets_of_every_kind(simulator: Simulator, sdk: Sdk) -> dict[str, str]:
    """One secret of each kind, all of them alive in the simulator."""
    client, browser = Client.register(sdk.oidc), pkce.register(sdk.oidc)
    tokens = client.sign_in(simulator)
    waiting = client.start(simulator)
    consent = visit(simulator, pkce.authorize(browser, state="a-state-to-keep"))
    approved = visit(simulator, pkce.authorize(browser)).send(user="alex@example.com", decision="approve")
    role = sdk.portal.get_role_credentials(
        accessToken=tokens["accessToken"], accountId="111122223333", roleName="ReadOnly"
    )["roleCredentials"]
    page = sdk.portal.list_accounts(accessToken=tokens["accessToken"], maxResults=1)
    return {
        "client secret": client.secret,
        "access token": tokens["accessToken"],
        "refresh token": tokens["refreshToken"],
        "device code": waiting["deviceCode"],
        "ticket": consent.form.fields["ticket"],
        "state": "a-state-to-keep",
        "code": pkce.Redirect.of(approved).parameters["code"],
        "challenge": pkce.CHALLENGE,
        "secret key": role["secretAccessKey"],
        "session token": role["sessionToken"],
        "next token": page["nextToken"],
    }


def test_no_repr_shows_a_secret(simulator: Simulator, sdk: Sdk) -> None:
    """Of all objects of the simulator that are alive, none shows a secret in its repr."""
    grant = simulator.sign_in()
    secrets = secrets_of_every_kind(simulator, sdk) | {
        "granted access token": grant.access_token,
        "granted refresh token": grant.refresh_token or "",
        "granted client secret": grant.client_secret,
    }
    ours = [each for each in gc.get_objects() if str(type(each).__module__).startswith("ssohelper.simulator")]
    assert {"Simulator", "Tokens", "DeviceAuthorization", "Registration", "Grant", "AuthorizationRequest"} <= {
        type(each).__name__ for each in ours
    }
    shown = "\n".join(repr(each) for each in ours)
    assert [kind for kind, secret in secrets.items() if secret in shown] == []


def test_the_repr_says_what_it_is(simulator: Simulator) -> None:
    """A simulator's repr tells its world and its size."""
    assert repr(simulator) == "<Simulator of <World: 8 accounts, 4 permission sets, 2 users>>"


def test_nothing_is_logged(simulator: Simulator, sdk: Sdk, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither right nor wrong calls write a line, so none can hold a secret."""
    secrets_of_every_kind(simulator, sdk)
    ask_portal(simulator, "GET", "/assignment/accounts?next_token=x", "a-token-to-keep")
    send(simulator, b"GET /device?user_code=x\r\n\r\n")
    assert capfd.readouterr() == ("", "")


def test_a_failure_tells_its_kind_alone(
    simulator: Simulator, sdk: Sdk, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours is a 500 that names the exception's class: no words of it, no traceback, no value."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)

    def broken(*_: object) -> None:
        raise RuntimeError("a-secret-to-keep")

    # There is no known way to make it fail by itself; whoever finds one mends it.
    monkeypatch.setattr(simulator._tokens, "begin", broken)
    simulator.approve(started["userCode"])
    refusal = client.refused(DEVICE_CODE, deviceCode=started["deviceCode"])
    assert (refusal.status, refusal.code, refusal.words) == (
        500,
        "InternalServerException",
        "The simulator failed: RuntimeError",
    )
    assert capfd.readouterr() == ("", "")
    assert sys.exc_info() == (None, None, None)
