"""Access-denied messages are read by AWS's documented grammar; what is none is said to be none."""

import json
import textwrap
import time
import tomllib
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssohelper.permission_sets import access_denied
from ssohelper.permission_sets.access_denied import Denial, Principal
from tests.fixtures.examples import examples

ANN = "arn:aws:sts::333344445555:assumed-role/AWSReservedSSO_Developer_0123456789abcdef/ann@example.com"
JOHN = "arn:aws:iam::123456789012:user/John"
SCP = "arn:aws:organizations::111122223333:policy/o-a1b2c3d4e5/service_control_policy/p-2kgnabcd"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:*"
ENCODED = "OIH6QTbpor6EoyZHdzm4D6U3O_wNNWv-53XamfhE4-1BxbmjOKimeEJVdo_EU9VoHk2nhp7ru3C1OenKZtcyQaXg"

BUCKET = "arn:aws:s3:::amzn-s3-demo-bucket1/object-name"
MESSAGES = tomllib.loads(Path(__file__).with_name("forms.toml").read_text())


def title(form: dict[str, str]) -> str:
    """The beginning of a message, which names its test."""
    return form["message"][:50]


def read(text: str) -> Denial:
    """The only message in a text."""
    (found,) = access_denied.find(text)
    return found


@pytest.mark.parametrize("form", MESSAGES["form"], ids=title)
def test_forms(form: dict[str, str]) -> None:
    """Action, resource, kind of policy, effect and policy are those that the message names."""
    found = read(f"User: {ANN} is not authorized to perform: {form['message']}")
    names = ("action", "resource", "cause", "deny", "policy", "setting")
    read_as = {name: getattr(found, name) for name in names if getattr(found, name) is not None}
    assert read_as == {name: form[name] for name in names if name in form}
    assert found.principal == Principal(
        ANN, "333344445555", "AWSReservedSSO_Developer_0123456789abcdef", "ann@example.com"
    )
    assert found.encoded == (ENCODED if ENCODED in form["message"] else None)


def test_authorization_id() -> None:
    """A message may name the id with which AWS tells more."""
    found = read(
        f"User: {JOHN} is not authorized to perform: iam:CreateInstanceProfile on resource: arn:aws:iam::1:instance-"
        "profile/p with an explicit deny in an identity-based policy: arn:aws:iam::1:policy/Deny. Go to "
        "https://us-east-1.console.aws.amazon.com/iam/home#/authorization-details/1a2b3c for complete "
        "details, or call the GetRequestAuthorizationDetails API with the following authorization id: 1a2b3c"
    )
    assert (found.policy, found.authorization_id) == ("arn:aws:iam::1:policy/Deny", "1a2b3c")


@pytest.mark.parametrize("form", MESSAGES["bare"], ids=title)
def test_without_action(form: dict[str, Any]) -> None:
    """Some messages name the operation only."""
    expected = {name: value for name, value in form.items() if name != "message"}
    assert read(form["message"]) == Denial(**expected)


@pytest.mark.parametrize("kind", ["frobnicate", "data perimeter"])
@pytest.mark.parametrize(
    "reason", ["because no {} policy allows the a:B action", "with an explicit deny in a {} policy"]
)
def test_unknown_policy_type(kind: str, reason: str) -> None:
    """A kind of policy that is not documented is unknown, and named."""
    found = read(f"User: {ANN} is not authorized to perform: a:B {reason.format(kind)}")
    assert (found.cause, found.unknown_policy_type) == (None, kind)


@pytest.mark.parametrize("form", MESSAGES["none"], ids=title)
def test_none(form: dict[str, str]) -> None:
    """Other errors, of AWS and of others, are no access-denied messages, and parts of messages are none either."""
    assert access_denied.find(form["message"]) == []


MESSAGE = (
    f'User: {ANN} is not authorized to perform: s3:PutObject on resource: "{BUCKET}" '
    "because no identity-based policy allows the s3:PutObject action"
)
DETAILS = "operation error S3: PutObject, https response error StatusCode: 403, api error AccessDenied"
CLASS = "software.amazon.awssdk.services.s3.model.S3Exception"


def framed(text: str) -> str:
    """The text as Terraform prints it: colored, in a frame, broken at spaces."""
    words, lines = text.split(), [""]
    for word in words:
        lines = [*lines, word] if len(lines[-1]) > 60 else [*lines[:-1], f"{lines[-1]} {word}"]
    return "".join(
        f"\x1b[31m\u2502\x1b[0m \x1b[0m{line}\n" for line in ["Error: creating it", "", *lines, "  with x"]
    )


@pytest.mark.parametrize(
    "text",
    [
        MESSAGE,
        f"An error occurred (AccessDenied) when calling the PutObject operation: {MESSAGE}\n",
        f"\nupload failed: ./a to s3://b/a {MESSAGE}\nCompleted 1",
        framed(f"{DETAILS}: {MESSAGE}"),
        f"{CLASS}: {MESSAGE} (Service: S3, Status Code: 403, Request ID: X)",
        f"AccessDenied: {MESSAGE}\n\tstatus code: 403, request id: X",
        json.dumps({"errorCode": "AccessDenied", "errorMessage": MESSAGE, "requestID": "X"}),
        f"<Error><Code>AccessDenied</Code><Message>{escape(MESSAGE)}</Message></Error>",
        MESSAGE.replace(" ", "\n"),
        f"> {MESSAGE}",
        "\n".join(textwrap.wrap(MESSAGE, 80, drop_whitespace=False)),
        "\n".join(MESSAGE[start : start + 80] for start in range(0, len(MESSAGE), 80)),
        MESSAGE.replace("assumed-role/", "assumed-role/\n"),
        "".join(f"2026-11-02T10:00:00.1Z [build] | {line}\n" for line in framed(MESSAGE).splitlines()),
        MESSAGE.replace(f'"{BUCKET}"', f"\u201c{BUCKET}\u201d"),
        f"{MESSAGE}\n{MESSAGE}",
    ],
)
def test_anywhere(text: str) -> None:
    """The message is found in the output of SDKs and tools, in JSON and XML, wrapped, quoted and repeated."""
    assert read(text)._replace(operation=None) == read(MESSAGE)


CONSOLE = f"""You don't have permission to ec2:DescribeInstances. To request access, copy the following text.
User: {ANN}
Service: ec2
Action: DescribeInstances
On resource(s): arn:aws:ec2:eu-west-1:333344445555:*
Context: no identity-based policy allows the ec2:DescribeInstances action"""
WITHOUT = f"User: {ANN} is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext"
ONE_OF_THREE = (
    "because the resource does not exist in this Region, no resource-based policies allow access, or a "
    "resource-based policy explicitly denies access"
)
NO_ACCESS = Denial(operation="GetRoleCredentials", cause="account assignment", deny="implicit")
WHO = Principal.of(ANN)
OTHER_FORMS: list[tuple[str, list[Denial]]] = [
    (
        CONSOLE,
        [
            Denial(
                WHO,
                "ec2:DescribeInstances",
                resource="arn:aws:ec2:eu-west-1:333344445555:*",
                cause="identity-based policy",
                deny="implicit",
            )
        ],
    ),
    (f"{WITHOUT} {ONE_OF_THREE}", [Denial(WHO, "kms:Decrypt", cause="resource-based policy")]),
    (
        f"{WITHOUT} because no resource-based policy allows the kms:Decrypt action",
        [Denial(WHO, "kms:Decrypt", cause="resource-based policy", deny="implicit")],
    ),
    (
        "operation error SSO: GetRoleCredentials, https response error, ForbiddenException: No access",
        [NO_ACCESS],
    ),
    (
        "software.amazon.awssdk.services.sso.model.SsoException: No access (Service: Sso, Status Code: 403)",
        [NO_ACCESS],
    ),
    ("Access Denied", [Denial()]),
    ("<Error><Code>AccessDenied</Code><Message>Access Denied</Message><RequestId>1</RequestId></Error>", [Denial()]),
    ("API: s3:CreateBucket Access Denied", [Denial(action="s3:CreateBucket")]),
    (
        "operation error S3: HeadBucket, https response error StatusCode: 403, api error Forbidden: Forbidden",
        [Denial(operation="HeadBucket")],
    ),
    (
        "An error occurred (AccessDeniedException) when calling the GetTable operation: Insufficient permission(s)",
        [Denial(operation="GetTable", sentence="Insufficient permission(s)")],
    ),
]


@pytest.mark.parametrize(("text", "expected"), OTHER_FORMS)
def test_other_forms(text: str, expected: list[Denial]) -> None:
    """The console, KMS, other SDKs and services word it differently."""
    assert access_denied.find(text) == expected


def test_with_and_without_action() -> None:
    """Messages that name an action do not hide those that do not."""
    bare = "An error occurred (AccessDenied) when calling the ListObjectsV2 operation: Access Denied"
    named = f"An error occurred (AccessDenied) when calling the PutObject operation: {MESSAGE}"
    for text in (f"{bare}\n\n{named}", f"{named}\n\n{bare}"):
        assert sorted(str(each.operation) for each in access_denied.find(text)) == ["ListObjectsV2", "PutObject"]


def test_several() -> None:
    """Different messages are read each, in their order."""
    text = f"{MESSAGE}\nlater\nUser: {JOHN} is not authorized to perform: iam:GetUser"
    assert [(each.action, each.resource) for each in access_denied.find(text)] == [
        ("s3:PutObject", BUCKET),
        ("iam:GetUser", None),
    ]


@pytest.mark.parametrize(
    ("arn", "permission_set", "role", "session"),
    [
        (ANN, "Developer", "AWSReservedSSO_Developer_0123456789abcdef", "ann@example.com"),
        (
            ANN.replace("Developer_", "a_B.c@d_"),
            "a_B.c@d",
            "AWSReservedSSO_a_B.c@d_0123456789abcdef",
            "ann@example.com",
        ),
        (
            "arn:aws:iam::1:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_X_0123456789abcdef",
            *(None, None, None),  # no account id
        ),
        (
            "arn:aws:iam::333344445555:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_X_0123456789abcdef",
            *("X", "AWSReservedSSO_X_0123456789abcdef", None),
        ),
        ("arn:aws-cn:sts::333344445555:assumed-role/deploy/ci", None, "deploy", "ci"),
        ("arn:aws:iam::333344445555:root", None, None, None),
        ("arn:aws:sts::***:assumed-role/deploy/ci", None, None, None),
        ("anonymous", None, None, None),
    ],
)
def test_principals(arn: str, permission_set: str | None, role: str | None, session: str | None) -> None:
    """A role from Identity Center gives its permission set and the user back."""
    found = read(f"User: {arn} is not authorized to perform: iam:GetUser").principal
    assert found is not None
    assert (found.arn, found.permission_set, found.role_name, found.session_name) == (
        arn,
        permission_set,
        role,
        session,
    )


NAMES = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters='"\\&<>'), min_size=1, max_size=20)
KINDS = ("identity-based policy", "permissions boundary", "service control policy", "resource-based policy")


@settings(max_examples=examples(300))
@given(
    name=NAMES, quoted=st.booleans(), kind=st.sampled_from(KINDS), explicit=st.booleans(), around=st.text(max_size=9)
)
def test_generated(name: str, quoted: bool, kind: str, explicit: bool, around: str) -> None:
    """Whatever the resource is called, and whatever stands around, the message is read."""
    arn = f"arn:aws:s3:::b/{name}"
    shown = f'"{arn}"' if quoted else arn
    reason = f"with an explicit deny in a {kind}" if explicit else f"because no {kind} allows the s3:GetObject action"
    text = f"{around}\nUser: {ANN} is not authorized to perform: s3:GetObject on resource: {shown} {reason}\n{around}"
    found = read(text)
    assert (found.resource, found.cause, found.deny) == (arn, kind, "explicit" if explicit else "implicit")


@settings(max_examples=examples(300))
@given(
    st.text(),
    st.lists(st.sampled_from([MESSAGE, "User: ", " is not authorized to perform: ", "a:B", '"', "because no "])),
)
def test_any_text(text: str, parts: list[str]) -> None:
    """No text is too odd to be read."""
    for found in access_denied.find(text.join(parts)):
        assert found.resource is None or found.resource.strip() == found.resource != ""


SCP = "with an explicit deny in a service control policy"
NOBODY = "because no identity-based policy allows the s3:GetObject action"
HOSTILE = {
    "reason in the key": (f'"{BUCKET} {SCP}" {NOBODY}', f"{BUCKET} {SCP}", "identity-based policy"),
    "quote and reason": (f'"{BUCKET}" {SCP}" {NOBODY}', f'{BUCKET}" {SCP}', "identity-based policy"),
    "end of an XML message": (f'"{BUCKET} {SCP}</x" {NOBODY}', f"{BUCKET} {SCP}</x", "identity-based policy"),
    "request id": (f'"{BUCKET} {SCP}, request id" {NOBODY}', f"{BUCKET} {SCP}, request id", "identity-based policy"),
    "policy in the key": (
        f'"{BUCKET} {SCP}: arn:aws:organizations::666:policy/o-1/x" {NOBODY}',
        f"{BUCKET} {SCP}: arn:aws:organizations::666:policy/o-1/x",
        "identity-based policy",
    ),
    "no reason of AWS": (f'"{BUCKET} {SCP}: arn:aws:organizations::666:policy/x"', None, None),
    "a message of its own": (
        f'"{BUCKET}/{ANN} is not authorized to perform: s3:DeleteBucket on resource: x" {NOBODY}',
        f"{BUCKET}/{ANN} is not authorized to perform: s3:DeleteBucket on resource: x",
        "identity-based policy",
    ),
    "no quotes": (f"arn:aws:iot:::topic/a {SCP} {NOBODY}", f"arn:aws:iot:::topic/a {SCP}", "identity-based policy"),
    "later text": (f"arn:aws:ec2:::i/1 Next: the job failed because of {SCP[5:]}", "arn:aws:ec2:::i/1", None),
    "a later quote": (f'"{BUCKET}" {NOBODY}. Log: "x" {SCP}"', BUCKET, "identity-based policy"),
    "quotes around it": (f'"{BUCKET}" {NOBODY}"', BUCKET, "identity-based policy"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name: str) -> None:
    """A resource may be called like a reason or a message: only what AWS says after it counts."""
    rest, resource, cause = HOSTILE[name]
    found = read(f"User: {ANN} is not authorized to perform: s3:GetObject on resource: {rest}")
    expected = rest.strip('"') if resource is None else resource
    assert (found.resource, found.cause, found.policy) == (expected, cause, None)
    assert found.principal == Principal.of(ANN)


def test_broken_words() -> None:
    """A terminal that breaks lines anywhere may break the type of policy."""
    text = f"User: {ANN} is not authorized to perform: a:B because no ident\nity-based policy allows the a:B action"
    assert read(text).cause == "identity-based policy"


def test_unreadable_number() -> None:
    """A number that Python does not read is no reason to fail."""
    assert read(f"&#{'0' * 5000}9; {MESSAGE}") == read(MESSAGE)


DECODED = {
    "allowed": False,
    "explicitDeny": True,
    "matchedStatements": {"items": [{"statementId": "DenyAll", "effect": "DENY"}, {"statementId": ""}]},
    "context": {"principal": {"id": "AROA:ann", "arn": ANN}, "action": "ec2:RunInstances", "resource": "arn:x"},
}


def test_with_decoded() -> None:
    """The decoded part fills in what the message leaves out, and only that."""
    text = json.dumps(DECODED)
    assert access_denied.with_decoded(Denial(operation="RunInstances"), text) == Denial(
        Principal.of(ANN),
        "ec2:RunInstances",
        "RunInstances",
        "arn:x",
        deny="explicit",
        statement_ids=("DenyAll",),
    )
    known = Denial(Principal.of(JOHN), "a:B", resource="r", deny="implicit")
    assert access_denied.with_decoded(known, text) == known._replace(statement_ids=("DenyAll",))


@pytest.mark.parametrize("text", ["", "[]", "{}", '"x"', json.dumps({**DECODED, "context": None}), "[" * 100_000])
def test_not_decoded(text: str) -> None:
    """What AWS would not send is an error."""
    with pytest.raises(ValueError):  # noqa: PT011 (the message is the text)
        access_denied.with_decoded(Denial(), text)


PIECES = (
    *("x", "operation error a ", "because no ", 'on resource: "', "User: arn: is not authorized to perform: a:B "),
    *('is not authorized to perform: a:B on resource: "', 'is not authorized to perform: a:B on resource: x" '),
)


@pytest.mark.first_is_quick
@pytest.mark.parametrize("piece", PIECES)
def test_long_text(piece: str) -> None:
    """The time grows with the length of a text, not with its square, however it is made."""

    def seconds(size: int) -> float:
        began = time.process_time()
        access_denied.find(piece * (size // len(piece)))
        return time.process_time() - began

    assert seconds(800_000) < 10 * (seconds(200_000) + 0.05)
