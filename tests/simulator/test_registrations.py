"""RegisterClient, and how long a registration is worth something."""

import re
from typing import Any

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.clock import Clock
from tests.fixtures.sdk import DEVICE_CODE, INVALID_CLIENT, SCOPE, Client, Refusal, Sdk, members, oauth, refusal
from tests.fixtures.simulators import Connect, Start

REDIRECT = "http://127.0.0.1/oauth/callback"


def test_a_client_is_registered(simulator: Simulator, sdk: Sdk) -> None:
    """RegisterClient answers with an id, a secret, and times in Unix seconds 90 days apart."""
    answer = members(sdk.oidc.register_client(clientName="a test", clientType="public"))
    assert answer == {
        "clientId": answer["clientId"],
        "clientSecret": answer["clientSecret"],
        "clientIdIssuedAt": 1_800_000_000,
        "clientSecretExpiresAt": 1_800_000_000 + 90 * 24 * 3600,
    }
    assert re.fullmatch("[0-9a-f]{32} [0-9a-f]{96}", f"{answer['clientId']} {answer['clientSecret']}")


def test_every_registration_is_its_own(sdk: Sdk) -> None:
    """The same request twice gives two clients."""
    first, second = Client.register(sdk.oidc), Client.register(sdk.oidc)
    assert len({first.id, second.id, first.secret, second.secret}) == 4


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "http://127.0.0.1/oauth/callback",
        "http://127.0.0.1:8080/oauth/callback",
        "http://localhost/",
        "http://[::1]:1/x?y=z",
    ],
)
def test_loopback_redirects_are_accepted(sdk: Sdk, redirect_uri: str) -> None:
    """A public client may come back to this computer over plain HTTP, at any port."""
    answer = sdk.oidc.register_client(
        clientName="a test",
        clientType="public",
        scopes=[SCOPE],
        grantTypes=["authorization_code", "refresh_token"],
        redirectUris=[redirect_uri],
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://127.0.0.1/oauth/callback",
        "http://example.com/",
        "http://127.0.0.1.example.com/",
        "http://127.0.0.1@example.com/",
        "http://user@127.0.0.1/",
        "http://127.0.0.1/#fragment",
        "http://127.0.0.1:port/",
        "http://127.0.0.1:99999/",
        "http://[::1/",
        "http://127.0.0.1/\r\nSet-Cookie: x=y",
        " http://127.0.0.1/",
        "http://127.0.0.1/\N{SNOWMAN}",
        "javascript:alert(1)",
        "127.0.0.1",
    ],
)
def test_other_redirects_are_refused(sdk: Sdk, redirect_uri: str) -> None:
    """Anything but plain HTTP to a loopback address, written in URL characters, is InvalidRedirectUriException."""
    assert refusal(
        sdk.oidc.register_client, clientName="a test", clientType="public", redirectUris=[redirect_uri]
    ) == oauth("invalid_redirect_uri")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"clientType": "confidential"}, oauth("invalid_client_metadata")),
        ({"scopes": ["sso:account:access", "sso:everything"]}, oauth("invalid_scope")),
        ({"grantTypes": ["password"]}, oauth("unsupported_grant_type")),
        ({"grantTypes": ["authorization_code"]}, oauth("invalid_redirect_uri")),
        ({"issuerUrl": "https://elsewhere.example.com/start"}, oauth("invalid_request")),
        ({"clientName": ""}, oauth("invalid_request")),
        ({"scopes": [""]}, oauth("invalid_request")),
    ],
)
def test_a_registration_may_be_refused(sdk: Sdk, options: dict[str, Any], expected: Refusal) -> None:
    """Each thing that a client says of itself is checked, and refused under its own name."""
    asked = {"clientName": "a test", "clientType": "public"} | options
    assert refusal(sdk.oidc.register_client, **asked) == expected


def test_what_the_aws_cli_sends_is_accepted(simulator: Simulator, sdk: Sdk) -> None:
    """The AWS CLI's registration for PKCE names its grants, its redirect and the start URL as issuer."""
    client = Client.register(
        sdk.oidc,
        grantTypes=["authorization_code", "refresh_token"],
        redirectUris=[REDIRECT],
        issuerUrl=simulator.start_url,
    )
    assert refusal(sdk.oidc.start_device_authorization, **client.proof, startUrl=simulator.start_url) == oauth(
        "unauthorized_client"
    )


def test_a_grant_that_was_not_registered_is_refused(simulator: Simulator, sdk: Sdk) -> None:
    """A client registered for device codes alone may not redeem authorization codes or refresh."""
    client = Client.register(sdk.oidc, grantTypes=[DEVICE_CODE])
    tokens = client.sign_in(simulator)
    assert sorted(tokens) == ["accessToken", "expiresIn", "tokenType"]
    refusals = [
        client.refused("refresh_token", refreshToken="x"),
        client.refused("authorization_code", code="x", codeVerifier="x", redirectUri=REDIRECT),
    ]
    assert refusals == [oauth("unauthorized_client")] * 2


def everything_refused(simulator: Simulator, sdk: Sdk, **proof: str) -> list[Refusal]:
    """How each operation that needs a client refuses this one."""
    token = sdk.oidc.create_token
    return [
        refusal(sdk.oidc.start_device_authorization, **proof, startUrl=simulator.start_url),
        refusal(token, **proof, grantType=DEVICE_CODE, deviceCode="x"),
        refusal(token, **proof, grantType="refresh_token", refreshToken="x"),
        refusal(token, **proof, grantType="authorization_code", code="x", codeVerifier="x", redirectUri=REDIRECT),
    ]


@pytest.mark.parametrize("secret", ["wrong", "\N{SNOWMAN}", "\ud800"])
def test_a_wrong_secret_is_refused(simulator: Simulator, sdk: Sdk, secret: str) -> None:
    """A client that does not know its secret is InvalidClientException with status 401, whatever it says."""
    client = Client.register(sdk.oidc)
    wrong = {"clientId": client.id, "clientSecret": secret}
    assert everything_refused(simulator, sdk, **wrong) == [INVALID_CLIENT] * 4


def test_an_unknown_client_is_refused(simulator: Simulator, sdk: Sdk) -> None:
    """A client that never registered is refused in the same words as one with a wrong secret."""
    client = Client.register(sdk.oidc)
    unknown = {"clientId": "unknown", "clientSecret": client.secret}
    assert everything_refused(simulator, sdk, **unknown) == [INVALID_CLIENT] * 4


def test_a_registration_expires_to_the_second(start: Start, connect: Connect, clock: Clock) -> None:
    """At `clientSecretExpiresAt` the client is unknown, and its living tokens cannot be refreshed."""
    simulator = start(registration_seconds=100)
    sdk = connect(simulator)
    client = Client.register(sdk.oidc)
    tokens = client.sign_in(simulator)
    clock.advance(99)
    tokens = client.token("refresh_token", refreshToken=tokens["refreshToken"])
    clock.advance(1)
    assert everything_refused(simulator, sdk, **client.proof) == [INVALID_CLIENT] * 4
    assert client.refused("refresh_token", refreshToken=tokens["refreshToken"]) == INVALID_CLIENT
    assert len(sdk.portal.list_accounts(accessToken=tokens["accessToken"])["accountList"]) == 8
