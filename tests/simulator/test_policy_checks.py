"""The checks of policies, on fixed cases."""

import json
from typing import Any

import pytest

from ssohelper.simulator.policy_checks import findings


def found(document: str) -> list[tuple[str, str]]:
    """The severity and the code of what is found."""
    return [(each.severity, each.code) for each in findings(document)]


def policy(statement: Any, **members: Any) -> str:
    """A policy with one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": statement} | members)


READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (READ, []),
        ([READ, {"Effect": "Deny", "NotAction": "*", "NotResource": "*", "Sid": "", "Condition": {}}], []),
        (READ | {"Effect": "Maybe"}, [("ERROR", "INVALID_EFFECT")]),
        ({"Action": "*", "Resource": "*"}, [("ERROR", "MISSING_EFFECT")]),
        ({"Effect": "Allow", "Resource": "*"}, [("ERROR", "MISSING_ACTION")]),
        ({"Effect": "Allow", "Action": "*"}, [("ERROR", "MISSING_RESOURCE")]),
        (READ | {"Principal": "*"}, [("ERROR", "UNSUPPORTED_PRINCIPAL")]),
        (READ | {"Effects": "Allow"}, [("ERROR", "INVALID_POLICY_ELEMENT")]),
        ("Allow", [("ERROR", "DATA_TYPE_MISMATCH")]),
        ([], [("ERROR", "MISSING_STATEMENT")]),
        (READ | {"Action": ["iam:passrole"]}, [("SECURITY_WARNING", "PASS_ROLE_WITH_STAR_IN_RESOURCE")]),
        (
            READ
            | {"Action": "iam:PassRole", "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}},
            [],
        ),
        (READ | {"Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/app"}, []),
        (READ | {"Action": "iam:Pass*"}, [("SECURITY_WARNING", "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE")]),
        (READ | {"Action": "iam:CreateServiceLinkedRole"}, []),
        (
            READ | {"Action": "*"},
            [
                ("SECURITY_WARNING", "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE"),
                ("WARNING", "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE"),
            ],
        ),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, []),
        ({"Effect": "Deny", "Action": "*", "Resource": "*"}, []),
    ],
)
def test_statements(statement: Any, expected: list[tuple[str, str]]) -> None:
    """What is found in each statement."""
    assert found(policy(statement)) == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("{", [("ERROR", "JSON_SYNTAX_ERROR")]),
        ("[]", [("ERROR", "JSON_SYNTAX_ERROR")]),
        (json.dumps({"Statement": READ}), [("WARNING", "MISSING_VERSION")]),
        (policy(READ, Name="x"), [("ERROR", "INVALID_POLICY_ELEMENT")]),
        (policy(READ, Id="x"), []),
    ],
)
def test_documents(document: str, expected: list[tuple[str, str]]) -> None:
    """What is found in the document around the statements."""
    assert found(document) == expected


def test_place() -> None:
    """A finding says in words or by a path where it is."""
    (syntax,) = findings('{\n  "a": }')
    assert syntax.details == "Fix the JSON syntax error at index 9 line 2 column 7."
    (effect,) = findings(policy([READ, READ | {"Effect": "Maybe"}]))
    assert (effect.path, effect.details) == (
        ("Statement", 1, "Effect"),
        "The effect Maybe is not valid. Use Allow or Deny.",
    )
