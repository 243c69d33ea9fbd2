"""Input validation of the OIDC service: bodies, members and grants."""

from typing import Any

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.sdk import DEVICE_CODE, Client, Sdk, oauth_error
from tests.fixtures.wire import fetch

PATHS = ("/client/register", "/device_authorization", "/token")
REGISTRATION: dict[str, Any] = {"clientName": "a test", "clientType": "public"}


def response_with(simulator: Simulator, sdk: Sdk, path: str, member: str, value: object) -> tuple[int, Any]:
    """Send a valid request with one member changed, and return the status and JSON."""
    valid = REGISTRATION if path == "/client/register" else Client.register(sdk.oidc).credentials
    valid = valid | {"startUrl": simulator.start_url, "grantType": DEVICE_CODE, "deviceCode": "x"}
    response = fetch(simulator, "POST", path, valid | {member: value})
    return response.status, response.json()


@pytest.mark.parametrize("body", [b"{", b"junk", b"\xff", b"[]", b'"text"', b"null", b"1", b"[" * 60_000])
def test_body_must_be_a_json_object(simulator: Simulator, body: bytes) -> None:
    """Any other body is `invalid_request`, and is not included in the error."""
    responses = [fetch(simulator, "POST", path, body) for path in PATHS]
    errors = {
        (response.status, response.headers["x-amzn-errortype"], response.json()["error"]) for response in responses
    }
    assert errors == {(400, "InvalidRequestException", "invalid_request")}
    descriptions = {response.json()["error_description"] for response in responses}
    assert descriptions < {"The request body is not valid JSON", "The request body is not a JSON object"}


@pytest.mark.parametrize("path", PATHS)
def test_empty_body(simulator: Simulator, path: str) -> None:
    """An empty body is an empty object; the error names the first missing member."""
    response = fetch(simulator, "POST", path)
    missing = "clientName" if path == "/client/register" else "clientId"
    assert (response.status, response.json()) == (
        400,
        {"error": "invalid_request", "error_description": f"{missing} must be a non-empty string"},
    )


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("path", "member"),
    [
        ("/client/register", "clientName"),
        ("/client/register", "clientType"),
        ("/device_authorization", "clientId"),
        ("/device_authorization", "clientSecret"),
        ("/device_authorization", "startUrl"),
        ("/token", "clientId"),
        ("/token", "clientSecret"),
        ("/token", "grantType"),
        ("/token", "deviceCode"),
    ],
)
def test_invalid_string_member(simulator: Simulator, sdk: Sdk, path: str, member: str) -> None:
    """A required member that is null, empty or not a string is `invalid_request`, which names it."""
    values: list[object] = [None, 1, 1.5, True, "", ["x"], {"x": "y"}]
    assert [response_with(simulator, sdk, path, member, value) for value in values] == [
        (400, {"error": "invalid_request", "error_description": f"{member} must be a non-empty string"})
    ] * 7


@pytest.mark.parametrize(
    ("path", "member"),
    [
        ("/client/register", "scopes"),
        ("/client/register", "redirectUris"),
        ("/client/register", "grantTypes"),
        ("/token", "scope"),
    ],
)
def test_invalid_list_member(simulator: Simulator, sdk: Sdk, path: str, member: str) -> None:
    """A member that must be a list of strings is `invalid_request` if it is not."""
    values: list[object] = ["text", 1, {"x": "y"}, [1], ["x", None], [""]]
    assert [response_with(simulator, sdk, path, member, value) for value in values] == [
        (400, {"error": "invalid_request", "error_description": f"{member} must be a list of strings"})
    ] * 6


def test_null_and_unknown_members_are_ignored(simulator: Simulator) -> None:
    """A null member counts as missing, and an unknown one is ignored, as on AWS."""
    body = REGISTRATION | {"scopes": None, "redirectUris": None, "issuerUrl": None, "somethingNew": {"x": 1}}
    assert fetch(simulator, "POST", "/client/register", body).status == 200


@pytest.mark.parametrize(
    ("grant_type", "arguments", "missing"),
    [
        (DEVICE_CODE, {}, "deviceCode"),
        ("refresh_token", {"deviceCode": "x"}, "refreshToken"),
        ("authorization_code", {"codeVerifier": "x", "redirectUri": "x"}, "code"),
        ("authorization_code", {"code": "x", "redirectUri": "x"}, "codeVerifier"),
        ("authorization_code", {"code": "x", "codeVerifier": "x"}, "redirectUri"),
    ],
)
def test_members_of_each_grant(sdk: Sdk, grant_type: str, arguments: dict[str, str], missing: str) -> None:
    """A grant without one of its members fails with InvalidRequestException, which names it."""
    credentials = Client.register(sdk.oidc).credentials
    with pytest.raises(sdk.oidc.exceptions.InvalidRequestException) as caught:
        sdk.oidc.create_token(**credentials, grantType=grant_type, **arguments)
    assert caught.value.response["error_description"] == f"{missing} must be a non-empty string"


@pytest.mark.parametrize("grant_type", ["password", "client_credentials", "device_code", "REFRESH_TOKEN"])
def test_unknown_grant_type(sdk: Sdk, grant_type: str) -> None:
    """An unknown grant type fails with UnsupportedGrantTypeException."""
    assert Client.register(sdk.oidc).token_error(grant_type) == oauth_error("unsupported_grant_type")
