"""Endpoint settings under which SDKs get no credentials of IAM Identity Center."""

import os
from unittest import mock

import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from tests.fixtures.doctor_runs import PROFILE, SESSION, config_findings
from tests.fixtures.home import Home

PORTAL = "https://portal.sso.us-east-1.amazonaws.com"


def botocore_endpoint(home: Home, **variables: str) -> str:
    """Where botocore sends the requests of the profile to Identity Center."""
    with mock.patch.dict(os.environ, {"AWS_CONFIG_FILE": str(home.config), **variables}, clear=True):
        session = botocore.session.Session(profile="good")
        client = session.create_client("sso", region_name="us-east-1", config=Config(signature_version=UNSIGNED))
        return str(client.meta.endpoint_url)


SERVICES = (
    "services = mine\n[services mine]\nsso =\n  endpoint_url = " + PORTAL + "\ns3 =\n  endpoint_url = http://x\n"
)


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("option", "found"),
    [
        ("endpoint_url = http://127.0.0.1:4566\n", True),
        ("use_fips_endpoint = true\n", True),
        ("use_dualstack_endpoint = True\n", True),
        ("use_fips_endpoint = false\n", False),
        ("s3 =\n  endpoint_url = http://127.0.0.1\n", False),
        (f"endpoint_url = http://127.0.0.1:4566\n{SERVICES}", False),
        (SERVICES, False),
        ("", False),
    ],
)
def test_profiles(configured: Home, option: str, *, found: bool) -> None:
    """A setting is a warning if botocore sends the requests elsewhere because of it."""
    configured.config.write_text(SESSION + PROFILE + option)
    assert [each["kind"] for each in config_findings(configured)] == ["endpoint-override"] * found
    assert (botocore_endpoint(configured) != PORTAL) == found


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"),
        ("AWS_USE_FIPS_ENDPOINT", "true"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
        ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:4566"),
    ],
)
def test_variables(configured: Home, name: str, value: str) -> None:
    """So is a variable; those of other services do no harm."""
    done = configured.ssohelper("doctor", "--offline", **{name: value})
    found = f"! {name} = {value}: " in done.stdout
    assert (botocore_endpoint(configured, **{name: value}) != PORTAL, found) == (name != "AWS_ENDPOINT_URL_S3",) * 2
