"""Writes a file and reads it. With an option that polars does not know, it would not ask boto3 for credentials."""

import os

import polars as pl

options = {"aws_endpoint_url": os.environ["AWS_ENDPOINT_URL_S3"], "allow_http": "true", "aws_region": "us-east-1"}
pl.DataFrame({"a": [1]}).write_parquet("s3://bucket/file.parquet", storage_options=options)
print(pl.scan_parquet("s3://bucket/file.parquet", storage_options=options).collect())
