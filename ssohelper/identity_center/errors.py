"""botocore's exceptions and unusable responses, translated into our errors."""

import errno
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any

import botocore.exceptions
import botocore.parsers

from ssohelper import hints
from ssohelper.errors import AccessDenied, Failed, SignInRequired, SsohelperError, Unavailable
from ssohelper.identity_center import network

IDENTITY_CENTER = "Identity Center"
_UNREACHABLE_REASONS = {
    "ConnectTimeoutError": "connection timed out",
    "ReadTimeoutError": "request timed out",
    "ConnectionClosedError": "connection closed",
    "EndpointConnectionError": "connection failed",
    "ResponseStreamingError": "incomplete response",
}


class Throttled(Unavailable):
    """HTTP 429; `retry_after` is the header's value in seconds, None without one."""

    def __init__(self, message: str, retry_after: float | None) -> None:
        super().__init__(message, hint="wait a minute, then run the command again")
        self.retry_after = retry_after


class RequestRejected(Failed):
    """The service rejected the request itself; `code` is AWS's error code, such as `InvalidGrantException`."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message, hint="check sso_start_url and sso_region of the session in ~/.aws/config")
        self.code = code


_PARSER_ERRORS = (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError)


@contextmanager
def translate_errors(service: str = IDENTITY_CENTER) -> Iterator[None]:
    """Raise botocore's exceptions as our errors. Their messages contain nothing of the request or the response."""
    try:
        yield
    except botocore.exceptions.ClientError as error:
        raise key_problem(error) or _from_response(error) from error
    except botocore.parsers.ResponseParserError as error:
        raise invalid_response(service) from error
    except botocore.exceptions.SSLError as error:
        raise _not_trusted(error, service) from error
    except (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError) as error:
        raise _proxy_error(error, service) or _unreachable(error, service) from error
    except botocore.exceptions.BotoCoreError as error:
        raise Failed(f"botocore could not send the request: {type(error).__name__}") from error
    except _PARSER_ERRORS as error:  # botocore's parsers assume the types of its service model
        raise invalid_response(service) from error


def check_not_html(response: Mapping[str, Any], service: str = IDENTITY_CENTER) -> None:
    """Raise `Unavailable` for an HTML page: only that distinguishes it from a valid response without members."""
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    has_members = bool(response.keys() - {"ResponseMetadata"})
    if headers.get("content-type", "").startswith("text/html") and not has_members:
        raise invalid_response(service)


def server_time(metadata: Mapping[str, Any]) -> float | None:
    """The service's clock in Unix seconds, by the `ResponseMetadata` of a response; None if it has no valid date."""
    try:
        return parsedate_to_datetime(metadata["HTTPHeaders"]["date"]).timestamp()
    except (KeyError, ValueError, TypeError, OverflowError):
        return None


def invalid_response(service: str = IDENTITY_CENTER) -> Unavailable:
    """The error for a response that a service would not send."""
    return Unavailable(
        f"invalid response from {service} (a proxy or captive portal?)",
        hint="sign in to this network in a browser (hotel, airport, VPN), then run the command again",
    )


def key_problem(error: botocore.exceptions.ClientError) -> Unavailable | None:
    """The error if Identity Center cannot use its own KMS key, which says nothing about the request; else None."""
    reason = error.response.get("reason") or error.response.get("Reason")
    if not isinstance(reason, str) or not re.fullmatch(r"KMS_[A-Za-z]+", reason):
        return None
    return Unavailable(
        f"Identity Center cannot use its encryption key ({reason})",
        hint="ask your administrator: the KMS key is disabled, deleted, or its policy does not allow your access",
    )


def _from_response(error: botocore.exceptions.ClientError) -> SsohelperError:
    code = error.response.get("Error", {}).get("Code", "")
    metadata = error.response.get("ResponseMetadata", {})
    status = metadata.get("HTTPStatusCode", 0)
    if status >= 500:
        return Unavailable(f"Identity Center returned HTTP {status}", hint="run the command again in a minute")
    if status == 429:
        wait = retry_after(metadata.get("HTTPHeaders", {}))
        return Throttled("Identity Center is throttling requests (HTTP 429)", wait)
    # A redirect, or the error of a proxy or a captive portal.
    if status < 400 or not code.endswith("Exception") or not code.isalnum():
        return invalid_response()
    if code == "UnauthorizedException":
        return SignInRequired("Identity Center rejected the access token")
    if code == "ForbiddenException":
        return AccessDenied("Identity Center denied access")
    return RequestRejected(f"Identity Center rejected the request: {code}", code)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The header Retry-After in seconds; None if there is none."""
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None


def _not_trusted(error: botocore.exceptions.SSLError, service: str) -> Unavailable:
    """The error for a TLS connection that failed, with OpenSSL's reason if it is the certificate."""
    found = re.search(r"certificate verify failed: ([a-zA-Z -]+)", str(error))
    if found is None:
        return Unavailable(
            f"can't connect to {service}: TLS handshake failed", hint="check the proxy and AWS_CA_BUNDLE"
        )
    reason = found[1].strip()
    by_clock = "expired" in reason or "not yet valid" in reason
    return Unavailable(
        f"can't connect to {service}: its certificate is not trusted ({reason})",
        hint="check the clock of this machine"
        if by_clock
        else "set AWS_CA_BUNDLE, or ca_bundle in the profile, to the file with your company's CA certificates",
    )


def _proxy_error(error: Exception, service: str) -> Unavailable | None:
    """The error for a proxy that cannot be used; None if it is not about one. Its URL may contain a password."""
    variable = network.proxy_variable(os.environ, "https")
    if variable is not None and not network.is_proxy_url(os.environ[variable]):
        return Unavailable(f"{variable} is not a valid proxy URL", hint=hints.export({variable: "http://HOST:PORT"}))
    if isinstance(error, botocore.exceptions.ProxyConnectionError):
        variable = variable or network.proxy_variable(os.environ, "http")  # for an endpoint on this machine
        return Unavailable(f"can't connect to {service}: the proxy is unreachable", hint=f"check {variable}")
    return None


def _unreachable(error: Exception, service: str) -> Unavailable:
    endpoint = getattr(error, "kwargs", {}).get("endpoint_url") or ""
    host = re.sub(r"^[a-z]+://|/.*$", "", endpoint)
    if _is_out_of_files(error):
        return Unavailable(
            f"can't reach {service}: too many open files", hint="raise the limit, for example: ulimit -n 4096"
        )
    reason = _UNREACHABLE_REASONS.get(type(error).__name__, "connection failed")
    return Unavailable(
        f"can't reach {service}{f' at {host}' if host else ''}: {reason}",
        hint="check the network, then run the command again",
    )


def _is_out_of_files(error: BaseException | None) -> bool:
    """Whether an error, or one that led to it, is that this process cannot open more files."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
            return True
        error = error.__cause__ or error.__context__
    return False
