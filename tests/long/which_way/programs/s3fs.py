"""Lists a bucket."""

import os

import s3fs

print(s3fs.S3FileSystem(endpoint_url=os.environ["AWS_ENDPOINT_URL_S3"]).ls("bucket"))
