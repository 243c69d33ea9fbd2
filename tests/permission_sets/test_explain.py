"""A denial is explained in words: what decided, whom to ask, and for what."""

import pytest

from ssohelper.permission_sets import access_denied
from ssohelper.permission_sets.access_denied import Denial, Principal
from ssohelper.permission_sets.explain import Explanation, assume_role, explain, in_one_line, label_of
from ssohelper.roles import AssumedRole, RoleRef

ANN = "arn:aws:sts::333344445555:assumed-role/AWSReservedSSO_Developer_0123456789abcdef/ann@example.com"
JOHN = "arn:aws:iam::123456789012:user/John"
NAMES = {"333344445555": "payments-prod", "123456789012": None}
IDENTITY_CENTER = "the administrators of IAM Identity Center"
ORGANIZATION = "the administrators of your AWS organization"
OTHER_ROLE = "or tell me which role to use instead."
EXCEPTION = "check whether that Deny statement is meant for this, and make an exception if it is not"


def explained(words: str, principal: str = ANN) -> Explanation:
    """The explanation of a message."""
    (denial,) = access_denied.find(f"User: {principal} is not authorized to perform: {words}")
    return explain(denial, NAMES)


@pytest.mark.parametrize(
    ("words", "reason", "contact", "change"),
    [
        (
            "because no identity-based policy allows the kms:Decrypt action",
            "no identity-based policy of the permission set Developer allows it",
            IDENTITY_CENTER,
            "allow kms:Decrypt in the permission set Developer",
        ),
        (
            "with an explicit deny in an identity-based policy",
            "an identity-based policy of the permission set Developer denies it",
            IDENTITY_CENTER,
            EXCEPTION,
        ),
        (
            "because no permissions boundary allows the kms:Decrypt action",
            "the permissions boundary of the permission set Developer does not allow it",
            IDENTITY_CENTER,
            "allow kms:Decrypt in the permissions boundary of the permission set Developer",
        ),
        (
            "because no service control policy allows the kms:Decrypt action",
            "no service control policy allows it",
            ORGANIZATION,
            "allow kms:Decrypt in the service control policy",
        ),
        (
            "because no resource-based policy allows the kms:Decrypt action",
            "the key policy does not allow it",
            "the owners of K",
            "allow kms:Decrypt in the key policy",
        ),
        (
            "because no VPC endpoint policy allows the kms:Decrypt action",
            "the VPC endpoint policy does not allow it",
            "the owners of the VPC endpoint that the request went through",
            "allow kms:Decrypt in the VPC endpoint policy",
        ),
        (
            "because no session policy allows the kms:Decrypt action",
            "the session policy does not allow it",
            "the developers of the program that gave you these credentials",
            "allow kms:Decrypt in the session policy",
        ),
        (
            "with an explicit deny",
            "a Deny statement (AWS does not say in which policy)",
            "the administrators of payments-prod (333344445555)",
            EXCEPTION,
        ),
        (
            "with an explicit deny in a frobnicate policy",
            "a type of policy that ssohelper does not know: frobnicate policy",
            "the administrators of payments-prod (333344445555)",
            EXCEPTION,
        ),
    ],
)
def test_explanations(words: str, reason: str, contact: str, change: str) -> None:
    """Each type of policy has its contact, and its change; the text to send has all facts."""
    assert explained(f"kms:Decrypt on resource: K {words}") == Explanation(
        reason,
        contact,
        (
            "I am not allowed to perform kms:Decrypt on K.",
            "My role: Developer in payments-prod (333344445555), as ann@example.com.",
            f"Reason: {reason}.",
            f"Please {change}, {OTHER_ROLE}",
        ),
    )


def test_not_said() -> None:
    """Where AWS does not say which policy denies it, the text says so."""
    assert explained("iam:GetUser", JOHN) == Explanation(
        "AWS does not say which policy denies it",
        "the administrators of 123456789012",
        (
            "I am not allowed to perform iam:GetUser.",
            f"My identity: {JOHN}.",
            "AWS does not say which policy denies it.",
            f"Please find out which policy has to allow iam:GetUser, and allow it there, {OTHER_ROLE}",
        ),
    )


def test_simulated() -> None:
    """A simulation says that service control policies do not allow it, not by which statement."""
    found = explain(Denial(action="s3:GetObject", cause="service control policy"), {})
    assert found.reason == "the service control policies do not allow it"


def test_decoded() -> None:
    """A decoded message says whether there was a Deny statement, not in which type of policy."""
    found = explain(Denial(action="s3:GetObject", deny="implicit"), {})
    assert found.reason == "no policy allows it (AWS does not say which type of policy has to)"


def test_policy() -> None:
    """The ARN of the policy is in the text to send."""
    arn = "arn:aws:organizations::1:policy/o-a/service_control_policy/p-b"
    found = explained(f"iam:GetUser with an explicit deny in a service control policy: {arn}")
    assert f"Policy: {arn}." in found.text_to_send


BLOCKED = (
    'User: arn:aws:iam::1:root is not authorized to perform: s3:PutObject on resource: "B" because public ACLs are '
    "prevented by the BlockPublicAcls setting in S3 Block Public Access."
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "An error occurred (ForbiddenException) when calling the GetRoleCredentials operation: No access",
            Explanation(
                "the role is not assigned to you in that account",
                IDENTITY_CENTER,
                (
                    "I get no credentials of a role in IAM Identity Center (GetRoleCredentials: No access).",
                    "Role and account: (please fill in).",
                    f"Please assign it to me, {OTHER_ROLE}",
                ),
            ),
        ),
        (
            "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied",
            Explanation(
                "AWS does not say which policy denies it",
                "the administrators of the account",
                (
                    "I am not allowed to perform the operation GetObject.",
                    "AWS does not say which policy denies it.",
                    "Please find out which policy has to allow the operation GetObject, and allow it there, "
                    + OTHER_ROLE,
                ),
            ),
        ),
        (
            BLOCKED,
            Explanation(
                "the setting BlockPublicAcls of S3 Block Public Access forbids public access",
                "the owners of B",
                (
                    "I am not allowed to perform s3:PutObject on B.",
                    "My identity: arn:aws:iam::1:root.",
                    "Reason: the setting BlockPublicAcls of S3 Block Public Access forbids public access.",
                    "Please tell me whether public access is intended.",
                ),
            ),
        ),
    ],
)
def test_other_messages(text: str, expected: Explanation) -> None:
    """Messages without a policy are explained as far as possible."""
    (denial,) = access_denied.find(text)
    assert explain(denial, {}) == expected


NOT_SIGNED = (
    "User: anonymous is not authorized to perform: a:B because no resource-based policy allows the a:B action"
)
LAKE = "Insufficient Lake Formation permission(s): Required Describe on orders"
ASSUMED = "arn:aws:iam::1:role/x"


@pytest.mark.parametrize(
    ("text", "reason", "contact"),
    [
        (
            NOT_SIGNED,
            "the resource-based policy does not allow it (the request was not signed: it had no credentials)",
            "the owners of the resource",
        ),
        (
            f"User: {ANN} is not authorized to perform: sts:AssumeRole on resource: {ASSUMED}",
            "AWS does not say which: your role's policies, or the trust policy of the other role, do not allow it",
            f"the owners of {ASSUMED}",
        ),
        (
            f"An error occurred (AccessDeniedException) when calling the GetTable operation: {LAKE}",
            f"AWS says: {LAKE}",
            "the administrators of the account",
        ),
    ],
)
def test_what_else_aws_says(text: str, reason: str, contact: str) -> None:
    """What a message tells besides its policy is not lost."""
    (denial,) = access_denied.find(text)
    found = explain(denial, {})
    assert (found.reason, found.contact) == (reason, contact)


def test_assume_role() -> None:
    """To assume a role, both sides have to allow it."""
    base = RoleRef("acme", "333344445555", "ReadOnly")
    arn = "arn:aws:iam::999988887777:role/Deploy"
    assert assume_role(AssumedRole("deploy", "deploy", base, (("RoleArn", arn),)), NAMES) == Explanation(
        f"ReadOnly in payments-prod (333344445555) is not allowed to assume {arn}",
        f"the owners of {arn}",
        (
            f"I am not allowed to assume the role {arn}.",
            "My role: ReadOnly in payments-prod (333344445555).",
            "Please allow sts:AssumeRole on it in ReadOnly, and that role in its trust policy.",
        ),
    )


def test_one_line() -> None:
    """One line for the first denial, and the number of the others."""
    denial = Denial(action="s3:PutObject", cause="session policy", deny="implicit")
    other = Denial(operation="ListBuckets")
    line = "s3:PutObject is denied: the session policy does not allow it; ask the developers of the program that"
    assert in_one_line([]) is None
    assert in_one_line([denial]) == f"{line} gave you these credentials"
    assert in_one_line([other, denial]) == (
        "ListBuckets is denied: AWS does not say which policy denies it; ask the administrators of the account"
        " (and 1 more)"
    )


def test_label() -> None:
    """A role is named by permission set, account and user; a name that is not known is left out."""
    assert label_of(Principal.of(ANN), {}) == "Developer in 333344445555, as ann@example.com"
