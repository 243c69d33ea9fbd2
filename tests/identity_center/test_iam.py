"""IAM, asked by a role about itself: answers, refusals, and responses that IAM would not send."""

import time
from pathlib import Path

import pytest

from ssohelper.errors import AccessDenied, BadInput, NotFound, SourceRejected, SsohelperError, Unavailable
from ssohelper.identity_center.errors import Throttled
from ssohelper.identity_center.iam import Iam, Simulated, reserved_role_arn
from ssohelper.identity_center.network import Network
from ssohelper.identity_center.portal import Portal
from ssohelper.identity_center.profile_clients import ProfileClients
from ssohelper.model import Session, Token
from ssohelper.roles import RoleCredentials, RoleRef
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.identifiers import iam_role_name
from ssohelper.simulator.server import Simulator
from tests.fixtures.clock import Clock

ACCOUNT = "333344445555"
NAME = iam_role_name(ACCOUNT, "ReadOnly")
ARN = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/{NAME}"


@pytest.fixture
def clock() -> Clock:
    """A clock that begins now: requests are signed with the time of this machine."""
    return Clock(time.time())


@pytest.fixture
def keys(simulator: Simulator, session: Session) -> RoleCredentials:
    """Credentials of a role."""
    token = Token(session.start_url, session.region, simulator.sign_in().access_token, time.time() + 3600)
    return Portal(session, token).role_credentials(RoleRef("acme", ACCOUNT, "ReadOnly"))


@pytest.fixture
def iam(simulator: Simulator, tmp_path: Path) -> Iam:
    """IAM with the settings of a profile."""
    assert simulator.url
    (tmp_path / "config").write_text("[profile p]\nregion = us-east-1\n")
    files = str(tmp_path / "config"), str(tmp_path / "credentials")
    return Iam(ProfileClients("p", *files, Network(), default_region="us-east-1"))


def test_answers(iam: Iam, keys: RoleCredentials) -> None:
    """A role reads itself, and simulates its policies."""
    assert iam.role_arn(keys, NAME) == ARN
    assert iam.simulate(keys, ARN, "s3:GetObject", "arn:aws:s3:::b/k") == Simulated(
        "allowed", None, None, ["inline"], []
    )
    assert iam.simulate(keys, ARN, "s3:PutObject", None).decision == "implicitDeny"


INVALID = Unavailable("invalid response from IAM (a proxy or captive portal?)")


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.error(403, "AccessDenied"), AccessDenied("IAM denies the request")),
        (Fault.error(400, "Throttling"), Throttled("IAM is throttling requests (Throttling)", None)),
        (Fault.error(503), Unavailable("IAM returned HTTP 503")),
        (Fault.error(404, "NoSuchEntity"), NotFound("IAM returned NoSuchEntity")),
        (Fault.error(403, "ExpiredToken"), SourceRejected("IAM rejected the credentials: ExpiredToken")),
        (Fault.response(b"<html>sign in</html>", 200), INVALID),
        (Fault.response(b"", 200), INVALID),
        (Fault.response(b"<GetRoleResponse/>", 200), INVALID),
        (Fault.response(b"<R><GetRoleResult><Role><Arn>a&#x85;b</Arn></Role></GetRoleResult></R>", 200), INVALID),
    ],
)
def test_refusals(
    simulator: Simulator, iam: Iam, keys: RoleCredentials, fault: Fault, expected: SsohelperError
) -> None:
    """Each refusal, and each response that IAM would not send, is an error of its own."""
    simulator.faults.add("GetRole", fault, times=None)
    with pytest.raises(type(expected)) as caught:
        iam.role_arn(keys, NAME)
    assert str(caught.value) == str(expected)


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    "results",
    [
        "",
        "<member><EvalDecision></EvalDecision><EvalActionName>s3:GetObject</EvalActionName></member>",
        "<member><EvalDecision>bogus</EvalDecision><EvalActionName>s3:GetObject</EvalActionName></member>",
        "<member><EvalDecision>allowed</EvalDecision><EvalActionName>s3:PutObject</EvalActionName></member>",
        "<member><EvalDecision>allowed</EvalDecision><OrganizationsDecisionDetail/></member>",
    ],
)
def test_invalid_simulation(simulator: Simulator, iam: Iam, keys: RoleCredentials, results: str) -> None:
    """A simulation without a result is no answer."""
    name = "SimulatePrincipalPolicy"
    inner = f"<EvaluationResults>{results}</EvaluationResults>"
    body = f"<{name}Response><{name}Result>{inner}</{name}Result></{name}Response>".encode()
    simulator.faults.add(name, Fault.response(body, 200), times=None)
    with pytest.raises(Unavailable):
        iam.simulate(keys, ARN, "s3:GetObject", None)


def test_invalid_question(iam: Iam, keys: RoleCredentials) -> None:
    """What botocore refuses to send is the person's mistake."""
    with pytest.raises(BadInput, match="invalid request to IAM"):
        iam.simulate(keys, "x", "s3:GetObject", None)


@pytest.mark.parametrize(
    ("partition", "region", "path"),
    [("aws", "us-east-1", ""), ("aws", "eu-central-1", "eu-central-1/"), ("aws-cn", "cn-north-1", "cn-north-1/")],
)
def test_reserved_role_arn(partition: str, region: str, path: str) -> None:
    """The path of the role has the region of the instance, unless that is us-east-1."""
    arn = f"arn:{partition}:sts::{ACCOUNT}:assumed-role/{NAME}/ann@example.com"
    expected = f"arn:{partition}:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/{path}{NAME}"
    assert reserved_role_arn(arn, NAME, region) == expected
