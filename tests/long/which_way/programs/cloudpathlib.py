"""Lists a bucket."""

import os

from cloudpathlib import S3Client

print(list(S3Client(endpoint_url=os.environ["AWS_ENDPOINT_URL_S3"]).CloudPath("s3://bucket/").iterdir()))
