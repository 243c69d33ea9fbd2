"""AWS-managed policies by their real names, each abridged to a few actions."""

import json
from collections.abc import Mapping

_PREFIX = "arn:aws:iam::aws:policy/"
# The one version of all of them.
VERSION = "v4"


def arn(name: str) -> str:
    """The ARN of an AWS-managed policy: of `ReadOnlyAccess`, or with a path, `job-function/Billing`."""
    return _PREFIX + name


def name(arn: str) -> str:
    """The name of a managed policy, without its path."""
    return arn.rpartition("/")[2]


def document(*actions: str, member: str = "Action") -> str:
    """A policy that allows actions on everything; with `NotAction` as `member`, all but these."""
    statement = {"Effect": "Allow", member: list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


EVERYTHING = document("*")
POWER_USER = document("account:*", "iam:*", "organizations:*", member="NotAction")
BILLING = document("aws-portal:*", "budgets:*", "ce:*", "cur:*")
_READ_ONLY = document(
    *("cloudtrail:Describe*", "cloudtrail:Get*", "cloudtrail:List*", "cloudwatch:Describe*", "cloudwatch:Get*"),
    *("dynamodb:Describe*", "dynamodb:List*", "ec2:Describe*", "ec2:Get*", "iam:Get*", "iam:List*"),
    *("iam:SimulateCustomPolicy", "iam:SimulatePrincipalPolicy", "kms:Describe*", "kms:List*", "lambda:Get*"),
    *("lambda:List*", "logs:Describe*", "logs:Get*", "organizations:Describe*", "organizations:List*"),
    *("rds:Describe*", "s3:Get*", "s3:List*", "sso:Describe*", "sso:Get*", "sso:List*"),
)
_VIEW_ONLY = document(
    "cloudwatch:DescribeAlarms", "dynamodb:ListTables", "ec2:Describe*", "iam:List*", "lambda:List*", "s3:ListBucket"
)
_SECURITY_AUDIT = document(
    *("access-analyzer:Get*", "access-analyzer:List*", "cloudtrail:Describe*", "cloudtrail:GetTrailStatus"),
    *("config:Describe*", "ec2:Describe*", "iam:Get*", "iam:List*", "kms:Describe*", "kms:List*", "s3:GetBucketAcl"),
    *("s3:GetBucketPolicy", "s3:ListAllMyBuckets"),
)
_SSO_READ_ONLY = document(
    "identitystore:Describe*", "identitystore:Get*", "identitystore:IsMemberInGroups", "identitystore:List*"
)
_DATABASE_ADMINISTRATOR = document("cloudwatch:GetMetricData", "dynamodb:*", "elasticache:*", "rds:*", "redshift:*")
_NETWORK_ADMINISTRATOR = document(
    "directconnect:*", "ec2:*Vpc*", "ec2:Describe*", "elasticloadbalancing:*", "route53:*"
)

DOCUMENTS: Mapping[str, str] = {
    arn(name): text
    for name, text in {
        "AdministratorAccess": EVERYTHING,
        "PowerUserAccess": POWER_USER,
        "ReadOnlyAccess": _READ_ONLY,
        "SecurityAudit": _SECURITY_AUDIT,
        "job-function/Billing": BILLING,
        "job-function/DatabaseAdministrator": _DATABASE_ADMINISTRATOR,
        "job-function/NetworkAdministrator": _NETWORK_ADMINISTRATOR,
        "job-function/SupportUser": document("support:*", "trustedadvisor:Describe*"),
        "job-function/ViewOnlyAccess": _VIEW_ONLY,
        "AWSOrganizationsReadOnlyAccess": document("organizations:Describe*", "organizations:List*"),
        "AWSSSODirectoryReadOnly": _SSO_READ_ONLY,
        "AWSSSOReadOnly": document("sso:Describe*", "sso:Get*", "sso:List*"),
        "AmazonDynamoDBReadOnlyAccess": document("dynamodb:Describe*", "dynamodb:List*", "dynamodb:Query"),
        "AmazonEC2FullAccess": document("cloudwatch:*", "ec2:*", "elasticloadbalancing:*"),
        "AmazonEC2ReadOnlyAccess": document("ec2:Describe*", "ec2:Get*"),
        "AmazonRDSReadOnlyAccess": document("rds:Describe*", "rds:ListTagsForResource"),
        "AmazonS3FullAccess": document("s3:*"),
        "AmazonS3ReadOnlyAccess": document("s3:Describe*", "s3:Get*", "s3:List*"),
        "AmazonSQSReadOnlyAccess": document("sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueues"),
        "AmazonSNSReadOnlyAccess": document("sns:GetTopicAttributes", "sns:List*"),
        "AWSLambda_ReadOnlyAccess": document("lambda:Get*", "lambda:List*"),
        "CloudWatchReadOnlyAccess": document("cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*"),
        "IAMFullAccess": document("iam:*", "organizations:DescribeAccount"),
        "IAMReadOnlyAccess": document("iam:Get*", "iam:List*", "iam:Simulate*"),
    }.items()
}
