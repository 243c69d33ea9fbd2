"""URLs of the console, and of the two ways to sign in to it."""

import pytest

from ssohelper.errors import BadInput
from ssohelper.identity_center import console, region_checks

ACCOUNT = "111122223333"


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("region", "service", "expected"),
    [
        ("us-east-1", None, "https://us-east-1.console.aws.amazon.com/console/home?region=us-east-1"),
        ("eu-central-1", "s3", "https://eu-central-1.console.aws.amazon.com/s3/home?region=eu-central-1"),
        ("us-gov-west-1", "ec2", "https://us-gov-west-1.console.amazonaws-us-gov.com/ec2/home?region=us-gov-west-1"),
        ("cn-north-1", "ec2", "https://cn-north-1.console.amazonaws.cn/ec2/home?region=cn-north-1"),
        (
            "eusc-de-east-1",
            "ec2",
            "https://eusc-de-east-1.console.amazonaws-eusc.eu/ec2/home?region=eusc-de-east-1",
        ),
        # A region that botocore does not list yet.
        ("eu-west-9", "s3", "https://eu-west-9.console.aws.amazon.com/s3/home?region=eu-west-9"),
        (
            "us-east-2",
            "s3/buckets/my.bucket-1",
            "https://us-east-2.console.aws.amazon.com/s3/buckets/my.bucket-1?region=us-east-2",
        ),
        (
            "us-east-2",
            "logs",
            "https://us-east-2.console.aws.amazon.com/cloudwatch/home?region=us-east-2#logsV2:log-groups",
        ),
        ("us-east-2", "ssm", "https://us-east-2.console.aws.amazon.com/systems-manager/home?region=us-east-2"),
    ],
)
def test_destination(region: str, service: str | None, expected: str) -> None:
    """A service's page is on the console of the region's partition."""
    assert console.destination(region_checks.partition_of(region), region, service) == expected


@pytest.mark.parametrize(
    ("partition", "service", "expected"),
    [
        ("aws", "s3", "https://console.aws.amazon.com/s3/home"),
        ("aws", None, "https://console.aws.amazon.com/console/home"),
        ("aws-us-gov", None, "https://console.amazonaws-us-gov.com/console/home"),
        ("aws-cn", None, "https://console.amazonaws.cn/console/home"),
        ("aws-eusc", None, "https://console.amazonaws-eusc.eu/console/home"),
    ],
)
def test_destination_without_region(partition: str, service: str | None, expected: str) -> None:
    """Without a region, the URL has none: the console opens the last used one."""
    assert console.destination(partition, None, service) == expected


@pytest.mark.parametrize(
    "service", ["", "S3", "s3 ", "../x", "s3/..", "s3/.x", "s3//x", "/s3", "s3?x", "s3#x", "s3\n", "s3/ü", "@evil"]
)
def test_invalid_service(service: str) -> None:
    """A service that could change anything but the path of the URL is refused."""
    with pytest.raises(BadInput) as caught:
        console.destination("aws", None, service)
    assert str(caught.value) == f"not a valid console service: {service!r}"


def test_partition_without_public_console() -> None:
    """A partition whose console URL AWS does not publish is refused."""
    with pytest.raises(BadInput) as caught:
        console.destination(region_checks.partition_of("us-iso-east-1"), "us-iso-east-1", None)
    assert str(caught.value) == "AWS publishes no console URL for the partition aws-iso"


@pytest.mark.parametrize(
    ("start_url", "portal"),
    [
        ("https://acme.awsapps.com/start", "https://acme.awsapps.com/start/"),
        ("https://acme.awsapps.com/start/", "https://acme.awsapps.com/start/"),
        ("https://acme.awsapps.com/start#", "https://acme.awsapps.com/start/"),
        ("https://acme.awsapps.com/start#/", "https://acme.awsapps.com/start/"),
        ("https://acme.awsapps.com/start/#/?tab=accounts", "https://acme.awsapps.com/start/"),
        ("https://d-1234567890.awsapps.com/start", "https://d-1234567890.awsapps.com/start/"),
        ("https://ssoins-1.portal.eu-west-1.app.aws", "https://ssoins-1.portal.eu-west-1.app.aws/"),
        ("https://ssoins-1.portal.eu-west-1.app.aws/", "https://ssoins-1.portal.eu-west-1.app.aws/"),
        (
            "https://start.us-gov-home.awsapps.com/directory/acme",
            "https://start.us-gov-home.awsapps.com/directory/acme/",
        ),
        ("https://start.home.awsapps.cn/directory/acme#/", "https://start.home.awsapps.cn/directory/acme/"),
        ("https://identitycenter.amazonaws.com/ssoins-1", "https://identitycenter.amazonaws.com/ssoins-1/"),
        ("http://127.0.0.1:1234/start", "http://127.0.0.1:1234/start/"),
    ],
)
def test_start_url_forms(start_url: str, portal: str) -> None:
    """A shortcut link has one `#/`, whatever the start URL ends with."""
    expected = f"{portal}#/console?account_id={ACCOUNT}&role_name=ReadOnly"
    assert console.shortcut_link(start_url, ACCOUNT, "ReadOnly", None) == expected


def test_shortcut_link_with_page() -> None:
    """Page and role are percent-encoded completely."""
    page = "https://us-east-1.console.aws.amazon.com/s3/home?region=us-east-1#x"
    assert console.shortcut_link(
        "https://acme.awsapps.com/start", ACCOUNT, "Power.User+On=Call,night@shift-1", page
    ) == (
        f"https://acme.awsapps.com/start/#/console?account_id={ACCOUNT}"
        "&role_name=Power.User%2BOn%3DCall%2Cnight%40shift-1"
        "&destination=https%3A%2F%2Fus-east-1.console.aws.amazon.com%2Fs3%2Fhome%3Fregion%3Dus-east-1%23x"
    )


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("region", "endpoint"),
    [
        ("us-east-1", "https://signin.aws.amazon.com/federation"),
        ("eu-central-1", "https://eu-central-1.signin.aws.amazon.com/federation"),
        ("us-gov-west-1", "https://signin.amazonaws-us-gov.com/federation"),
        ("us-gov-east-1", "https://us-gov-east-1.signin.amazonaws-us-gov.com/federation"),
        ("cn-north-1", "https://signin.amazonaws.cn/federation"),
        ("cn-northwest-1", "https://signin.amazonaws.cn/federation"),
        ("eusc-de-east-1", "https://eusc-de-east-1.signin.amazonaws-eusc.eu/federation"),
    ],
)
def test_federation_endpoint(region: str, endpoint: str) -> None:
    """The endpoint is the region's own, as in AWS's list of sign-in endpoints."""
    assert console.federation_endpoint(region_checks.partition_of(region), region) == endpoint


def test_login_url() -> None:
    """The URL has the sign-in token, the page, and the access portal as issuer."""
    url = console.login_url(
        "https://signin.aws.amazon.com/federation", "a-token", "https://acme.awsapps.com/start#/", "https://x/?y=z&t"
    )
    assert url == (
        "https://signin.aws.amazon.com/federation?Action=login"
        "&Issuer=https%3A%2F%2Facme.awsapps.com%2Fstart%2F&Destination=https%3A%2F%2Fx%2F%3Fy%3Dz%26t"
        "&SigninToken=a-token"
    )
