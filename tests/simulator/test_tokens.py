"""Refresh tokens, their rotation, and how long everything lasts."""

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.clock import Clock
from tests.fixtures.sdk import UNAUTHORIZED, Client, Sdk, oauth, refusal
from tests.fixtures.simulators import Connect, Start

INVALID_GRANT = oauth("invalid_grant")


def test_a_refresh_gives_new_tokens(simulator: Simulator, sdk: Sdk) -> None:
    """A refresh answers with a new access token and a new refresh token; the old access token lives on."""
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


def test_a_rotated_refresh_token_is_dead(simulator: Simulator, sdk: Sdk) -> None:
    """A refresh token works once; its successor still does."""
    client = Client.register(sdk.oidc)
    first = client.sign_in(simulator)
    second = client.token("refresh_token", refreshToken=first["refreshToken"])
    assert client.refused("refresh_token", refreshToken=first["refreshToken"]) == INVALID_GRANT
    assert client.token("refresh_token", refreshToken=second["refreshToken"])["tokenType"] == "Bearer"


def test_without_rotation_a_refresh_token_stays(start: Start, connect: Connect) -> None:
    """With rotation off every answer repeats the same refresh token, which goes on working."""
    simulator = start(rotate_refresh_tokens=False)
    client = Client.register(connect(simulator).oidc)
    first = client.sign_in(simulator)["refreshToken"]
    assert [client.token("refresh_token", refreshToken=first)["refreshToken"] for _ in range(3)] == [first] * 3


def test_a_refresh_token_need_not_be_repeated(start: Start, connect: Connect) -> None:
    """With repeating off as well, the answers to refreshes hold none, and the first goes on working."""
    simulator = start(rotate_refresh_tokens=False, repeat_refresh_token=False)
    client = Client.register(connect(simulator).oidc)
    first = client.sign_in(simulator)["refreshToken"]
    seen = [sorted(client.token("refresh_token", refreshToken=first)) for _ in range(2)]
    assert seen == [["accessToken", "expiresIn", "tokenType"]] * 2


@pytest.mark.parametrize("token", ["made-up", "\ud800", "x" * 10_000])
def test_a_made_up_refresh_token_is_refused(sdk: Sdk, token: str) -> None:
    """A refresh token that nobody gave out is InvalidGrantException."""
    assert Client.register(sdk.oidc).refused("refresh_token", refreshToken=token) == INVALID_GRANT


def test_an_access_token_does_not_refresh(simulator: Simulator, sdk: Sdk) -> None:
    """The two kinds of tokens do not stand for each other."""
    client = Client.register(sdk.oidc)
    tokens = client.sign_in(simulator)
    assert client.refused("refresh_token", refreshToken=tokens["accessToken"]) == INVALID_GRANT


def test_a_refresh_token_is_its_clients(simulator: Simulator, sdk: Sdk) -> None:
    """Another client cannot use a refresh token, and the attempt does not use it up."""
    client, thief = Client.register(sdk.oidc), Client.register(sdk.oidc)
    tokens = client.sign_in(simulator)
    assert thief.refused("refresh_token", refreshToken=tokens["refreshToken"]) == INVALID_GRANT
    assert client.token("refresh_token", refreshToken=tokens["refreshToken"])["tokenType"] == "Bearer"


def test_a_sign_in_ends_and_cannot_be_refreshed(start: Start, connect: Connect, clock: Clock) -> None:
    """However often it was refreshed, a sign-in ends at its time, and no token reaches beyond it."""
    simulator = start(sign_in_seconds=6000)
    sdk = connect(simulator)
    client = Client.register(sdk.oidc)
    tokens = client.sign_in(simulator)
    lasting = [tokens["expiresIn"]]
    for _ in range(2):
        clock.advance(2500)
        tokens = client.token("refresh_token", refreshToken=tokens["refreshToken"])
        lasting.append(tokens["expiresIn"])
    assert lasting == [3600, 3500, 1000]
    clock.advance(1000)
    assert refusal(sdk.portal.list_accounts, accessToken=tokens["accessToken"]) == UNAUTHORIZED
    assert client.refused("refresh_token", refreshToken=tokens["refreshToken"]) == INVALID_GRANT


def test_a_refresh_works_after_the_access_token_expired(simulator: Simulator, sdk: Sdk, clock: Clock) -> None:
    """A refresh token outlives the access token that came with it."""
    client = Client.register(sdk.oidc)
    tokens = client.sign_in(simulator)
    clock.advance(4 * 3600)
    renewed = client.token("refresh_token", refreshToken=tokens["refreshToken"])
    assert refusal(sdk.portal.list_accounts, accessToken=tokens["accessToken"]) == UNAUTHORIZED
    assert len(sdk.portal.list_accounts(accessToken=renewed["accessToken"])["accountList"]) == 8


def test_tokens_last_as_long_as_they_are_told(start: Start, connect: Connect) -> None:
    """`token_seconds` is the `expiresIn` of every token."""
    simulator = start(token_seconds=120)
    assert Client.register(connect(simulator).oidc).sign_in(simulator)["expiresIn"] == 120


def test_a_legacy_token_lasts_as_long_as_the_sign_in(simulator: Simulator, sdk: Sdk) -> None:
    """A client without scopes gets no refresh token, and an access token for the whole sign-in."""
    tokens = Client.register(sdk.oidc, scopes=()).sign_in(simulator)
    assert tokens == {"accessToken": tokens["accessToken"], "tokenType": "Bearer", "expiresIn": 8 * 3600}


def test_a_sign_in_can_be_had_at_once(simulator: Simulator, sdk: Sdk) -> None:
    """`sign_in` gives tokens without any flow, with a client that can refresh them."""
    grant = simulator.sign_in("robin@example.com", seconds=100)
    client = Client(sdk.oidc, grant.client_id, grant.client_secret)
    renewed = client.token("refresh_token", refreshToken=grant.refresh_token)
    assert (grant.user, grant.expires_at, grant.expires_in) == ("robin@example.com", 1_800_000_100, 100)
    assert grant.registration_expires_at == 1_800_000_000 + 90 * 24 * 3600
    assert renewed["expiresIn"] == 100
    assert len(sdk.portal.list_accounts(accessToken=renewed["accessToken"])["accountList"]) == 2


def test_only_people_who_exist_sign_in(simulator: Simulator) -> None:
    """An unknown user is a LookupError."""
    with pytest.raises(LookupError, match="no such user: nobody"):
        simulator.sign_in("nobody")
