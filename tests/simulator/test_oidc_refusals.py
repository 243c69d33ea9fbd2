"""What the OIDC service refuses before it looks any further: bodies, members, grants, signed calls."""

from typing import Any

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.sdk import DEVICE_CODE, Client, Refusal, Sdk, oauth, refusal
from tests.fixtures.wire import ask

PATHS = ("/client/register", "/device_authorization", "/token")
REGISTRATION: dict[str, Any] = {"clientName": "a test", "clientType": "public"}


def words_about(simulator: Simulator, sdk: Sdk, path: str, member: str, value: object) -> tuple[int, Any]:
    """Status and JSON of the answer to a request that is right but for one member."""
    right = REGISTRATION if path == "/client/register" else Client.register(sdk.oidc).proof
    right = right | {"startUrl": simulator.start_url, "grantType": DEVICE_CODE, "deviceCode": "x"}
    reply = ask(simulator, "POST", path, right | {member: value})
    return reply.status, reply.json()


@pytest.mark.parametrize("body", [b"{", b"junk", b"\xff", b"[]", b'"text"', b"null", b"1", b"[" * 60_000])
def test_a_body_that_is_no_json_object_is_refused(simulator: Simulator, body: bytes) -> None:
    """Whatever is not a JSON object is `invalid_request`, and is not said back."""
    replies = [ask(simulator, "POST", path, body) for path in PATHS]
    seen = {(reply.status, reply.headers["x-amzn-errortype"], reply.json()["error"]) for reply in replies}
    assert seen == {(400, "InvalidRequestException", "invalid_request")}
    words = {reply.json()["error_description"] for reply in replies}
    assert words < {"The request body is not valid JSON", "The request body is not a JSON object"}


@pytest.mark.parametrize("path", PATHS)
def test_no_body_lacks_every_member(simulator: Simulator, path: str) -> None:
    """An empty body is an empty object, whose first missing member is named."""
    reply = ask(simulator, "POST", path)
    missing = "clientName" if path == "/client/register" else "clientId"
    assert (reply.status, reply.json()) == (
        400,
        {"error": "invalid_request", "error_description": f"{missing} must be a string that is not empty"},
    )


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
def test_a_missing_or_mistyped_member_is_named(simulator: Simulator, sdk: Sdk, path: str, member: str) -> None:
    """A required member that is null, empty or no string is `invalid_request`, and is named."""
    values: list[object] = [None, 1, 1.5, True, "", ["x"], {"x": "y"}]
    assert [words_about(simulator, sdk, path, member, value) for value in values] == [
        (400, {"error": "invalid_request", "error_description": f"{member} must be a string that is not empty"})
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
def test_a_list_must_be_one_of_strings(simulator: Simulator, sdk: Sdk, path: str, member: str) -> None:
    """A member that the model calls a list of strings is checked as such."""
    values: list[object] = ["text", 1, {"x": "y"}, [1], ["x", None], [""]]
    assert [words_about(simulator, sdk, path, member, value) for value in values] == [
        (400, {"error": "invalid_request", "error_description": f"{member} must be a list of strings"})
    ] * 6


def test_members_that_are_null_or_unknown_do_not_matter(simulator: Simulator) -> None:
    """Null is a member left out, and a member that the model lacks is overlooked, as AWS's services do."""
    asked = REGISTRATION | {"scopes": None, "redirectUris": None, "issuerUrl": None, "somethingNew": {"x": 1}}
    assert ask(simulator, "POST", "/client/register", asked).status == 200


@pytest.mark.parametrize(
    ("grant_type", "given", "missing"),
    [
        (DEVICE_CODE, {}, "deviceCode"),
        ("refresh_token", {"deviceCode": "x"}, "refreshToken"),
        ("authorization_code", {"codeVerifier": "x", "redirectUri": "x"}, "code"),
        ("authorization_code", {"code": "x", "redirectUri": "x"}, "codeVerifier"),
        ("authorization_code", {"code": "x", "codeVerifier": "x"}, "redirectUri"),
    ],
)
def test_each_grant_has_its_members(sdk: Sdk, grant_type: str, given: dict[str, str], missing: str) -> None:
    """A grant without one of its members is InvalidRequestException, which names it."""
    proof = Client.register(sdk.oidc).proof
    with pytest.raises(sdk.oidc.exceptions.InvalidRequestException) as caught:
        sdk.oidc.create_token(**proof, grantType=grant_type, **given)
    assert caught.value.response["error_description"] == f"{missing} must be a string that is not empty"


@pytest.mark.parametrize("grant_type", ["password", "client_credentials", "device_code", "REFRESH_TOKEN"])
def test_an_unknown_grant_is_refused(sdk: Sdk, grant_type: str) -> None:
    """A grant type that the service does not know is UnsupportedGrantTypeException."""
    assert Client.register(sdk.oidc).refused(grant_type) == oauth("unsupported_grant_type")


def test_a_signed_create_token_is_not_offered(simulator: Simulator, sdk: Sdk) -> None:
    """CreateTokenWithIAM shares CreateToken's path, and is no operation here."""
    assert refusal(
        sdk.oidc.create_token_with_iam, clientId="x", grantType="refresh_token", refreshToken="x"
    ) == Refusal("ClientError", "UnknownOperationException", 404, "No such operation")
    assert simulator.counters.calls == {}
