"""A denial is explained in words: what decided, whom to ask, and for what."""

import pytest

from ssohelper.permission_sets import access_denied
from ssohelper.permission_sets.explain import Explanation, explain, role_of

ANN = "arn:aws:sts::333344445555:assumed-role/AWSReservedSSO_Developer_0123456789abcdef/ann@example.com"
JOHN = "arn:aws:iam::123456789012:user/John"
NAMES = {"333344445555": "payments-prod", "123456789012": None}
IDENTITY_CENTER = "the administrators of IAM Identity Center"
WHICH_POLICY = (
    "Please find out which policy has to allow iam:GetUser, and allow it there, or tell me which role to use instead."
)
BLOCKED = (
    'User: anonymous is not authorized to perform: s3:PutObject on resource: "B" because public ACLs are '
    "prevented by the BlockPublicAcls setting in S3 Block Public Access."
)
ORGANIZATION = "the administrators of your AWS organization"


def explained(words: str, principal: str = ANN) -> Explanation:
    """The explanation of a message."""
    (denial,) = access_denied.find(f"User: {principal} is not authorized to perform: {words}")
    return explain(denial, NAMES)


@pytest.mark.parametrize(
    ("reason", "decided", "owner", "wish"),
    [
        (
            "because no identity-based policy allows the kms:Decrypt action",
            "no identity-based policy of the permission set Developer allows it",
            IDENTITY_CENTER,
            "Please allow kms:Decrypt in the permission set Developer",
        ),
        (
            "with an explicit deny in an identity-based policy",
            "an identity-based policy of the permission set Developer denies it",
            IDENTITY_CENTER,
            "Please check whether that Deny statement is meant to stop this, and make an exception if it is not",
        ),
        (
            "because no permissions boundary allows the kms:Decrypt action",
            "the permissions boundary of the permission set Developer does not allow it",
            IDENTITY_CENTER,
            "Please allow kms:Decrypt in the permissions boundary of the permission set Developer",
        ),
        (
            "because no service control policy allows the kms:Decrypt action",
            "no service control policy allows it",
            ORGANIZATION,
            "Please allow kms:Decrypt in the service control policy",
        ),
        (
            "because no resource-based policy allows the kms:Decrypt action",
            "the key policy does not allow it",
            "the owners of K",
            "Please allow kms:Decrypt in the key policy",
        ),
        (
            "because no VPC endpoint policy allows the kms:Decrypt action",
            "the VPC endpoint policy does not allow it",
            "the owners of the VPC endpoint that the request went through",
            "Please allow kms:Decrypt in the VPC endpoint policy",
        ),
        (
            "because no session policy allows the kms:Decrypt action",
            "the session policy does not allow it",
            "the developers of the program that gave you these credentials",
            "Please allow kms:Decrypt in the session policy",
        ),
        (
            "with an explicit deny",
            "a Deny statement; AWS does not say in which policy",
            "the administrators of payments-prod (333344445555)",
            "Please check whether that Deny statement is meant to stop this, and make an exception if it is not",
        ),
        (
            "with an explicit deny in a frobnicate policy",
            "a kind of policy that ssohelper does not know: frobnicate policy",
            "the administrators of payments-prod (333344445555)",
            "Please check whether that Deny statement is meant to stop this, and make an exception if it is not",
        ),
    ],
)
def test_explanations(reason: str, decided: str, owner: str, wish: str) -> None:
    """Each kind of policy has its owner, and its wish; the text to send has all facts."""
    assert explained(f"kms:Decrypt on resource: K {reason}") == Explanation(
        decided,
        owner,
        (
            "I am denied kms:Decrypt on K.",
            "I use Developer in payments-prod (333344445555), as ann@example.com.",
            f"The reason: {decided}.",
            f"{wish}, or tell me which role to use instead.",
        ),
    )


def test_not_said() -> None:
    """Where AWS does not say which policy decided, the text says so."""
    found = explained("iam:GetUser", JOHN)
    assert found == Explanation(
        "AWS does not say",
        "the administrators of 123456789012",
        (
            "I am denied iam:GetUser.",
            f"I use {JOHN}.",
            "AWS does not say which policy decided.",
            WHICH_POLICY,
        ),
    )


def test_policy() -> None:
    """The ARN of the policy is in the text to send."""
    arn = "arn:aws:organizations::1:policy/o-a/service_control_policy/p-b"
    found = explained(f"iam:GetUser with an explicit deny in a service control policy: {arn}")
    assert f"The policy is {arn}." in found.request


@pytest.mark.parametrize(
    ("text", "decided", "owner"),
    [
        (
            "An error occurred (ForbiddenException) when calling the GetRoleCredentials operation: No access",
            "the role is not assigned to you in that account",
            IDENTITY_CENTER,
        ),
        (
            "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied",
            "AWS does not say",
            "the administrators of the account",
        ),
        (
            BLOCKED,
            "the setting BlockPublicAcls of S3 Block Public Access forbids public access",
            "the owners of B",
        ),
    ],
)
def test_other_messages(text: str, decided: str, owner: str) -> None:
    """Messages without a policy are explained as far as possible."""
    (denial,) = access_denied.find(text)
    found = explain(denial, {})
    assert (found.decided, found.owner) == (decided, owner)


def test_role() -> None:
    """A role is named by permission set, account and user; a name that is not known is left out."""
    (denial,) = access_denied.find(f"User: {ANN} is not authorized to perform: iam:GetUser")
    assert denial.principal is not None
    assert role_of(denial.principal, {}) == "Developer in 333344445555, as ann@example.com"
