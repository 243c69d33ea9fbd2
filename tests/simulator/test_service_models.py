"""Every answer's own JSON, right or wrong, against the service models that AWS publishes through botocore."""

from collections.abc import Mapping
from typing import Any

import botocore.session
import pytest

from ssohelper.simulator.errors import oauth_name
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import generate
from tests.fixtures import pkce
from tests.fixtures.sdk import DEVICE_CODE, Client, Sdk
from tests.fixtures.service_model import deviations
from tests.fixtures.simulators import Connect, Start
from tests.fixtures.wire import Reply, ask, ask_portal

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


@pytest.fixture(scope="package")
def models() -> Mapping[str, Any]:
    """The two service models."""
    session = botocore.session.get_session()
    return {service: session.get_service_model(service) for service in ("sso", "sso-oidc")}


def asked_by_the_model(model: Any, operation: str, simulator: Simulator, members: Mapping[str, Any]) -> Reply:
    """The answer to an operation, with the method, the path and the places of members that the model gives it."""
    known = model.operation_model(operation)
    method, target = known.http["method"], known.http["requestUri"]
    headers, query, body = {}, [], {}
    for name, value in members.items():
        place = known.input_shape.members[name].serialization
        if place.get("location") == "header":
            headers[place["name"]] = value
        elif place.get("location") == "querystring":
            query.append(f"{place['name']}={value}")
        else:
            body[name] = value
    return ask(simulator, method, "?".join([target, *filter(None, ["&".join(query)])]), body or None, headers)


def check_success(model: Any, operation: str, reply: Reply) -> None:
    """The answer is the model's output shape, with its status."""
    known = model.operation_model(operation)
    assert reply.status == known.http.get("responseCode", 200)
    if known.output_shape is None:
        assert reply.body == b""
    else:
        assert list(deviations(known.output_shape, reply.json())) == []
        assert reply.headers["content-type"] == "application/json"
    assert len(reply.headers["x-amzn-requestid"]) == 36


def test_the_portals_answers_are_the_models(start: Start, models: Mapping[str, Any]) -> None:
    """Each operation of the portal answers in the model's shape, in every page of awkward listings."""
    simulator = start(generate(accounts=20, roles=8, awkward=True))
    token, account_id = simulator.sign_in().access_token, simulator.world.accounts[0].id
    account = {"accessToken": token, "accountId": account_id}
    asked: list[tuple[str, dict[str, Any]]] = [
        ("ListAccounts", {"accessToken": token}),
        ("ListAccounts", {"accessToken": token, "maxResults": 7}),
        ("ListAccountRoles", account),
        ("ListAccountRoles", account | {"maxResults": 7}),
        ("GetRoleCredentials", account | {"roleName": "ReadOnly"}),
        ("Logout", {"accessToken": token}),
    ]
    for operation, members in asked:
        check_success(models["sso"], operation, asked_by_the_model(models["sso"], operation, simulator, members))
    assert {operation for operation, _ in asked} == set(models["sso"].operation_names)


def test_the_oidc_services_answers_are_the_models(start: Start, models: Mapping[str, Any], connect: Connect) -> None:
    """Each operation of the OIDC service but the signed one answers in the model's shape, for all three grants."""
    simulator = start(auto_approve=True)
    model, oidc = models["sso-oidc"], connect(simulator).oidc
    client = Client.register(oidc)
    browser = pkce.register(oidc)
    device_code, code = client.start(simulator)["deviceCode"], pkce.new_code(simulator, browser)
    refresh_token = client.token(DEVICE_CODE, deviceCode=client.start(simulator)["deviceCode"])["refreshToken"]
    exchange = {"code": code, "codeVerifier": pkce.VERIFIER, "redirectUri": pkce.REDIRECT}
    asked: list[tuple[str, dict[str, Any]]] = [
        ("RegisterClient", {"clientName": "a test", "clientType": "public"}),
        ("StartDeviceAuthorization", client.proof | {"startUrl": simulator.start_url}),
        ("CreateToken", client.proof | {"grantType": DEVICE_CODE, "deviceCode": device_code}),
        ("CreateToken", client.proof | {"grantType": "refresh_token", "refreshToken": refresh_token}),
        ("CreateToken", browser.proof | {"grantType": "authorization_code"} | exchange),
    ]
    for operation, members in asked:
        check_success(model, operation, asked_by_the_model(model, operation, simulator, members))
    assert {operation for operation, _ in asked} == set(model.operation_names) - {"CreateTokenWithIAM"}


def check_error(model: Any, reply: Reply) -> str:
    """The code of an error answer that is one of the model's, with the model's status and members."""
    code = reply.headers["x-amzn-errortype"]
    shape = model.shape_for_error_code(code)
    document = reply.json()
    if model.service_name == "sso":
        # The protocol's own member, which names the shape.
        assert document.pop("__type") == NAMESPACE + code
        assert sorted(document) == ["message"]
    else:
        assert sorted(document) == ["error", "error_description"]
        assert document["error"] == ("server_error" if shape.metadata["error"].get("fault") else oauth_name(code))
    assert list(deviations(shape, document)) == []
    assert reply.status == shape.metadata["error"]["httpStatusCode"]
    return str(code)


def test_the_portals_errors_are_the_models(start: Start, models: Mapping[str, Any]) -> None:
    """Every error that the model has comes in its shape and with its status."""
    simulator = start(rate=2)
    token = simulator.sign_in().access_token
    simulator.faults.add("Logout", Fault.error(404))
    replies = [
        ask(simulator, "POST", "/logout"),
        ask(simulator, "GET", "/assignment/accounts"),
        ask_portal(simulator, "GET", "/assignment/accounts?max_result=0", token),
        ask_portal(simulator, "GET", "/assignment/accounts", token),
    ]
    codes = [check_error(models["sso"], reply) for reply in replies]
    assert sorted(codes) == sorted(shape.name for shape in models["sso"].error_shapes)


@pytest.mark.parametrize("code", OIDC_ERRORS)
def test_the_oidc_services_errors_can_be_injected(
    simulator: Simulator, sdk: Sdk, models: Mapping[str, Any], code: str
) -> None:
    """Every error that the model has can be planted, in its shape, and botocore raises it as its own class."""
    shape = models["sso-oidc"].shape_for_error_code(code)
    simulator.faults.add("CreateToken", Fault.error(shape.metadata["error"]["httpStatusCode"], code), times=2)
    assert check_error(models["sso-oidc"], ask(simulator, "POST", "/token")) == code
    with pytest.raises(getattr(sdk.oidc.exceptions, code)):
        sdk.oidc.create_token(clientId="x", clientSecret="x", grantType="refresh_token")


def test_the_list_of_injected_errors_is_whole(models: Mapping[str, Any]) -> None:
    """The errors above are all that the model has."""
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
def test_the_oidc_services_own_errors_are_the_models(
    simulator: Simulator, models: Mapping[str, Any], path: str, members: dict[str, Any], code: str
) -> None:
    """What the service refuses by itself is in the model's shape, too."""
    assert check_error(models["sso-oidc"], ask(simulator, "POST", path, members)) == code


def test_the_grants_errors_are_the_models(start: Start, connect: Connect, models: Mapping[str, Any]) -> None:
    """What CreateToken says while a person decides is in the model's shape."""
    simulator = start()
    client = Client.register(connect(simulator).oidc, grantTypes=[DEVICE_CODE])
    started, denied = client.start(simulator), client.start(simulator)
    simulator.deny(denied["userCode"])
    asked = [
        {"grantType": DEVICE_CODE, "deviceCode": started["deviceCode"]},
        {"grantType": DEVICE_CODE, "deviceCode": started["deviceCode"]},
        {"grantType": DEVICE_CODE, "deviceCode": denied["deviceCode"]},
        {"grantType": DEVICE_CODE, "deviceCode": "x"},
        {"grantType": "x"},
        {"grantType": "refresh_token"},
    ]
    codes = [check_error(models["sso-oidc"], ask(simulator, "POST", "/token", client.proof | each)) for each in asked]
    assert codes == [
        "AuthorizationPendingException",
        "SlowDownException",
        "AccessDeniedException",
        "InvalidGrantException",
        "UnsupportedGrantTypeException",
        "UnauthorizedClientException",
    ]
