"""A start URL as people type or paste it, and the region that it names. Pure.

What hosts there are: https://docs.aws.amazon.com/singlesignon/latest/userguide/manage-your-dns-names.html, and for
China and GovCloud https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-sso.html.
"""

import re
from typing import NamedTuple

from ssohelper.errors import BadInput

_EXAMPLE = "https://my-company.awsapps.com/start"
_HINT = "your administrator knows it; it is also on the access portal, under Access keys"
# What surrounds a URL that was copied from a message or a table.
_AROUND = " \t\r\n'\"<>()[],;`\u2018\u2019\u201c\u201d"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?", re.IGNORECASE)
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+(:\d+)?|\[::1\](:\d+)?)(?P<path>(/[!-\"$->@-~]*)?)([?#][!-~]*)?",
    re.IGNORECASE,
)
_WITHOUT_SCHEME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+/", re.IGNORECASE)
_ON_THIS_MACHINE = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")
# Their portals are at /start, or, where all have one host, at /directory/NAME.
_AWSAPPS = re.compile(r"[a-z0-9.-]+\.awsapps\.(com|cn)")
_WITH_REGION = (
    re.compile(r"[a-z0-9-]+\.portal\.(?P<region>[a-z0-9-]+)\.app\.aws"),
    re.compile(r"[a-z0-9-]+\.(?P<region>[a-z]{2,4}-[a-z0-9-]+-\d)\.portal\.amazonaws\.(com|eu|com\.cn)"),
    re.compile(r"[a-z0-9-]+\.portal\.(?P<region>[a-z0-9-]+)\.app\.amazonwebservices\.com\.cn"),
)
# The hosts that the AWS CLI takes as they are; all others are vanity URLs, which it resolves:
# https://github.com/aws/aws-cli/blob/v2/awscli/customizations/sso/resolve.py
_PORTAL_HOST = re.compile(
    r"([a-z0-9-]+\.)+(app\.aws|portal\.amazonaws\.(com|com\.cn|eu)|awsapps\.(com|cn)"
    r"|app\.amazonwebservices\.com\.cn|api\.amazonwebservices\.eu)"
    r"|identitycenter\.(amazonaws\.(com|com\.cn|eu)|us-gov\.amazonaws\.com)"
)
_CONSOLE = re.compile(
    r"([a-z0-9-]+\.)*(console|signin)\.(aws|aws\.amazon|amazonaws-us-gov|amazonaws)\.(com|cn|com\.cn)"
)


class StartUrl(NamedTuple):
    """A start URL, and the region of IAM Identity Center if the URL names it."""

    url: str
    region: str | None


def parse(typed: str) -> StartUrl:
    """The start URL that somebody typed: a name (`acme`), a host, or a URL, also one that was copied from the portal.

    Raises `BadInput` with the reason if it cannot be one.
    """
    text = typed.strip(_AROUND)
    if _NAME.fullmatch(text):
        return StartUrl(f"https://{text.lower()}.awsapps.com/start", None)
    if _HOST.fullmatch(text):
        host = text.lower()
        return _checked(f"https://{host}/start" if _AWSAPPS.fullmatch(host) else f"https://{host}", host, "/start")
    found = _URL.fullmatch(f"https://{text}" if _WITHOUT_SCHEME.match(text) else text)
    if found is None:
        raise BadInput(
            f"not a valid start URL: {_without_password(typed.strip())!r} (expected {_EXAMPLE})", hint=_HINT
        )
    scheme, host, path = found["scheme"].lower(), found["host"].lower(), found["path"].rstrip("/")
    if scheme == "http" and not _ON_THIS_MACHINE.fullmatch(host):
        raise BadInput(
            f"not a valid start URL: {_without_password(text)!r} (expected https://{host}{path})", hint=_HINT
        )
    return _checked(f"{scheme}://{host}{path}", host, path)


def _without_password(url: str) -> str:
    return re.sub(r"//[^/?#]*:[^/?#]*@", "//***@", url)


def _checked(url: str, host: str, path: str) -> StartUrl:
    if _CONSOLE.fullmatch(host):
        raise BadInput(
            f"not a start URL: {url} is the AWS console; the access portal ends in .awsapps.com/start", hint=_HINT
        )
    if _AWSAPPS.fullmatch(host) and not path:
        raise BadInput(f"not a start URL: {url} has no path (expected {url}/start)", hint=_HINT)
    region = next((found["region"] for each in _WITH_REGION if (found := each.fullmatch(host))), None)
    return StartUrl(url, region)


def is_portal_url(url: str) -> bool:
    """Whether a start URL is one of an access portal's own: https, and on a host of AWS."""
    host = re.match(r"https://([^/?#]*)", url, re.IGNORECASE)
    return host is not None and _PORTAL_HOST.fullmatch(host[1].lower()) is not None


def is_vanity(url: str) -> bool:
    """Whether a start URL is a vanity URL: on a domain that is not AWS's."""
    return url.lower().startswith("https://") and not is_portal_url(url)


def check_region(found: StartUrl, region: str, hint: str = "omit --region") -> None:
    """Raise `BadInput` if a region contradicts the one that the start URL names."""
    if found.region not in (None, region):
        raise BadInput(f"the start URL is for region {found.region}, not {region}", hint=hint)
