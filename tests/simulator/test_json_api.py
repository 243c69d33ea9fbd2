"""The JSON protocol: who may call, what is valid, errors and pages, as the real boto3 sees them."""

from dataclasses import replace
from typing import Any

import pytest
from botocore import xform_name

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import PermissionSet
from tests.fixtures.role_clients import (
    AUDIT,
    PROD,
    SERVICES,
    RoleClients,
    alternate,
    calls,
    instance_arn,
    store,
)
from tests.fixtures.sdk import ApiError, api_error
from tests.fixtures.wire import fetch

JSON_SERVICES = ("sso-admin", "identitystore", "organizations")
TARGET = {"X-Amz-Target": "SWBExternalService.ListInstances", "Content-Type": "application/x-amz-json-1.1"}


def outcomes(roles: RoleClients, role: str, account_id: str) -> dict[str, str]:
    """What each operation answers to a role: `success`, or the status and code of the error."""
    clients = {each: roles.client(SERVICES[each], role, account_id) for each in SERVICES}
    found = {}
    for label, parameters in calls(roles.simulator.world).items():
        service, _, operation = label.partition(":")
        try:
            getattr(clients[service], xform_name(operation))(**parameters)
            found[label] = "success"
        except clients[service].exceptions.ClientError as error:
            response = error.response
            found[label] = f"{response['ResponseMetadata']['HTTPStatusCode']} {response['Error']['Code']}"
    return found


@pytest.fixture
def with_requests(administered: Simulator) -> Simulator:
    """The company, with a request of each kind, which can be described."""
    world = administered.world
    world.provision("Developer")
    for request in (world.request_assignment, world.request_removal):
        request(PROD, "Developer", world.principals(PROD, "Developer")[0])
    return administered


def test_administrator(with_requests: Simulator, roles: RoleClients) -> None:
    """An administrator in the management account may call each operation."""
    assert set(outcomes(roles, "Administrator", with_requests.world.management_account_id).values()) == {"success"}


def test_denied_by_policies(with_requests: Simulator, roles: RoleClients) -> None:
    """A role without permissions may call none, in the errors of each protocol."""
    denied = dict.fromkeys(JSON_SERVICES, "400 AccessDeniedException")
    denied |= {"iam": "403 AccessDenied", "access-analyzer": "403 AccessDeniedException"}
    found = outcomes(roles, "Nothing", with_requests.world.management_account_id)
    assert found == {label: denied[label.partition(":")[0]] for label in found}


def test_delegated_administrator(with_requests: Simulator, roles: RoleClients) -> None:
    """A delegated administrator may call all but one; any other account may ask about policies only."""
    found = outcomes(roles, "Administrator", AUDIT)
    only_in_management = "sso-admin:ListAccountAssignmentsForPrincipal"
    assert {label for label, each in found.items() if each != "success"} == {only_in_management}
    with_requests.world.delegated_administrators.clear()
    for account_id in (AUDIT, PROD):
        found = outcomes(roles, "Administrator", account_id)
        assert {label.partition(":")[0] for label, each in found.items() if each == "success"} == {
            "iam",
            "access-analyzer",
        }
        assert {each for each in found.values() if each != "success"} == {"400 AccessDeniedException"}


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        ("sso:ListInstances", "*", [True, False, False]),
        ("sso:*", "*", [True, True, True]),
        ("sso:Describe*", "arn:aws:sso:::permissionSet/*", [False, True, False]),
        ("sso:List*", "arn:aws:sso:::instance/*", [False, False, True]),
    ],
)
def test_permissions(
    administered: Simulator, roles: RoleClients, action: str, resource: str, allowed: list[bool]
) -> None:
    """The prefix of the actions is that of the service, the resource the permission set or the instance."""
    policy = f'{{"Statement": {{"Effect": "Allow", "Action": "{action}", "Resource": "{resource}"}}}}'
    administered.world.add_permission_set(PermissionSet("Nothing", policy=policy))
    found = outcomes(roles, "Nothing", administered.world.management_account_id)
    labels = ("ListInstances", "DescribePermissionSet", "ListPermissionSets")
    assert [found[f"sso-admin:{each}"] == "success" for each in labels] == allowed


def test_message(roles: RoleClients) -> None:
    """A denied caller gets a message in AWS's grammar."""
    error = api_error(roles.client("sso-admin", "Nothing").list_permission_sets, InstanceArn=instance_arn())
    who, _, why = error.message.partition(" is not authorized to perform: ")
    assert who.startswith("User: arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Nothing_")
    assert why == (
        f"sso:ListPermissionSets on resource: {instance_arn()} "
        "because no identity-based policy allows the sso:ListPermissionSets action"
    )


def test_unsigned(administered: Simulator) -> None:
    """A request without a signature is refused in the format of the protocol."""
    response = fetch(administered, "POST", "/", b"{}", TARGET)
    assert (response.status, response.json(), response.headers["x-amzn-errortype"]) == (
        400,
        {"__type": "MissingAuthenticationTokenException", "Message": "Request is missing Authentication Token"},
        "MissingAuthenticationTokenException",
    )
    assert response.headers["content-type"] == "application/x-amz-json-1.1"


def test_credentials(administered: Simulator, roles: RoleClients) -> None:
    """Credentials that were not issued, have expired, or are those of a role that was removed are refused."""
    client = roles.client("sso-admin", "Administrator", AUDIT)
    assert client.list_instances()["Instances"]
    administered.world.withdraw(AUDIT, "Administrator")
    removed = api_error(client.list_instances)
    administered.world.assign(AUDIT, "Administrator", "ann@example.com")
    client._request_signer._credentials.secret_key = "another"
    wrong = api_error(client.list_instances)
    client._request_signer._credentials.access_key = "ASIAUNKNOWN"
    unknown = api_error(client.list_instances)
    assert [(each.code, each.status) for each in (removed, wrong, unknown)] == [
        ("UnrecognizedClientException", 400),
        ("InvalidSignatureException", 400),
        ("UnrecognizedClientException", 400),
    ]


def test_expired(administered: Simulator, roles: RoleClients) -> None:
    """Expired credentials have their own error."""
    administered.clock.now -= 3600 + 60  # type: ignore[attr-defined] # the clock of the test
    client = roles.client("identitystore")
    administered.clock.now += 3600 + 60  # type: ignore[attr-defined]
    error = api_error(client.list_users, **store())
    assert (error.code, error.status) == ("ExpiredTokenException", 400)


def test_signed_for_another_service(administered: Simulator, roles: RoleClients) -> None:
    """A signature is for one service."""
    client = roles.client("identitystore")
    client._request_signer._signing_name = "sso"
    assert api_error(client.list_users, **store()).code == "InvalidSignatureException"
    assert administered.counters.calls["identitystore:ListUsers"] == 1


INVALID = [
    ("sso-admin", "list_permission_sets", {}),
    ("sso-admin", "list_permission_sets", {"InstanceArn": "arn:aws:sso:::instance/x"}),
    ("sso-admin", "list_permission_sets", {"InstanceArn": instance_arn(), "MaxResults": 0}),
    ("sso-admin", "list_permission_sets", {"InstanceArn": instance_arn(), "MaxResults": 101}),
    ("sso-admin", "list_permission_sets", {"InstanceArn": instance_arn(), "MaxResults": "5"}),
    ("sso-admin", "list_permission_sets", {"InstanceArn": instance_arn(), "NextToken": "never issued"}),
    ("sso-admin", "list_permission_sets", {"InstanceArn": instance_arn(), "NextToken": "neverissued"}),
    ("sso-admin", "list_instances", {"RegionScope": "EVERYWHERE"}),
    (
        "sso-admin",
        "list_account_assignment_creation_status",
        {"InstanceArn": instance_arn(), "Filter": {"Status": "x"}},
    ),
    ("identitystore", "describe_user", store() | {"UserId": "ann"}),
    ("identitystore", "describe_user", {"IdentityStoreId": "x", "UserId": "0" * 36}),
    ("identitystore", "list_group_memberships_for_member", store() | {"MemberId": {}}),
    ("identitystore", "get_user_id", store() | {"AlternateIdentifier": {}}),
    ("identitystore", "get_user_id", store() | alternate("user name", "x")),
    ("organizations", "list_accounts", {"MaxResults": 21}),
    ("organizations", "list_accounts_for_parent", {}),
    ("organizations", "list_delegated_administrators", {"ServicePrincipal": "two words"}),
]


@pytest.mark.parametrize(("service", "operation", "parameters"), INVALID)
def test_invalid(
    administered: Simulator, boto: Any, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    """What is missing, malformed, out of range or of the wrong type is refused by the service, too."""
    client = RoleClients(administered, boto, checks_parameters=False).client(service)
    error = api_error(getattr(client, operation), **parameters)
    expected = "InvalidInputException" if service == "organizations" else "ValidationException"
    assert (error.code, error.status) == (expected, 400)


def signed_body(client: Any, body: bytes) -> None:
    """Let a client send another body."""

    def change(params: dict[str, Any], **_: Any) -> None:
        params["body"] = body

    client.meta.events.register("before-call", change)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"Surprise": 1}', "ValidationException"),
        (b"[]", "SerializationException"),
        (b"{", "SerializationException"),
        (b"", "success"),
    ],
)
def test_bodies(roles: RoleClients, body: bytes, code: str) -> None:
    """A member that the operation does not know, and a body that is not an object, are refused."""
    client = roles.client("sso-admin")
    signed_body(client, body)
    if code == "success":
        assert client.list_instances()["Instances"]
    else:
        assert api_error(client.list_instances).code == code


def test_unknown_operation(administered: Simulator, roles: RoleClients) -> None:
    """An operation that is not simulated, such as one that writes, is refused and counted under one name."""
    arguments = {"InstanceArn": instance_arn(), "Name": "New"}
    error = api_error(roles.client("sso-admin").create_permission_set, **arguments)
    assert error == ApiError("ClientError", "UnknownOperationException", 400, "No such operation")
    assert administered.counters.calls["sso-admin:UnknownOperation"] == 1
    other = fetch(administered, "POST", "/", b"{}", TARGET | {"X-Amz-Target": "DynamoDB_20120810.ListTables"})
    assert other.status == 404


def test_tokens(administered: Simulator, roles: RoleClients) -> None:
    """A token is valid for the listing, the filter and the reader that it was issued for."""
    client = roles.client("sso-admin")
    developer = {
        "InstanceArn": instance_arn(),
        "PermissionSetArn": administered.world.permission_set_arn("Developer"),
    }
    spare = developer | {"PermissionSetArn": administered.world.permission_set_arn("Spare")}
    listing = client.list_accounts_for_provisioned_permission_set
    token = {"NextToken": listing(**developer, MaxResults=1)["NextToken"]}
    assert listing(**developer, **token)["AccountIds"] == ["444455556666"]
    latest = {"ProvisioningStatus": "LATEST_PERMISSION_SET_PROVISIONED"}
    refused = [
        api_error(listing, **spare, **token),
        api_error(listing, **developer, **latest, **token),
        api_error(
            roles.client("sso-admin", account_id=AUDIT).list_accounts_for_provisioned_permission_set,
            **developer,
            **token,
        ),
        api_error(client.list_managed_policies_in_permission_set, **developer, **token),
    ]
    assert {(each.code, each.message) for each in refused} == {
        ("ValidationException", "The pagination token is not valid")
    }


def test_labels(administered: Simulator, roles: RoleClients) -> None:
    """Operations are counted with their service, because some names exist twice."""
    roles.client("organizations").list_accounts()
    roles.client("identitystore").list_users(**store())
    assert dict(administered.counters.calls) == {
        "GetRoleCredentials": 2,
        "organizations:ListAccounts": 1,
        "identitystore:ListUsers": 1,
    }


def test_boundary_and_service_control_policies(administered: Simulator, roles: RoleClients) -> None:
    """A boundary limits a role everywhere; service control policies do not in the management account."""
    world = administered.world
    world.service_control_policy = '{"Statement": {"Effect": "Deny", "Action": "sso:*", "Resource": "*"}}'
    assert roles.client("sso-admin").list_instances()["Instances"]
    denied = api_error(roles.client("sso-admin", account_id=AUDIT).list_instances)
    assert denied.message.endswith("with an explicit deny in a service control policy")
    world.add_customer_policy("/only-s3", '{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}')
    world.add_permission_set(replace(world.permission_set("Administrator"), boundary="/only-s3"))
    limited = api_error(roles.client("sso-admin").list_instances)
    assert limited.message.endswith("because no permissions boundary allows the sso:ListInstances action")


def test_fault(administered: Simulator, roles: RoleClients) -> None:
    """An injected error is in the format of the protocol."""
    administered.faults.add("identitystore:ListUsers", Fault.error(500))
    error = api_error(roles.client("identitystore").list_users, **store())
    assert error == ApiError("InternalServerException", "InternalServerException", 500, "Injected")
