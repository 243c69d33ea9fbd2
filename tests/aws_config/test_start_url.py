"""Start URLs as people type and paste them."""

import pytest

from ssohelper.aws_config import start_url
from ssohelper.errors import BadInput

EXPECTED = " (expected https://my-company.awsapps.com/start)"
CONSOLE = " is the AWS console; the access portal ends in .awsapps.com/start"
ACME = "https://acme.awsapps.com/start"


@pytest.mark.parametrize(
    ("typed", "url", "region"),
    [
        ("acme", ACME, None),
        (" Acme ", ACME, None),
        ("d-1234567890", "https://d-1234567890.awsapps.com/start", None),
        ("acme.awsapps.com", ACME, None),
        (ACME, ACME, None),
        ("acme.awsapps.com/start", ACME, None),
        (f"{ACME}/", ACME, None),
        (f"{ACME}#/", ACME, None),
        (f"{ACME}/#/?tab=accounts", ACME, None),
        (f"{ACME}#/console?account_id=111122223333&role_name=R", ACME, None),
        (f'"{ACME}"', ACME, None),
        (f"<{ACME}>,", ACME, None),
        ("HTTPS://ACME.awsapps.com/start", ACME, None),
        (
            "https://ssoins-1234567890abcdef.portal.eu-west-1.app.aws",
            "https://ssoins-1234567890abcdef.portal.eu-west-1.app.aws",
            "eu-west-1",
        ),
        (
            "ssoins-1234567890abcdef.us-gov-west-1.portal.amazonaws.com",
            "https://ssoins-1234567890abcdef.us-gov-west-1.portal.amazonaws.com",
            "us-gov-west-1",
        ),
        (
            "https://start.us-gov-home.awsapps.com/directory/acme",
            "https://start.us-gov-home.awsapps.com/directory/acme",
            None,
        ),
        ("https://start.home.awsapps.cn/directory/acme#/", "https://start.home.awsapps.cn/directory/acme", None),
        ("http://127.0.0.1:8080/start", "http://127.0.0.1:8080/start", None),
        ("http://[::1]:8080/start", "http://[::1]:8080/start", None),
        ("https://identitycenter.amazonaws.com/ssoins-1", "https://identitycenter.amazonaws.com/ssoins-1", None),
        ("https://sso.example.com/start/", "https://sso.example.com/start", None),
    ],
)
def test_parsed(typed: str, url: str, region: str | None) -> None:
    """Each form is the same URL; the region is taken from it, if it is there."""
    assert start_url.parse(typed) == (url, region)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("https://acme.awsapps.com", f"not a start URL: https://acme.awsapps.com has no path (expected {ACME})"),
        ("https://acme.awsapps.com/#/", f"not a start URL: https://acme.awsapps.com has no path (expected {ACME})"),
        (
            "https://eu-west-1.console.aws.amazon.com/console/home",
            f"not a start URL: https://eu-west-1.console.aws.amazon.com/console/home{CONSOLE}",
        ),
        (
            "https://111122223333.signin.aws.amazon.com/console",
            f"not a start URL: https://111122223333.signin.aws.amazon.com/console{CONSOLE}",
        ),
        (
            "http://acme.awsapps.com/start",
            "not a valid start URL: 'http://acme.awsapps.com/start' (expected https://acme.awsapps.com/start)",
        ),
        ("", f"not a valid start URL: ''{EXPECTED}"),
        ("two words", f"not a valid start URL: 'two words'{EXPECTED}"),
        (
            "http://localhost@example.com/start",
            f"not a valid start URL: 'http://localhost@example.com/start'{EXPECTED}",
        ),
        (
            "https://example.com/\nsso_region = x",
            f"not a valid start URL: 'https://example.com/\\nsso_region = x'{EXPECTED}",
        ),
        ("https://ex\u00e4mple.com/start", f"not a valid start URL: 'https://ex\u00e4mple.com/start'{EXPECTED}"),
        ("ftp://x/y", f"not a valid start URL: 'ftp://x/y'{EXPECTED}"),
    ],
)
def test_refused(typed: str, reason: str) -> None:
    """What cannot be a start URL is refused, with the reason."""
    with pytest.raises(BadInput) as refused:
        start_url.parse(typed)
    assert str(refused.value) == reason


def test_region() -> None:
    """A region that contradicts the URL is refused."""
    found = start_url.parse("https://ssoins-1.portal.eu-west-1.app.aws")
    start_url.check_region(found, "eu-west-1")
    start_url.check_region(start_url.parse("acme"), "us-east-1")
    with pytest.raises(BadInput, match=r"^the start URL is for region eu-west-1, not us-east-1$"):
        start_url.check_region(found, "us-east-1")


@pytest.mark.parametrize(
    ("url", "vanity"),
    [
        (ACME, False),
        ("https://ssoins-1.portal.eu-west-1.app.aws", False),
        ("https://ssoins-1.eu-west-1.portal.amazonaws.com/", False),
        ("https://ssoins-1.cn-north-1.portal.amazonaws.com.cn", False),
        ("https://ssoins-1.portal.cn-north-1.app.amazonwebservices.com.cn", False),
        ("https://ssoins-1.eusc-de-east-1.portal.amazonaws.eu", False),
        ("https://start.home.awsapps.cn/directory/acme", False),
        ("https://identitycenter.amazonaws.com/ssoins-1", False),
        ("https://identitycenter.us-gov.amazonaws.com/ssoins-1", False),
        ("http://127.0.0.1:8080/start", False),
        ("https://sso.example.com", True),
        ("https://awsapps.com.example.com/start", True),
        ("https://myawsapps.com/start", True),
        ("https://127.0.0.1:8443/start", True),
    ],
)
def test_vanity(url: str, vanity: bool) -> None:
    """Hosts of AWS are known by their last labels; every other https URL is a vanity URL."""
    assert start_url.is_vanity(url) == vanity
