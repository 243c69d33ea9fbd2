"""URLs of the AWS console, and of two ways to sign in to it. Pure.

Without a secret: the access portal's shortcut link, which asks the user to sign in if necessary
(https://docs.aws.amazon.com/singlesignon/latest/userguide/createshortcutlink.html). With role credentials: the
federation endpoint (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html).
"""

import re
from typing import NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from ssohelper.errors import BadInput

_SERVICE = re.compile(r"[a-z0-9-]+(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
# Services whose name in the AWS CLI is not their path in the console.
_PATHS = {
    "logs": "cloudwatch/home#logsV2:log-groups",
    "ssm": "systems-manager",
    "sso": "singlesignon",
    "stepfunctions": "states",
}


class _Hosts(NamedTuple):
    """The hosts of a partition; `home` is the region whose sign-in host has no region in its name ("*": all)."""

    console: str
    sign_in: str
    home: str


# https://docs.aws.amazon.com/general/latest/gr/signin-service.html; of China and the EUSC from their own docs.
_PARTITIONS = {
    "aws": _Hosts("console.aws.amazon.com", "signin.aws.amazon.com", "us-east-1"),
    "aws-us-gov": _Hosts("console.amazonaws-us-gov.com", "signin.amazonaws-us-gov.com", "us-gov-west-1"),
    "aws-cn": _Hosts("console.amazonaws.cn", "signin.amazonaws.cn", "*"),
    "aws-eusc": _Hosts("console.amazonaws-eusc.eu", "signin.amazonaws-eusc.eu", ""),
}


def destination(partition: str, region: str | None, service: str | None) -> str:
    """The URL of a service's page in a region. Raises `BadInput`.

    A service is the first part of its page's path (`ec2`, `systems-manager`), or a longer path (`s3/buckets/NAME`).
    None is the console's home page; without a region, the console opens the last used one.
    """
    console = _hosts(partition).console
    host = f"{region}.{console}" if region else console
    path, _, fragment = _path(service).partition("#")
    query = f"?region={region}" if region else ""
    return f"https://{host}/{path}{query}{f'#{fragment}' if fragment else ''}"


def _path(service: str | None) -> str:
    if service is None:
        return "console/home"
    if not _SERVICE.fullmatch(service):
        raise BadInput(f"not a valid console service: {service!r}", hint="for example --service s3")
    path = _PATHS.get(service, service)
    return path if "/" in path else f"{path}/home"


def shortcut_link(start_url: str, account_id: str, role_name: str, page: str | None) -> str:
    """The access portal's link to the console as a role; `page` is the URL of the page that it opens."""
    query = {"account_id": account_id, "role_name": role_name, **({"destination": page} if page else {})}
    return f"{portal_url(start_url)}#/console?{urlencode(query, quote_via=quote, safe='')}"


def portal_url(start_url: str) -> str:
    """The access portal's URL; the start URL may end with `/start`, `/start/`, `/start#/` or have no path."""
    parts = urlsplit(start_url)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"


def federation_endpoint(partition: str, region: str) -> str:
    """The federation endpoint of a region. Raises `BadInput`."""
    hosts = _hosts(partition)
    host = hosts.sign_in if hosts.home in (region, "*") else f"{region}.{hosts.sign_in}"
    return f"https://{host}/federation"


def login_url(endpoint: str, token: str, start_url: str, page: str) -> str:
    """The URL that signs in anyone who opens it within 15 minutes: a secret.

    When the console session expires, the console links to the access portal (`Issuer`), if `start_url` names one.
    """
    issuer = {"Issuer": portal_url(start_url)} if start_url else {}
    query = {"Action": "login", **issuer, "Destination": page, "SigninToken": token}
    return f"{endpoint}?{urlencode(query, quote_via=quote, safe='')}"


def _hosts(partition: str) -> _Hosts:
    try:
        return _PARTITIONS[partition]
    except KeyError as error:
        raise BadInput(f"AWS publishes no console URL for the partition {partition}") from error
