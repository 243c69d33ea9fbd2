"""Looks for a table. The last option makes deltalake search for credentials as it does for AWS itself."""

import os

from deltalake import DeltaTable

options = {
    "aws_endpoint_url": os.environ["AWS_ENDPOINT_URL_S3"],
    "aws_allow_http": "true",
    "aws_region": "us-east-1",
    "aws_force_credential_load": "true",
}
print(DeltaTable.is_deltatable("s3://bucket/table", options))
