"""botocore clients for the portal and the OIDC service.

They use the user's own SDK but none of its settings except certificates and proxies (`network`): no profile, no
config file, no credentials, no retries (the limiter has to see every 429). Only `AWS_ENDPOINT_URL_SSO` and
`AWS_ENDPOINT_URL_SSO_OIDC` redirect requests: endpoint and FIPS settings for other services would send them to hosts
that do not exist.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal
from urllib.parse import urlsplit

import botocore.exceptions
from botocore import UNSIGNED
from botocore.config import Config

from ssohelper import deadline, hints, loopback
from ssohelper.errors import BadInput
from ssohelper.identity_center import botocore_session, region_checks, regions
from ssohelper.identity_center.errors import translate_errors
from ssohelper.identity_center.network import Network, from_environment, without_password
from ssohelper.model import Session

Service = Literal["sso", "sso-oidc"]

CONNECT_SECONDS = 5
READ_SECONDS = 10
# For a whole response: botocore's read timeout restarts with each byte.
RESPONSE_SECONDS = 20
# Start URLs such as https://x.portal.eu-west-1.app.aws belong to instances that have dual-stack endpoints only.
_DUAL_STACK = re.compile(r"https://[^/]+\.portal\.[a-z0-9-]+\.app\.aws(/|$)")
_ENDPOINT_VARIABLES: Mapping[Service, str] = {
    "sso": "AWS_ENDPOINT_URL_SSO",
    "sso-oidc": "AWS_ENDPOINT_URL_SSO_OIDC",
}


def client(service: Service, session: Session, network: Network | None = None, *, connections: int = 10) -> Any:
    """A client for one of Identity Center's two services; without a `network`, that of the environment.

    Raises `BadInput` for an invalid region or endpoint, and for a CA bundle that does not exist.
    """
    network = network or from_environment()
    endpoint = endpoint_override(_ENDPOINT_VARIABLES[service])
    if not endpoint and session.region not in regions.names():
        _check_region(session)
    with translate_errors(), _valid_endpoint(_ENDPOINT_VARIABLES[service]):
        return botocore_session.create_client(
            service,
            region_name=session.region,
            endpoint_url=endpoint,
            verify=network.verify,
            config=Config(
                signature_version=UNSIGNED,
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                max_pool_connections=connections,
                proxies_config=network.proxies_config,  # type: ignore[arg-type] # the stubs want its exact keys
                retries={"total_max_attempts": 1, "mode": "standard"},
                use_fips_endpoint=False,
                use_dualstack_endpoint=not endpoint and _DUAL_STACK.match(session.start_url) is not None,
                ignore_configured_endpoint_urls=True,  # type: ignore[call-arg] # missing from botocore-stubs
            ),
        )


def _check_region(session: Session) -> None:
    hint = f"check sso_region in [sso-session {session.name}]"
    region_checks.check_identity_center_region(session.region, hint=hint)


@contextmanager
def explain_unreachable_host(service: Service, session: Session) -> Iterator[None]:
    """Raise `BadInput` if a host cannot be reached because IAM Identity Center is not available in the region.

    Only then: the list of its regions is slow to load.
    """
    try:
        yield
    except botocore.exceptions.EndpointConnectionError:
        if not endpoint_override(_ENDPOINT_VARIABLES[service]):
            _check_region(session)
        raise


@contextmanager
def _valid_endpoint(variable: str) -> Iterator[None]:
    """Raise `BadInput` if botocore, or urllib, refuses the endpoint in a variable."""
    try:
        yield
    except ValueError as error:
        url = without_password(os.environ.get(variable, ""))
        raise BadInput(f"{variable} is not a valid URL: {url!r}", hint=hints.unset(variable)) from error


def whole_response(operation: Callable[..., Any], service_name: str, **arguments: Any) -> dict[str, Any]:
    """The response of a botocore operation, if all of it arrives within RESPONSE_SECONDS.

    Raises `Unavailable` if it takes too long, else what the operation does.
    """
    found: dict[str, Any] = deadline.within(
        RESPONSE_SECONDS, f"the request to {service_name}", lambda: operation(**arguments)
    )
    return found


def endpoint_override(variable: str) -> str | None:
    """The URL in an endpoint variable, None if it is unset or to be ignored. Raises `BadInput` if it is not a URL."""
    if os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return None
    endpoint = os.environ.get(variable) or None
    if endpoint and not _is_url(endpoint):
        raise BadInput(f"{variable} is not a valid URL: {without_password(endpoint)!r}", hint=hints.unset(variable))
    return endpoint


def _is_url(text: str) -> bool:
    try:
        urlsplit(text).port  # noqa: B018 (raises an error for one that is not a number)
    except ValueError:
        return False
    return re.fullmatch(r"https?://[^\s/]+(/\S*)?", text) is not None


def check_https(url: str, name: str, hint: str) -> None:
    """Raise `BadInput` for an endpoint to or from which keys would be sent over a network without TLS."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in loopback.HOSTS:
        raise BadInput(f"{name} must start with https://: {without_password(url)!r}", hint=hint)
