"""The only door to botocore: clients for the portal and the OIDC service, and its exceptions turned into ours.

The clients are the user's own SDK with everything that is not about Identity Center kept out: no profile, no config
file, no credentials, no retries of their own (the limiter must see every 429). Only `AWS_ENDPOINT_URL_SSO` and
`AWS_ENDPOINT_URL_SSO_OIDC` redirect the calls; a FIPS or endpoint setting that is meant for other services would
send them to hosts that do not exist.
"""

import difflib
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

import botocore.exceptions
import botocore.parsers
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config

from ssohelper.errors import AccessDenied, BadInput, Failed, SignInRequired, SsohelperError, Unavailable
from ssohelper.model import Session

Service = Literal["sso", "sso-oidc"]

CONNECT_SECONDS = 5
READ_SECONDS = 10
# Start URLs such as https://x.portal.eu-west-1.app.aws belong to instances that answer at dual-stack hosts only.
_DUAL_STACK = re.compile(r"https://[^/]+\.portal\.[a-z0-9-]+\.app\.aws(/|$)")
_ENDPOINT_VARIABLES: Mapping[Service, str] = {
    "sso": "AWS_ENDPOINT_URL_SSO",
    "sso-oidc": "AWS_ENDPOINT_URL_SSO_OIDC",
}


class Throttled(Unavailable):
    """The service answered 429; `retry_after` is what it asked for, in seconds, where it did."""

    def __init__(self, message: str, retry_after: float | None) -> None:
        super().__init__(message, hint="wait a minute, then run the command again")
        self.retry_after = retry_after


class Refused(Failed):
    """The service refused the request itself; `code` is AWS's name for it, such as `InvalidGrantException`."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message, hint="check sso_start_url and sso_region of the session in ~/.aws/config")
        self.code = code


def client(service: Service, session: Session, *, connections: int = 10) -> Any:
    """A botocore client for one of Identity Center's two services. Raises `BadInput` for an unknown region."""
    endpoint = redirected(_ENDPOINT_VARIABLES[service])
    if not endpoint:
        check_region(session.region, f"set in [sso-session {session.name}]: sso_region = {{}}")
    with translated():
        return _session().create_client(
            service,
            region_name=session.region,
            endpoint_url=endpoint,
            config=Config(
                signature_version=UNSIGNED,
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                max_pool_connections=connections,
                retries={"total_max_attempts": 1, "mode": "standard"},
                use_fips_endpoint=False,
                use_dualstack_endpoint=not endpoint and _DUAL_STACK.match(session.start_url) is not None,
                ignore_configured_endpoint_urls=True,  # type: ignore[call-arg] # missing from botocore-stubs
            ),
        )


def redirected(variable: str) -> str | None:
    """Where calls are redirected to. Raises `BadInput` where that is no URL."""
    if os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return None
    endpoint = os.environ.get(variable) or None
    if endpoint and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", endpoint):
        raise BadInput(f"{variable} is no URL: {endpoint!r}", hint=f"unset {variable}")
    return endpoint


def regions() -> list[str]:
    """The regions in which Identity Center is known to be, of every partition."""
    session = _session()
    return sorted(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("sso", partition)
    )


def all_regions() -> list[str]:
    """Every region that AWS has, as far as botocore knows, with those that stand for none (aws-global)."""
    data = _session().get_component("data_loader").load_data("partitions")
    return sorted(region for partition in data["partitions"] for region in partition["regions"])


def check_region(region: str, remedy: str = "--region {}") -> None:
    """Raise `BadInput` where botocore knows of no Identity Center in that region.

    `remedy` is its hint, with a region for `{}`.
    """
    known = regions()
    if region not in known:
        near = difflib.get_close_matches(region, known, n=1)
        raise BadInput(
            f"there is no IAM Identity Center in the region {region!r}",
            hint=remedy.replace("{}", near[0] if near else "eu-central-1"),
        )


def check_profile_region(region: str, remedy: str = "--region {}") -> None:
    """Raise `BadInput` where botocore knows of no such region; `remedy` is its hint, a region for `{}`."""
    known = all_regions()
    if region not in known:
        raise _no_region(region, known, remedy)


def _no_region(region: str, known: Iterable[str], remedy: str) -> BadInput:
    near = difflib.get_close_matches(region, known, n=1)
    return BadInput(f"there is no region {region!r}", hint=remedy.replace("{}", near[0] if near else "eu-central-1"))


def partition_of(region: str, remedy: str = "--region {}") -> str:
    """The partition of a region, which may be newer than botocore: `aws`, `aws-cn`. Raises `BadInput`."""
    if re.fullmatch(r"[a-z0-9-]+", region):
        with suppress(botocore.exceptions.UnknownRegionError):
            return str(_session().get_partition_for_region(region))
    raise _no_region(region, all_regions(), remedy)


@contextmanager
def translated(service: str = "Identity Center") -> Iterator[None]:
    """Turn whatever botocore raises inside into one of our errors. No message repeats a request or an answer."""
    try:
        yield
    except botocore.exceptions.ClientError as error:
        raise _from_answer(error) from error
    except botocore.parsers.ResponseParserError as error:
        raise not_identity_center() from error
    except (botocore.exceptions.ProxyConnectionError, botocore.exceptions.SSLError) as error:
        raise Unavailable(
            f"can't connect to {service}: {type(error).__name__}",
            hint="check HTTPS_PROXY and AWS_CA_BUNDLE",
        ) from error
    except (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError) as error:
        raise Unavailable(
            _unreachable(error, service), hint="check the network, then run the command again"
        ) from error
    except botocore.exceptions.BotoCoreError as error:
        raise Failed(f"botocore refused the call: {type(error).__name__}") from error


def member(answer: Mapping[str, Any], name: str) -> Any:
    """A member that every true answer has.

    Raises `Unavailable` where it is missing: botocore reads an HTML page with status 200, as a captive portal sends
    it, and a body that was cut off, as an answer without members. No empty list of accounts may come of that.
    """
    if name not in answer:
        raise not_identity_center()
    return answer[name]


def check_genuine(answer: Mapping[str, Any]) -> None:
    """Raise `Unavailable` for a page: where an answer has no members, that is all that tells it from a true one."""
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    if headers.get("content-type", "").startswith("text/html"):
        raise not_identity_center()


def _session() -> botocore.session.Session:
    nowhere = (None, None, os.devnull, None)
    return botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": nowhere,
            "credentials_file": nowhere,
        }
    )


def _from_answer(error: botocore.exceptions.ClientError) -> SsohelperError:
    code = error.response.get("Error", {}).get("Code", "")
    metadata = error.response.get("ResponseMetadata", {})
    status = metadata.get("HTTPStatusCode", 0)
    if code == "UnauthorizedException":
        return SignInRequired("Identity Center does not take the access token any more")
    if code == "ForbiddenException":
        return AccessDenied("Identity Center denied access")
    if status == 429:
        return Throttled("Identity Center gets too many calls", _retry_after(metadata.get("HTTPHeaders", {})))
    if status >= 500:
        return Unavailable(f"Identity Center answered HTTP {status}", hint="run the command again in a minute")
    if not code.endswith("Exception"):  # a proxy or a captive portal that answers in its own way
        return not_identity_center()
    return Refused(f"Identity Center refused the call: {code}", code)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None


def not_identity_center() -> Unavailable:
    """The error for an answer that Identity Center would not give."""
    return not_genuine("Identity Center")


def not_genuine(service: str) -> Unavailable:
    """The error for an answer that a service would not give."""
    return Unavailable(
        f"something between here and {service} answered in its place",
        hint="sign in to this network in a browser (hotel, airport, VPN), then run the command again",
    )


def _unreachable(error: Exception, service: str) -> str:
    endpoint = getattr(error, "kwargs", {}).get("endpoint_url") or ""
    host = re.sub(r"^[a-z]+://|/.*$", "", endpoint)
    reasons = {
        "ConnectTimeoutError": "it does not answer",
        "ReadTimeoutError": "it does not answer",
        "ConnectionClosedError": "it closed the connection",
        "EndpointConnectionError": "no connection",
        "IncompleteReadError": "the answer was cut off",
        "ResponseStreamingError": "the answer was cut off",
    }
    reason = reasons.get(type(error).__name__, "no connection")
    return f"can't reach {service}{f' at {host}' if host else ''}: {reason}"


class Heard(NamedTuple):
    """What the portal answered: its clock, in Unix seconds, and whether it took the access token."""

    clock: float
    taken: bool


def hear(session: Session, access_token: str) -> Heard:
    """Ask the portal once, with an access token, good or not. Raises `Unavailable`, `BadInput` for a wrong region."""
    from email.utils import parsedate_to_datetime

    taken = True
    with translated():
        try:
            metadata = client("sso", session).list_accounts(accessToken=access_token, maxResults=1)[
                "ResponseMetadata"
            ]
        except botocore.exceptions.ClientError as error:
            metadata = error.response.get("ResponseMetadata", {})
            taken = metadata.get("HTTPStatusCode") != 401
    try:
        return Heard(parsedate_to_datetime(metadata["HTTPHeaders"]["date"]).timestamp(), taken)
    except (KeyError, ValueError) as error:
        raise not_identity_center() from error


def config_seconds(path: Path) -> float | None:
    """How long botocore takes to read a config file, as every AWS CLI call does; None where it cannot."""
    import botocore.configloader

    began = time.perf_counter()
    try:
        botocore.configloader.load_config(str(path))
    except botocore.exceptions.BotoCoreError:
        return None
    return time.perf_counter() - began
