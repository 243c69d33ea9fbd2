"""Successful responses, validated against AWS's service models as shipped with botocore."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from ssohelper.simulator import (
    access_analyzer,
    administration,
    assignment_administration,
    directory,
    organization,
    organization_policies,
)
from ssohelper.simulator.companies import generate
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.inputs import Anything, Choice, ListOf, Number, Shape, Structure, Text
from ssohelper.simulator.json_api import Operations
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Principal
from tests.fixtures import pkce
from tests.fixtures.role_clients import AUDIT, DEV, GUARDRAIL, SERVICES, RoleClients, calls
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


def check_call(roles: RoleClients, label: str, parameters: dict[str, Any]) -> None:
    """Make a call with boto3, and check what was sent in answer, before boto3 read it, against the model."""
    service, _, operation = label.partition(":")
    client = roles.client(SERVICES[service])
    sent: list[Any] = []
    client.meta.events.register("after-call", lambda http_response, **_: sent.append(http_response))
    getattr(client, xform_name(operation))(**parameters)
    model = client.meta.service_model.operation_model(operation)
    if service != "iam":  # boto3 reads XML by its model only
        assert list(deviations(model.output_shape, json.loads(sent[0].content))) == []


@pytest.mark.full
def test_administration_responses(administered: Simulator, roles: RoleClients) -> None:
    """All operations of the administration services that are simulated, with requests of each kind."""
    world = administered.world
    world.provision("Developer", DEV)
    world.request_assignment(DEV, "Developer", Principal.user("bob"))
    world.request_removal(AUDIT, "Developer", Principal.user("bob"))  # fails: there is none
    world.service_control_policy = GUARDRAIL  # of other accounts than the one that asks
    for label, parameters in calls(world).items():
        check_call(roles, label, parameters)
    assert calls(world).keys() == {
        *(f"sso-admin:{name}" for name in administration.OPERATIONS | assignment_administration.OPERATIONS),
        *(f"identitystore:{name}" for name in directory.OPERATIONS),
        *(f"organizations:{name}" for name in organization.OPERATIONS | organization_policies.OPERATIONS),
        *("iam:GetPolicy", "iam:GetPolicyVersion", "iam:SimulateCustomPolicy", "access-analyzer:ValidatePolicy"),
    }


def limits(shape: Shape) -> object:
    """What a shape that we declare demands of a value."""
    match shape:
        case Structure():
            return set(shape.required), set(shape.members)
        case ListOf():
            return shape.shortest, shape.longest
        case Choice():
            return list(shape.words)
        case Number():
            return shape.smallest, shape.largest
        case Text():
            return shape.shortest, shape.longest, shape.pattern
    return None


def model_limits(shape: Any, ours: Shape) -> object:
    """What a shape of the model demands. Python's patterns have no properties of characters: then ours is right."""
    smallest, largest = (shape.metadata.get(name) for name in ("min", "max"))
    match ours:
        case Structure():
            return set(shape.required_members), set(shape.members)
        case Choice():
            return shape.enum
        case Text():
            pattern = shape.metadata.get("pattern", r"\p{")
            return smallest or 0, largest or 100_000, ours.pattern if r"\p{" in pattern else pattern
        case Anything():
            return None
    return smallest, largest


def differences(ours: Shape, theirs: Any, at: str) -> Iterator[str]:
    """Yield where an input that we declare differs from the model's."""
    if limits(ours) != model_limits(theirs, ours):
        yield f"{at}: {limits(ours)}, not {model_limits(theirs, ours)}"
    if isinstance(ours, ListOf):
        yield from differences(ours.member, theirs.member, f"{at}[]")
    if isinstance(ours, Structure):
        for name, each in ours.members.items():
            yield from differences(each, theirs.members[name], f"{at}.{name}")


@pytest.mark.parametrize(
    ("service", "operations"),
    [
        ("sso-admin", administration.OPERATIONS),
        ("sso-admin", assignment_administration.OPERATIONS),
        ("identitystore", directory.OPERATIONS),
        ("organizations", organization.OPERATIONS),
        ("organizations", organization_policies.OPERATIONS),
    ],
    ids=["administration", "assignment_administration", "directory", "organization", "organization_policies"],
)
def test_administration_inputs(service: str, operations: Operations) -> None:
    """Members, which of them are required, ranges and patterns of requests are those of the model."""
    model = botocore.session.get_session().get_service_model(service)
    found = {
        name: list(differences(each.input, model.operation_model(name).input_shape, name))
        for name, each in operations.items()
        if model.operation_model(name).input_shape is not None
    }
    assert {name: each for name, each in found.items() if each} == {}


def test_access_analyzer_input() -> None:
    """The same for ValidatePolicy, whose page is in the query, and which also takes a type of resource on AWS."""
    model = botocore.session.get_session().get_service_model("accessanalyzer")
    shape: Any = model.operation_model("ValidatePolicy").input_shape
    elsewhere = {"maxResults", "nextToken", "validatePolicyResourceType"}
    assert set(shape.members) - elsewhere == set(access_analyzer.INPUT.members)
    assert set(shape.required_members) == set(access_analyzer.INPUT.required)


@pytest.mark.full
@pytest.mark.parametrize(
    ("fault", "services"),
    [
        (Fault.denied(), {"sso-admin", "identitystore", "organizations", "access-analyzer"}),
        (Fault.error(400, "ThrottlingException", 2), {"sso-admin", "identitystore"}),
    ],
    ids=["denied", "throttled"],
)
def test_administration_errors(administered: Simulator, roles: RoleClients, fault: Fault, services: set[str]) -> None:
    """What is answered to a caller who is denied or throttled is in the model of each operation."""
    for label, parameters in calls(administered.world).items():
        service, _, operation = label.partition(":")
        if service in services:
            client = roles.client(SERVICES[service])
            administered.faults.add(label, fault)
            with pytest.raises(ClientError) as caught:
                getattr(client, xform_name(operation))(**parameters)
            errors = {each.name for each in client.meta.service_model.operation_model(operation).error_shapes}
            assert caught.value.response["Error"]["Code"] in errors
