"""Access tokens, refresh tokens and their rotation, and the end of sign-ins."""

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.clock import Clock
from tests.fixtures.sdk import UNAUTHORIZED, Client, Sdk, api_error, oauth_error
from tests.fixtures.simulators import ConnectSdk, StartSimulator

INVALID_GRANT = oauth_error("invalid_grant")


def test_refresh(simulator: Simulator, sdk: Sdk) -> None:
    """A refresh returns a new access token and a new refresh token; the old access token stays valid."""
    client = Client.register(sdk.oidc)
    first = client.sign_in(simulator)
    second = client.token("refresh_token", refreshToken=first["refreshToken"])
    assert second == {
        "accessToken": second["accessToken"],
        "tokenType": "Bearer",
        "expiresIn": 3600,
        "refreshToken": second["refreshToken"],
    }
    assert len({each for tokens in (first, second) for each in tokens.values()}) == 6
    lengths = [
        len(sdk.portal.list_accounts(accessToken=tokens["accessToken"])["accountList"]) for tokens in (first, second)
    ]
    assert lengths == [8, 8]


def test_rotated_refresh_token(simulator: Simulator, sdk: Sdk) -> None:
    """A refresh token works once; its successor works."""
    client = Client.register(sdk.oidc)
    first = client.sign_in(simulator)
    second = client.token("refresh_token", refreshToken=first["refreshToken"])
    assert client.token_error("refresh_token", refreshToken=first["refreshToken"]) == INVALID_GRANT
    assert client.token("refresh_token", refreshToken=second["refreshToken"])["tokenType"] == "Bearer"


def test_refresh_without_rotation(start: StartSimulator, connect: ConnectSdk) -> None:
    """Without rotation each response repeats the refresh token, which stays valid."""
    simulator = start(rotate_refresh_tokens=False)
    client = Client.register(connect(simulator).oidc)
    first = client.sign_in(simulator)["refreshToken"]
    assert [client.token("refresh_token", refreshToken=first)["refreshToken"] for _ in range(3)] == [first] * 3


def test_refresh_token_is_not_repeated(start: StartSimulator, connect: ConnectSdk) -> None:
    """Without repetition the responses have no refresh token, and the first stays valid."""
    simulator = start(rotate_refresh_tokens=False, repeat_refresh_token=False)
    client = Client.register(connect(simulator).oidc)
    first = client.sign_in(simulator)["refreshToken"]
    results = [sorted(client.token("refresh_token", refreshToken=first)) for _ in range(2)]
    assert results == [["accessToken", "expiresIn", "tokenType"]] * 2


@pytest.mark.parametrize("token", ["unknown", "\ud800", "x" * 10_000])
def test_unknown_refresh_token(sdk: Sdk, token: str) -> None:
    """A refresh token that was never issued fails with InvalidGrantException."""
    assert Client.register(sdk.oidc).token_error("refresh_token", refreshToken=token) == INVALID_GRANT


def test_access_token_as_refresh_token(simulator: Simulator, sdk: Sdk) -> None:
    """An access token cannot be used as a refresh token."""
    client = Client.register(sdk.oidc)
    tokens = client.sign_in(simulator)
    assert client.token_error("refresh_token", refreshToken=tokens["accessToken"]) == INVALID_GRANT


def test_refresh_token_of_another_client(simulator: Simulator, sdk: Sdk) -> None:
    """A client cannot use another client's refresh token, and the attempt does not use it up."""
    client, other = Client.register(sdk.oidc), Client.register(sdk.oidc)
    tokens = client.sign_in(simulator)
    assert other.token_error("refresh_token", refreshToken=tokens["refreshToken"]) == INVALID_GRANT
    assert client.token("refresh_token", refreshToken=tokens["refreshToken"])["tokenType"] == "Bearer"


def test_sign_in_expires(start: StartSimulator, connect: ConnectSdk, clock: Clock) -> None:
    """A sign-in expires however often it is refreshed, and no token is valid longer."""
    simulator = start(sign_in_seconds=6000)
    sdk = connect(simulator)
    client = Client.register(sdk.oidc)
    tokens = client.sign_in(simulator)
    lifetimes = [tokens["expiresIn"]]
    for _ in range(2):
        clock.advance(2500)
        tokens = client.token("refresh_token", refreshToken=tokens["refreshToken"])
        lifetimes.append(tokens["expiresIn"])
    assert lifetimes == [3600, 3500, 1000]
    clock.advance(1000)
    assert api_error(sdk.portal.list_accounts, accessToken=tokens["accessToken"]) == UNAUTHORIZED
    assert client.token_error("refresh_token", refreshToken=tokens["refreshToken"]) == INVALID_GRANT


def test_refresh_after_the_access_token_expired(simulator: Simulator, sdk: Sdk, clock: Clock) -> None:
    """A refresh token is valid longer than its access token."""
    client = Client.register(sdk.oidc)
    tokens = client.sign_in(simulator)
    clock.advance(4 * 3600)
    refreshed = client.token("refresh_token", refreshToken=tokens["refreshToken"])
    assert api_error(sdk.portal.list_accounts, accessToken=tokens["accessToken"]) == UNAUTHORIZED
    assert len(sdk.portal.list_accounts(accessToken=refreshed["accessToken"])["accountList"]) == 8


def test_token_seconds(start: StartSimulator, connect: ConnectSdk) -> None:
    """`token_seconds` is the `expiresIn` of each token."""
    simulator = start(token_seconds=120)
    assert Client.register(connect(simulator).oidc).sign_in(simulator)["expiresIn"] == 120


def test_token_without_scopes(simulator: Simulator, sdk: Sdk) -> None:
    """Without scopes, as for a legacy profile, there is only an access token, valid for the whole sign-in."""
    tokens = Client.register(sdk.oidc, scopes=()).sign_in(simulator)
    assert tokens == {"accessToken": tokens["accessToken"], "tokenType": "Bearer", "expiresIn": 8 * 3600}


def test_sign_in_without_a_browser(simulator: Simulator, sdk: Sdk) -> None:
    """`Simulator.sign_in` returns tokens of a new client that can refresh them."""
    issued = simulator.sign_in("robin@example.com", seconds=100)
    client = Client(sdk.oidc, issued.client_id, issued.client_secret)
    refreshed = client.token("refresh_token", refreshToken=issued.refresh_token)
    assert (issued.user, issued.expires_at, issued.expires_in) == ("robin@example.com", 1_800_000_100, 100)
    assert issued.registration_expires_at == 1_800_000_000 + 90 * 24 * 3600
    assert refreshed["expiresIn"] == 100
    assert len(sdk.portal.list_accounts(accessToken=refreshed["accessToken"])["accountList"]) == 2


def test_sign_in_of_unknown_user(simulator: Simulator) -> None:
    """An unknown user is a LookupError."""
    with pytest.raises(LookupError, match="no such user: nobody"):
        simulator.sign_in("nobody")
