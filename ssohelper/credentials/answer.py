"""What a `credential_process` prints: version 1 of the SDKs' JSON.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
"""

import json

from ssohelper.model import RoleCredentials
from ssohelper.sign_in import timestamps


def version_1(credentials: RoleCredentials) -> str:
    """The JSON, on one line. `Expiration` ends in `Z`: the Go SDK takes nothing else."""
    return json.dumps(
        {
            "Version": 1,
            "AccessKeyId": credentials.access_key_id,
            "SecretAccessKey": credentials.secret_access_key,
            "SessionToken": credentials.session_token,
            "Expiration": timestamps.written(credentials.expiration),
            "AccountId": credentials.account_id,
        }
    )
