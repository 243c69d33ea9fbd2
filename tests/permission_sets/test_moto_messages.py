"""Messages of moto, whose IAM checks are another implementation than our simulator's."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count

from ssohelper.permission_sets import access_denied
from ssohelper.permission_sets.access_denied import Denial, Principal

USER = Principal("arn:aws:iam::123456789012:user/ann", "123456789012")
ONLY_GET_USER = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}],
}
DENY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}

# A call of each service, and the action that its message names; that of S3 names none.
CALLS = {
    "iam": ("list_users", "iam:ListUsers"),
    "s3": ("list_buckets", None),
    "dynamodb": ("list_tables", "dynamodb:ListTables"),
    "ec2": ("describe_instances", "ec2:DescribeInstances"),
    "kms": ("list_keys", "kms:ListKeys"),
    "logs": ("describe_log_groups", "logs:DescribeLogGroups"),
}


def keys_of_user(policy: dict[str, Any]) -> dict[str, str]:
    """The keys of an IAM user with a policy."""
    iam = boto3.client("iam", region_name="us-east-1")
    iam.create_user(UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


@pytest.mark.first_is_quick
@pytest.mark.parametrize("policy", [ONLY_GET_USER, DENY], ids=["nothing allows it", "denied"])
@pytest.mark.parametrize("service", CALLS)
@set_initial_no_auth_action_count(3)
def test_moto(service: str, policy: dict[str, Any]) -> None:
    """What moto's checks print as boto3's error is read: the action or the operation, and who was denied."""
    operation, action = CALLS[service]
    with mock_aws():
        client = boto3.client(service, region_name="us-east-1", **keys_of_user(policy))
        with pytest.raises(ClientError) as caught:
            getattr(client, operation)()
    name = "".join(map(str.capitalize, operation.split("_")))
    (found,) = access_denied.find(str(caught.value))
    assert found == Denial(principal=USER if action else None, action=action, operation=name), str(caught.value)
