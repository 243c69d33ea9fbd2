"""Successful responses, validated against AWS's service models as shipped with botocore."""

from collections.abc import Mapping
from typing import Any

from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import generate
from tests.fixtures import pkce
from tests.fixtures.sdk import DEVICE_CODE, Client
from tests.fixtures.service_model import deviations
from tests.fixtures.simulators import ConnectSdk, StartSimulator
from tests.fixtures.wire import HttpResponse, fetch


def call_operation(model: Any, operation: str, simulator: Simulator, members: Mapping[str, Any]) -> HttpResponse:
    """Call an operation, with the method, path and member locations of its model."""
    operation_model = model.operation_model(operation)
    method, target = operation_model.http["method"], operation_model.http["requestUri"]
    headers, query, body = {}, [], {}
    for name, value in members.items():
        location = operation_model.input_shape.members[name].serialization
        if location.get("location") == "header":
            headers[location["name"]] = value
        elif location.get("location") == "querystring":
            query.append(f"{location['name']}={value}")
        else:
            body[name] = value
    return fetch(simulator, method, "?".join([target, *filter(None, ["&".join(query)])]), body or None, headers)


def check_success(model: Any, operation: str, response: HttpResponse) -> None:
    """Check that a response is valid for the operation's output shape."""
    operation_model = model.operation_model(operation)
    assert response.status == operation_model.http.get("responseCode", 200)
    if operation_model.output_shape is None:
        assert response.body == b""
    else:
        assert list(deviations(operation_model.output_shape, response.json())) == []
        assert response.headers["content-type"] == "application/json"
    assert len(response.headers["x-amzn-requestid"]) == 36


def test_portal_responses(start: StartSimulator, models: Mapping[str, Any]) -> None:
    """All operations of the portal, with all pages of awkward listings."""
    simulator = start(generate(accounts=20, roles=8, awkward=True))
    token, account_id = simulator.sign_in().access_token, simulator.world.accounts[0].id
    account = {"accessToken": token, "accountId": account_id}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("ListAccounts", {"accessToken": token}),
        ("ListAccounts", {"accessToken": token, "maxResults": 7}),
        ("ListAccountRoles", account),
        ("ListAccountRoles", account | {"maxResults": 7}),
        ("GetRoleCredentials", account | {"roleName": "ReadOnly"}),
        ("Logout", {"accessToken": token}),
    ]
    for operation, members in calls:
        check_success(models["sso"], operation, call_operation(models["sso"], operation, simulator, members))
    assert {operation for operation, _ in calls} == set(models["sso"].operation_names)


def test_oidc_responses(start: StartSimulator, models: Mapping[str, Any], connect: ConnectSdk) -> None:
    """All operations of the OIDC service except the signed one, with all three grants."""
    simulator = start(auto_approve=True)
    model, oidc = models["sso-oidc"], connect(simulator).oidc
    client = Client.register(oidc)
    browser = pkce.register(oidc)
    device_code, code = client.start(simulator)["deviceCode"], pkce.new_code(simulator, browser)
    refresh_token = client.token(DEVICE_CODE, deviceCode=client.start(simulator)["deviceCode"])["refreshToken"]
    exchange = {"code": code, "codeVerifier": pkce.VERIFIER, "redirectUri": pkce.REDIRECT_URI}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("RegisterClient", {"clientName": "a test", "clientType": "public"}),
        ("StartDeviceAuthorization", client.credentials | {"startUrl": simulator.start_url}),
        ("CreateToken", client.credentials | {"grantType": DEVICE_CODE, "deviceCode": device_code}),
        ("CreateToken", client.credentials | {"grantType": "refresh_token", "refreshToken": refresh_token}),
        ("CreateToken", browser.credentials | {"grantType": "authorization_code"} | exchange),
    ]
    for operation, members in calls:
        check_success(model, operation, call_operation(model, operation, simulator, members))
    assert {operation for operation, _ in calls} == set(model.operation_names) - {"CreateTokenWithIAM"}
