"""RegisterClient, and the validity of registrations."""

import re
from typing import Any

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.clock import Clock
from tests.fixtures.sdk import (
    DEVICE_CODE,
    INVALID_CLIENT,
    SCOPE,
    ApiError,
    Client,
    Sdk,
    api_error,
    oauth_error,
    without_metadata,
)
from tests.fixtures.simulators import ConnectSdk, StartSimulator

REDIRECT = "http://127.0.0.1/oauth/callback"


def test_register_client(simulator: Simulator, sdk: Sdk) -> None:
    """The response has an id, a secret, and Unix times that are 90 days apart."""
    response = without_metadata(sdk.oidc.register_client(clientName="a test", clientType="public"))
    assert response == {
        "clientId": response["clientId"],
        "clientSecret": response["clientSecret"],
        "clientIdIssuedAt": 1_800_000_000,
        "clientSecretExpiresAt": 1_800_000_000 + 90 * 24 * 3600,
    }
    assert re.fullmatch("[0-9a-f]{32} [0-9a-f]{96}", f"{response['clientId']} {response['clientSecret']}")


def test_each_registration_is_a_new_client(sdk: Sdk) -> None:
    """The same request twice registers two clients."""
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
def test_loopback_redirect_uris(sdk: Sdk, redirect_uri: str) -> None:
    """A public client may register HTTP redirect URIs on loopback addresses, with any port."""
    response = sdk.oidc.register_client(
        clientName="a test",
        clientType="public",
        scopes=[SCOPE],
        grantTypes=["authorization_code", "refresh_token"],
        redirectUris=[redirect_uri],
    )
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 200


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
def test_other_redirect_uris(sdk: Sdk, redirect_uri: str) -> None:
    """Any other redirect URI fails with InvalidRedirectUriException."""
    assert api_error(
        sdk.oidc.register_client, clientName="a test", clientType="public", redirectUris=[redirect_uri]
    ) == oauth_error("invalid_redirect_uri")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"clientType": "confidential"}, oauth_error("invalid_client_metadata")),
        ({"scopes": ["sso:account:access", "sso:everything"]}, oauth_error("invalid_scope")),
        ({"grantTypes": ["password"]}, oauth_error("unsupported_grant_type")),
        ({"grantTypes": ["authorization_code"]}, oauth_error("invalid_redirect_uri")),
        ({"issuerUrl": "https://elsewhere.example.com/start"}, oauth_error("invalid_request")),
        ({"clientName": ""}, oauth_error("invalid_request")),
        ({"scopes": [""]}, oauth_error("invalid_request")),
    ],
)
def test_invalid_registration(sdk: Sdk, options: dict[str, Any], expected: ApiError) -> None:
    """Each member is validated, and has its own error."""
    arguments = {"clientName": "a test", "clientType": "public"} | options
    assert api_error(sdk.oidc.register_client, **arguments) == expected


def test_registration_of_the_aws_cli(simulator: Simulator, sdk: Sdk) -> None:
    """The AWS CLI registers for PKCE with its grants, its redirect URI and the start URL as issuer."""
    client = Client.register(
        sdk.oidc,
        grantTypes=["authorization_code", "refresh_token"],
        redirectUris=[REDIRECT],
        issuerUrl=simulator.start_url,
    )
    assert api_error(
        sdk.oidc.start_device_authorization, **client.credentials, startUrl=simulator.start_url
    ) == oauth_error("unauthorized_client")


def test_unregistered_grant_type(simulator: Simulator, sdk: Sdk) -> None:
    """A client registered only for device codes cannot use authorization codes or refresh tokens."""
    client = Client.register(sdk.oidc, grantTypes=[DEVICE_CODE])
    tokens = client.sign_in(simulator)
    assert sorted(tokens) == ["accessToken", "expiresIn", "tokenType"]
    errors = [
        client.token_error("refresh_token", refreshToken="x"),
        client.token_error("authorization_code", code="x", codeVerifier="x", redirectUri=REDIRECT),
    ]
    assert errors == [oauth_error("unauthorized_client")] * 2


def errors_of_all_operations(simulator: Simulator, sdk: Sdk, **client: str) -> list[ApiError]:
    """Call each operation that needs a client, and return the errors."""
    token = sdk.oidc.create_token
    return [
        api_error(sdk.oidc.start_device_authorization, **client, startUrl=simulator.start_url),
        api_error(token, **client, grantType=DEVICE_CODE, deviceCode="x"),
        api_error(token, **client, grantType="refresh_token", refreshToken="x"),
        api_error(token, **client, grantType="authorization_code", code="x", codeVerifier="x", redirectUri=REDIRECT),
    ]


@pytest.mark.parametrize("secret", ["wrong", "\N{SNOWMAN}", "\ud800"])
def test_wrong_secret(simulator: Simulator, sdk: Sdk, secret: str) -> None:
    """A client with a wrong secret fails with InvalidClientException and status 401."""
    client = Client.register(sdk.oidc)
    credentials = {"clientId": client.id, "clientSecret": secret}
    assert errors_of_all_operations(simulator, sdk, **credentials) == [INVALID_CLIENT] * 4


def test_unknown_client(simulator: Simulator, sdk: Sdk) -> None:
    """An unknown client fails with the same error as a wrong secret."""
    client = Client.register(sdk.oidc)
    credentials = {"clientId": "unknown", "clientSecret": client.secret}
    assert errors_of_all_operations(simulator, sdk, **credentials) == [INVALID_CLIENT] * 4


def test_registration_expires(start: StartSimulator, connect: ConnectSdk, clock: Clock) -> None:
    """From `clientSecretExpiresAt` the client is unknown and cannot refresh; its access tokens stay valid."""
    simulator = start(registration_seconds=100)
    sdk = connect(simulator)
    client = Client.register(sdk.oidc)
    tokens = client.sign_in(simulator)
    clock.advance(99)
    tokens = client.token("refresh_token", refreshToken=tokens["refreshToken"])
    clock.advance(1)
    assert errors_of_all_operations(simulator, sdk, **client.credentials) == [INVALID_CLIENT] * 4
    assert client.token_error("refresh_token", refreshToken=tokens["refreshToken"]) == INVALID_CLIENT
    assert len(sdk.portal.list_accounts(accessToken=tokens["accessToken"])["accountList"]) == 8
