"""`ssohelper permission-sets show`: everything about one permission set."""

import json

import pytest

from ssohelper.simulator import administered
from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home

SHOWN = """\
name        CostReports
arn         {arn}
description Example of the well-run company, for costreports tasks
created     2026-01-12
session     4h
relay state none
tags        {tags}
policies    inline
boundary    none
accounts    billing-prod, data-prod, orders-prod, payments-prod, security-audit, web-prod
outdated in none

assigned to  principal  in
group        analysts   billing-prod, data-prod, orders-prod, payments-prod, security-audit, web-prod
"""
POLICY = """
inline policy
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "ce:GetCostAndUsage"
      ],
      "Resource": [
        "*"
      ]
    }
  ]
}
"""


def test_text(administrator: Home, well_run: Simulator) -> None:
    """It shows every fact by name, in any case; with --policies, the documents, too."""
    found = well_run.world.permission_set("CostReports")
    tags = ", ".join(f"{name}={value}" for name, value in sorted(found.tags.items()))
    expected = SHOWN.format(arn=well_run.world.permission_set_arn("CostReports"), tags=tags)
    done = administrator.ssohelper("permission-sets", "show", "costreports")
    assert (done.stdout, done.stderr, done.returncode) == (expected, "", 0)
    done = administrator.ssohelper("permission-sets", "show", "CostReports", "--policies")
    assert done.stdout == expected + POLICY


@pytest.mark.full
def test_json(administrator: Home) -> None:
    """The JSON is that of `list`, with one permission set."""
    one = json.loads(administrator.ssohelper("permission-sets", "show", "CostReports", "--json").stdout)
    every = json.loads(administrator.ssohelper("permission-sets", "list", "--json").stdout)
    assert one["permission_sets"] == [each for each in every["permission_sets"] if each["name"] == "CostReports"]
    assert one["permission_sets"][0]["inline_policy"]["Statement"][0]["Action"] == ["ce:GetCostAndUsage"]


def test_not_found(administrator: Home) -> None:
    """Another name is an error, with a similar one; the name of an IAM role is explained."""
    done = administrator.ssohelper("permission-sets", "show", "CostReport")
    message = "ssohelper: permission set 'CostReport' not found; did you mean CostReports?\n"
    assert (done.stderr, done.returncode) == (message, 2)
    role = "AWSReservedSSO_CostReports_0123456789abcdef"
    done = administrator.ssohelper("permission-sets", "show", role)
    assert done.stderr.splitlines()[-1] == (
        f"ssohelper: {role} is the name of a role in an account; its permission set is CostReports"
    )


@pytest.mark.full
def test_hostile_description(administrator: Home, well_run: Simulator) -> None:
    """Control characters of a description do not reach the terminal."""
    well_run.world.change_permission_set("CostReports", description="a\x1b]0;owned\x07\x9bb\nc", provision=True)
    done = administrator.ssohelper("permission-sets", "show", "CostReports")
    assert "description a?]0;owned??b?c" in done.stdout.splitlines()
    assert administered.PAYMENTS not in done.stdout
