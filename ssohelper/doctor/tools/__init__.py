"""Tools whose behaviour the doctor knows, one file each."""

from ssohelper.doctor.tools import aws_sso_util, dotnet_sdk, java_sdk, javascript_sdk, old_aws_cli

# Whom it affects if botocore cannot use something.
BOTOCORE = "the AWS CLI, boto3 and all tools based on them"

ALL = (javascript_sdk.TOOL, java_sdk.TOOL, dotnet_sdk.TOOL, aws_sso_util.TOOL, old_aws_cli.TOOL)
