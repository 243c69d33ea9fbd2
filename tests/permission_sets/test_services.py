"""Each kind of question is asked of a service, by an operation that reads."""

import json
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs

import pytest

from ssohelper.errors import Failed
from ssohelper.identity_center.portal import Portal
from ssohelper.model import Session, Token
from ssohelper.permission_sets import assembly, services
from ssohelper.permission_sets.collect import Collection, Scope
from ssohelper.permission_sets.inventory import Instance
from ssohelper.permission_sets.questions import Answer, Question
from ssohelper.roles import RoleRef
from ssohelper.simulator.server import Simulator
from tests.fixtures import inventories
from tests.fixtures.inventories import POLICY, PROD
from tests.fixtures.role_clients import MANAGEMENT, company

ARN = "arn:aws:sso:::permissionSet/ssoins-7223aaaabbbbcccc/ps-1111222233334444"
BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"
# More users than are asked for singly.
PRINCIPALS = [["GROUP", "g-developers"], *(["USER", f"u-{number}"] for number in range(201))]
INSTANCE = Instance("arn:aws:sso:::instance/ssoins-7223aaaabbbbcccc", "d-1234567890")
# Of each kind, an answer that other questions follow from.
ANSWERS: Mapping[str, Answer] = {
    "permission-sets": [ARN],
    "managed": [BOUNDARY],
    "inline": POLICY,
    "boundary": BOUNDARY,
    "document": POLICY,
    "provisioned": [PROD],
    "assignments": PRINCIPALS,
    "assignments-of-group": [[ARN, PROD, "GROUP", "g-developers"]],
    "groups": [{"id": "g-ops"}],
    "members": ["u-ann"],
    "users": [],
    "requests": [[str(uuid.UUID(int=1)), 1.0]],
    "accounts": [{"id": PROD, "parent": None}],
    "roots": ["r-1234"],
    "units": [],
}
LISTS = {
    "assignment": "SWBExternalService.ListAccountAssignmentCreationStatus",
    "removal": "SWBExternalService.ListAccountAssignmentDeletionStatus",
    "provisioning": "SWBExternalService.ListPermissionSetProvisioningStatus",
}
# By kind, and for requests by what was requested, the operation as the service is sent it.
OPERATIONS = {
    "attributes": "SWBExternalService.DescribeInstanceAccessControlAttributeConfiguration",
    "permission-sets": "SWBExternalService.ListPermissionSets",
    "description": "SWBExternalService.DescribePermissionSet",
    "managed": "SWBExternalService.ListManagedPoliciesInPermissionSet",
    "customer-managed": "SWBExternalService.ListCustomerManagedPolicyReferencesInPermissionSet",
    "inline": "SWBExternalService.GetInlinePolicyForPermissionSet",
    "boundary": "SWBExternalService.GetPermissionsBoundaryForPermissionSet",
    "tags": "SWBExternalService.ListTagsForResource",
    "provisioned": "SWBExternalService.ListAccountsForProvisionedPermissionSet",
    "outdated": "SWBExternalService.ListAccountsForProvisionedPermissionSet",
    "assignments": "SWBExternalService.ListAccountAssignments",
    "assignments-of-group": "SWBExternalService.ListAccountAssignmentsForPrincipal",
    **{f"requests {kind}": operation for kind, operation in LISTS.items()},
    **{f"request {kind}": operation.replace("List", "Describe") for kind, operation in LISTS.items()},
    "user": "AWSIdentityStore.DescribeUser",
    "users": "AWSIdentityStore.ListUsers",
    "groups": "AWSIdentityStore.ListGroups",
    "group": "AWSIdentityStore.DescribeGroup",
    "first-members": "AWSIdentityStore.ListGroupMemberships",
    "members": "AWSIdentityStore.ListGroupMemberships",
    "accounts": "AWSOrganizationsV20161128.ListAccounts",
    "roots": "AWSOrganizationsV20161128.ListRoots",
    "units": "AWSOrganizationsV20161128.ListOrganizationalUnitsForParent",
    "accounts-in": "AWSOrganizationsV20161128.ListAccountsForParent",
    "document": "GetPolicy",
    "blocked": "SimulateCustomPolicy",
    "problems": "/policy/validation",
}


class Recorder(BaseHTTPRequestHandler):
    """Notes each operation and its arguments, and refuses it."""

    asked: ClassVar[list[str]] = []
    bodies: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        """Note the operation."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.bodies.append(body)
        form = parse_qs(body)
        target = self.headers.get("X-Amz-Target", "")
        (action,) = form.get("Action", [""])
        self.asked.append(target or action or self.path.partition("?")[0])
        refusal = '{"__type": "ValidationException"}'
        if action:
            refusal = "<ErrorResponse><Error><Code>ValidationError</Code></Error></ErrorResponse>"
        self.send_response(400)
        self.send_header("Content-Length", str(len(refusal)))
        self.end_headers()
        self.wfile.write(refusal.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Log nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    """Where a recorder serves every service."""
    Recorder.asked.clear()
    Recorder.bodies.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def one_of_each() -> dict[str, Question]:
    """A question of each kind that a collection asks; for requests, one for each kind of request."""
    found: dict[str, Question] = {}
    for scope in (Scope(), Scope(quick=True, members=True, validate=True)):
        collection = Collection(scope, None)
        pending = collection.first()
        while pending:
            question = pending.pop()
            name = f"{question.kind} {question.key[0]}" if question.kind.startswith("request") else question.kind
            found[name] = question
            pending += collection.following(question, ANSWERS.get(question.kind))
    return found


@pytest.mark.full
def test_operations(url: str, tmp_path: Path) -> None:
    """Each kind is asked by its operation, and no other one."""
    asked = inventories.services(url, tmp_path, INSTANCE)
    found = {}
    for name, question in one_of_each().items():
        Recorder.asked.clear()
        with pytest.raises(Failed):
            services.ask(asked, question)
        (found[name],) = Recorder.asked
    assert found == OPERATIONS


@pytest.mark.full
def test_outdated(url: str, tmp_path: Path) -> None:
    """Accounts with an older version are asked for by the status of their roles."""
    asked = inventories.services(url, tmp_path, INSTANCE)
    for kind in ("provisioned", "outdated"):
        with pytest.raises(Failed):
            services.ask(asked, Question(kind, (ARN,)))
    status = {"ProvisioningStatus": "LATEST_PERMISSION_SET_NOT_PROVISIONED"}
    of = {"InstanceArn": INSTANCE.arn, "PermissionSetArn": ARN, "MaxResults": 100}
    assert [json.loads(each) for each in Recorder.bodies] == [of, of | status]


def test_blocked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the actions that a policy allows, those that the boundary does not allow are blocked."""
    policy, boundary = (
        json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": each, "Resource": "*"}})
        for each in (["ec2:RunInstances", "iam:PassRole", "s3:GetObject"], ["s3:*", "kms:*"])
    )
    actions = ("ec2:RunInstances", "iam:PassRole", "s3:GetObject")
    with Simulator(company(), rate=None) as simulator:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", simulator.url)
        session = Session("acme", simulator.start_url, simulator.region)
        token = Token(session.start_url, session.region, simulator.sign_in().access_token, time.time() + 3600)
        keys = Portal(session, token).role_credentials(RoleRef("acme", MANAGEMENT, "Administrator"))
        asked = inventories.services(simulator.url, tmp_path, INSTANCE, lambda: keys)
        found = services.ask(asked, Question("blocked", (ARN, policy, boundary, *actions)))
    assert found == ["ec2:RunInstances", "iam:PassRole"]


def test_services(tmp_path: Path) -> None:
    """Each kind is asked at the rate of its service."""
    asked = inventories.services("http://127.0.0.1:1", tmp_path, INSTANCE)
    found = {name: services.service_of(asked, each).service.client for name, each in one_of_each().items()}
    prefixes = {
        "SWBExternalService": "sso-admin",
        "AWSIdentityStore": "identitystore",
        "AWSOrganizationsV20161128": "organizations",
        "GetPolicy": "iam",
        "SimulateCustomPolicy": "iam",
        "/policy/validation": "accessanalyzer",
    }
    assert found == {name: prefixes[each.partition(".")[0]] for name, each in OPERATIONS.items()}


def test_kinds() -> None:
    """Every kind that can be asked is asked, and has words for when it cannot be read: both tables are private."""
    kinds = {each.kind for each in one_of_each().values()}
    assert set(services._KINDS) == kinds
    assert set(assembly._WORDS) == kinds


def test_json() -> None:
    """A question is the same after a way through JSON."""
    question = Question("assignments", (ARN, PROD))
    kind, key = json.loads(json.dumps(question))
    assert Question(kind, tuple(key)) == question
