"""Vanity URLs: start URLs on a company's own domain, which redirect to its access portal.

The rules are those of the AWS CLI since 2.35.13: https, one redirect, which must lead to a host of AWS
(https://github.com/aws/aws-cli/blob/v2/awscli/customizations/sso/resolve.py).
"""

from urllib.parse import urljoin, urlsplit

from ssohelper import deadline
from ssohelper.aws_config import start_url
from ssohelper.aws_config.start_url import StartUrl
from ssohelper.errors import BadInput, Unavailable
from ssohelper.identity_center import http_client
from ssohelper.identity_center.network import Network, from_environment

_HINT = "use the URL of the access portal itself, which ends in .awsapps.com/start or .app.aws"
_REDIRECTS = (301, 302, 303, 307, 308)
# HEAD is not allowed, or not implemented.
_NO_HEAD = (405, 501)
_SECONDS = 10
_SERVICE = "the start URL"


def resolve(url: str, network: Network | None = None) -> StartUrl:
    """The access portal's start URL that a vanity URL redirects to, and its region if that URL names it.

    Raises `BadInput` if it does not redirect to an access portal of AWS, `Unavailable`.
    """
    network = network or from_environment()

    def redirect() -> tuple[int, str]:
        found = http_client.redirect_location("HEAD", url, network, _SERVICE)
        return http_client.redirect_location("GET", url, network, _SERVICE) if found[0] in _NO_HEAD else found

    status, location = deadline.within(_SECONDS, f"the request to {urlsplit(url).netloc}", redirect)
    if status == 429 or status >= 500:
        raise Unavailable(f"{url} returned HTTP {status}", hint="run the command again in a minute")
    if status not in _REDIRECTS or not location:
        raise BadInput(f"{url} does not redirect to an access portal (HTTP {status})", hint=_HINT)
    return _portal(url, location)


def _portal(url: str, location: str) -> StartUrl:
    try:
        found = start_url.parse(urljoin(url, location))
    except (BadInput, ValueError):
        found = None
    if found is None or not start_url.is_portal_url(found.url):
        raise BadInput(f"{url} redirects to {location[:100]!r}, which is not an access portal of AWS", hint=_HINT)
    return found
