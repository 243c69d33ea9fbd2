"""Error responses, validated against AWS's service models as shipped with botocore."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from ssohelper.simulator.errors import AwsError, Service, oauth_error_name
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.sdk import DEVICE_CODE, Client, Sdk
from tests.fixtures.service_model import deviations
from tests.fixtures.simulators import ConnectSdk, StartSimulator
from tests.fixtures.wire import HttpResponse, fetch, fetch_portal

NAMESPACE = "com.amazonaws.switchboard.portal#"
OIDC_ERRORS = [
    "AccessDeniedException",
    "AuthorizationPendingException",
    "ExpiredTokenException",
    "InternalServerException",
    "InvalidClientException",
    "InvalidClientMetadataException",
    "InvalidGrantException",
    "InvalidRedirectUriException",
    "InvalidRequestException",
    "InvalidRequestRegionException",
    "InvalidScopeException",
    "SlowDownException",
    "UnauthorizedClientException",
    "UnsupportedGrantTypeException",
]


def check_error(model: Any, response: HttpResponse) -> str:
    """Check that an error response is valid for the model, and return its code."""
    code = response.headers["x-amzn-errortype"]
    shape = model.shape_for_error_code(code)
    document = response.json()
    if model.service_name == "sso":
        # `__type` names the shape; it is part of the protocol, not of the model.
        assert document.pop("__type") == NAMESPACE + code
        assert sorted(document) == ["message"]
    else:
        assert sorted(document) == ["error", "error_description"]
        assert document["error"] == (
            "server_error" if shape.metadata["error"].get("fault") else oauth_error_name(code)
        )
    assert list(deviations(shape, document)) == []
    assert response.status == shape.metadata["error"]["httpStatusCode"]
    return str(code)


def test_portal_errors(start: StartSimulator, models: Mapping[str, Any]) -> None:
    """All errors of the portal's model are valid for it."""
    simulator = start(rate=2)
    token = simulator.sign_in().access_token
    simulator.faults.add("Logout", Fault.error(404))
    responses = [
        fetch(simulator, "POST", "/logout"),
        fetch(simulator, "GET", "/assignment/accounts"),
        fetch_portal(simulator, "GET", "/assignment/accounts?max_result=0", token),
        fetch_portal(simulator, "GET", "/assignment/accounts", token),
    ]
    codes = [check_error(models["sso"], response) for response in responses]
    assert sorted(codes) == sorted(shape.name for shape in models["sso"].error_shapes)


@pytest.mark.parametrize("code", OIDC_ERRORS)
def test_injected_oidc_errors(simulator: Simulator, sdk: Sdk, models: Mapping[str, Any], code: str) -> None:
    """All errors of the OIDC model can be injected, are valid for it, and have botocore's exception class."""
    shape = models["sso-oidc"].shape_for_error_code(code)
    simulator.faults.add("CreateToken", Fault.error(shape.metadata["error"]["httpStatusCode"], code), times=2)
    assert check_error(models["sso-oidc"], fetch(simulator, "POST", "/token")) == code
    with pytest.raises(getattr(sdk.oidc.exceptions, code)):
        sdk.oidc.create_token(clientId="x", clientSecret="x", grantType="refresh_token")


def test_oidc_errors_are_complete(models: Mapping[str, Any]) -> None:
    """`OIDC_ERRORS` has all errors of the model."""
    assert sorted(shape.name for shape in models["sso-oidc"].error_shapes) == OIDC_ERRORS


@pytest.mark.parametrize(
    ("path", "members", "code"),
    [
        ("/client/register", {}, "InvalidRequestException"),
        ("/client/register", {"clientName": "x", "clientType": "x"}, "InvalidClientMetadataException"),
        ("/client/register", {"clientName": "x", "clientType": "public", "scopes": ["x"]}, "InvalidScopeException"),
        (
            "/client/register",
            {"clientName": "x", "clientType": "public", "redirectUris": ["x"]},
            "InvalidRedirectUriException",
        ),
        ("/token", {"clientId": "x", "clientSecret": "x", "grantType": "x"}, "InvalidClientException"),
    ],
)
def test_oidc_validation_errors(
    simulator: Simulator, models: Mapping[str, Any], path: str, members: dict[str, Any], code: str
) -> None:
    """The OIDC service's validation errors are valid for the model."""
    assert check_error(models["sso-oidc"], fetch(simulator, "POST", path, members)) == code


def test_create_token_errors(start: StartSimulator, connect: ConnectSdk, models: Mapping[str, Any]) -> None:
    """CreateToken's errors for pending, denied and invalid grants are valid for the model."""
    simulator = start()
    client = Client.register(connect(simulator).oidc, grantTypes=[DEVICE_CODE])
    started, denied = client.start(simulator), client.start(simulator)
    simulator.deny(denied["userCode"])
    grants = [
        {"grantType": DEVICE_CODE, "deviceCode": started["deviceCode"]},
        {"grantType": DEVICE_CODE, "deviceCode": started["deviceCode"]},
        {"grantType": DEVICE_CODE, "deviceCode": denied["deviceCode"]},
        {"grantType": DEVICE_CODE, "deviceCode": "x"},
        {"grantType": "x"},
        {"grantType": "refresh_token"},
    ]
    codes = [
        check_error(models["sso-oidc"], fetch(simulator, "POST", "/token", client.credentials | each))
        for each in grants
    ]
    assert codes == [
        "AuthorizationPendingException",
        "SlowDownException",
        "AccessDeniedException",
        "InvalidGrantException",
        "UnsupportedGrantTypeException",
        "UnauthorizedClientException",
    ]


@pytest.mark.parametrize(
    ("service", "status", "body"),
    [
        (Service.SSO_ADMIN, 400, {"__type": "AccessDeniedException", "Message": "no"}),
        (Service.IDENTITY_STORE, 400, {"__type": "AccessDeniedException", "Message": "no", "RetryAfterSeconds": 3}),
        (Service.ORGANIZATIONS, 400, {"__type": "AccessDeniedException", "Message": "no"}),
        (Service.ACCESS_ANALYZER, 403, {"message": "no", "reason": "x"}),
    ],
)
def test_formats(service: Service, status: int, body: dict[str, Any]) -> None:
    """The services that speak JSON have their own names for errors of IAM and STS, and in JSON 1.1 one status."""
    details = {"reason": "x"} if service is Service.ACCESS_ANALYZER else {}
    retry_after = 3 if service is Service.IDENTITY_STORE else None
    response = AwsError(403, "AccessDenied", "no", retry_after, details).response(service)
    assert (response.status, json.loads(response.body)) == (status, body)
    assert ("x-amzn-ErrorType", "AccessDeniedException") in response.headers


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ExpiredToken", "ExpiredTokenException"),
        ("InvalidClientTokenId", "UnrecognizedClientException"),
        ("MissingAuthenticationToken", "MissingAuthenticationTokenException"),
        ("SignatureDoesNotMatch", "InvalidSignatureException"),
        ("ResourceNotFoundException", "ResourceNotFoundException"),
    ],
)
def test_json_codes(code: str, expected: str) -> None:
    """Only what has another name in JSON is renamed."""
    assert json.loads(AwsError(400, code, "").response(Service.SSO_ADMIN).body)["__type"] == expected
