"""Container credentials: how SDKs get credentials over HTTP from 127.0.0.1.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

import json
from collections.abc import Mapping

from ssohelper import loopback

PATH = "/credentials"


def url(port: int) -> str:
    """The URL of the endpoint on a port."""
    return f"http://{loopback.ADDRESS}:{port}{PATH}"


def from_version_1(version_1: Mapping[str, object]) -> bytes:
    """The output of a `credential_process` (version 1) in the format of container credentials."""
    renamed = {"SessionToken": "Token"}
    return json.dumps({renamed.get(key, key): value for key, value in version_1.items() if key != "Version"}).encode()
