"""The format and the URL of container credentials."""

import json

from ssohelper.refresher import container_credentials


def test_format() -> None:
    """The token's key differs from that of `credential_process`, and there is no version."""
    version_1 = {"Version": 1, "AccessKeyId": "k", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": "e"}
    expected = {"AccessKeyId": "k", "SecretAccessKey": "s", "Token": "t", "Expiration": "e"}
    assert json.loads(container_credentials.from_version_1(version_1)) == expected


def test_url() -> None:
    """SDKs accept no other host without TLS."""
    assert container_credentials.url(7) == "http://127.0.0.1:7/credentials"
