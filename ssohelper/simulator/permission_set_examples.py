"""Examples of findings that a change of one permission set fixes: documentation, sessions, policies, boundaries."""

import json

from ssohelper.simulator.administered import ADMINISTRATOR, BOUNDARY, PAYMENTS, READ_ONLY, date_of, policy_of
from ssohelper.simulator.example import Adding, Example, assigning, changing, then

_BUCKETS = "arn:aws:s3:::reports-"
# More lines than a policy should have, and almost as many characters as it may have.
_MANY = [f"{_BUCKETS}{number:03}" for number in range(220)]
_LONG = [f"{_BUCKETS}{number:0150}" for number in range(55)]
_ALL_BUT_IAM = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}]}
)


def permission_set_examples(now: float) -> list[Example]:
    """Return the examples; `now` is in Unix seconds."""
    add = Adding(now)
    return [*_documentation(add), *_sessions(add), *_short_policies(add), *_actions(add), *_boundaries(add)]


def _documentation(add: Adding) -> list[Example]:
    today = date_of(add.now)
    owned, reviewed = {"owner": "web", "reviewed": "2024-01-31"}, {"owner": "web", "reviewed": today}
    return [
        add.changed("no-description", "SupportDesk", {"description": ""}, {"description": "Answers customers"}),
        add.changed("no-tag", "MailDelivery", {"tags": {"reviewed": today}}, {"tags": reviewed}),
        add.changed("review-due", "CacheFlush", {"tags": owned}, {"tags": reviewed}),
        add.changed(
            "relay-state", "CampaignPages", {"relay_state": "https://pages.example.com/"}, {"relay_state": ""}
        ),
    ]


def _sessions(add: Adding) -> list[Example]:
    powerful = add("BreakGlassNetwork", session_hours=8, managed_policies=(ADMINISTRATOR,), policy="")
    return [
        add.changed("session-long", "BatchOperator", {"session_hours": 12}, {"session_hours": 4}),
        Example(
            "session-long-power",
            then(powerful, assigning(PAYMENTS, "BreakGlassNetwork", "alex@example.com")),
            changing("BreakGlassNetwork", session_hours=1),
        ),
    ]


def _short_policies(add: Adding) -> list[Example]:
    records = policy_of("kinesis:GetRecords")
    return [
        add.changed("does-nothing", "ArchiveRestore", {"policy": ""}, {"policy": policy_of("glacier:InitiateJob")}),
        add.changed(
            "too-long",
            "ReportBuckets",
            {"policy": policy_of("s3:GetObject", resource=_MANY)},
            {"policy": policy_of("s3:GetObject", resource=f"{_BUCKETS}*")},
        ),
        add.changed(
            "near-limit",
            "ReportUploads",
            {"policy": policy_of("s3:PutObject", resource=_LONG)},
            {"policy": policy_of("s3:PutObject", resource=f"{_BUCKETS}*/x")},
        ),
        add.changed(
            "policy-finding",
            "StreamReader",
            {"policy": records.replace('"Version": "2012-10-17", ', "")},
            {"policy": records},
        ),
    ]


def _actions(add: Adding) -> list[Example]:
    by_team = policy_of(
        "logs:GetLogEvents", Condition={"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}}
    )
    return [
        add.changed(
            "action-unknown",
            "TopicPublisher",
            {"policy": policy_of("sns:Publsh")},
            {"policy": policy_of("sns:Publish")},
        ),
        add.changed(
            "allow-not-action",
            "SandboxOwner",
            {"policy": _ALL_BUT_IAM, "boundary": BOUNDARY},
            {"policy": policy_of("cloudformation:CreateStack")},
        ),
        add.changed(
            "read-only-writes",
            "TableReadOnly",
            {"policy": policy_of("dynamodb:GetItem", "dynamodb:PutItem")},
            {"policy": policy_of("dynamodb:GetItem")},
        ),
        Example(
            "attribute-unmapped",
            add("LogViewerByTeam", PAYMENTS, policy=by_team),
            lambda world: world.access_control_attributes.update(team="${path:team}"),
        ),
    ]


def _boundaries(add: Adding) -> list[Example]:
    return [
        add.changed(
            "manages-iam",
            "PipelineDeploy",
            {"policy": policy_of("iam:CreateRole", "iam:AttachRolePolicy")},
            {"boundary": BOUNDARY},
        ),
        add.changed("no-boundary", "ClusterOwner", {"policy": policy_of("eks:*")}, {"boundary": BOUNDARY}),
        add.changed(
            "boundary-against-inline",
            "SnapshotCopy",
            {"policy": policy_of("rds:CopyDBSnapshot"), "boundary": READ_ONLY},
            {"policy": policy_of("rds:DescribeDBSnapshots")},
        ),
    ]
