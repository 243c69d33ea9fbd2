"""Which regions and partitions exist."""

import pytest

from ssohelper.errors import BadInput
from ssohelper.identity_center import region_checks


def test_identity_center_regions() -> None:
    """Regions of every partition are listed, without those that lack IAM Identity Center."""
    found = region_checks.identity_center_regions()
    assert {"us-east-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1"} <= set(found)
    assert "aws-global" not in found
    assert found == sorted(set(found))


def test_valid_regions() -> None:
    """A region that exists passes both checks."""
    region_checks.check_identity_center_region("eu-central-1")
    region_checks.check_profile_region("eu-central-1")


@pytest.mark.parametrize(
    ("region", "near"),
    [
        ("us-east-7", "; did you mean us-east-2 (Ohio), us-east-1 (N. Virginia) or us-west-2 (Oregon)?"),
        ("frankfurt", "; did you mean eu-central-1 (Frankfurt)?"),
        ("eu-central", "; did you mean eu-central-1 (Frankfurt) or eu-central-2 (Zurich)?"),
        ("frankfrut", "; did you mean eu-central-1 (Frankfurt)?"),
        ("eu", ""),
        ("mars-1", ""),
        ("", ""),
    ],
)
def test_check_identity_center_region(region: str, near: str) -> None:
    """Near matches are part of the message, never of the hint; a city or a part of a name finds its regions."""
    with pytest.raises(BadInput) as caught:
        region_checks.check_identity_center_region(region, hint="check sso_region")
    message = f"IAM Identity Center is not available in region {region!r}{near}"
    assert (str(caught.value), caught.value.hint) == (message, "check sso_region")


@pytest.mark.parametrize(
    ("region", "message"),
    [
        ("eu-centrall-1", "not a valid AWS region: 'eu-centrall-1'; did you mean eu-central-1?"),
        ("mars-1", "not a valid AWS region: 'mars-1'"),
    ],
)
def test_check_profile_region(region: str, message: str) -> None:
    """A near match is part of the message, never of the hint."""
    with pytest.raises(BadInput) as caught:
        region_checks.check_profile_region(region)
    assert (str(caught.value), caught.value.hint) == (message, "check --region")


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("us-east-1", "aws"),
        ("us-gov-east-1", "aws-us-gov"),
        ("cn-northwest-1", "aws-cn"),
        ("eusc-de-east-1", "aws-eusc"),
        ("us-iso-east-1", "aws-iso"),
        # botocore does not list this region.
        ("eu-west-9", "aws"),
    ],
)
def test_partition_of(region: str, partition: str) -> None:
    """The partition follows from the name, for new regions too."""
    assert region_checks.partition_of(region) == partition


@pytest.mark.parametrize(
    ("region", "near"),
    [
        ("mars-1", ""),
        ("", ""),
        ("us-east-1\n", "; did you mean us-east-1?"),
        ("us-ëast-1", "; did you mean us-east-1?"),
        ("x.evil/us-east-1", "; did you mean us-east-1?"),
    ],
)
def test_no_partition(region: str, near: str) -> None:
    """An invalid region has no partition: the name of a host is made of it."""
    with pytest.raises(BadInput) as caught:
        region_checks.partition_of(region)
    assert (str(caught.value), caught.value.hint) == (f"not a valid AWS region: {region!r}{near}", "check --region")
