cd "$(mktemp -d)" && "$OLDPWD/bin/dvc" init -q --no-scm
"$OLDPWD/bin/dvc" remote add -q -d storage s3://bucket/dvc
"$OLDPWD/bin/dvc" remote modify -q storage endpointurl "$AWS_ENDPOINT_URL_S3"
echo content >file && "$OLDPWD/bin/dvc" add -q file && "$OLDPWD/bin/dvc" push
