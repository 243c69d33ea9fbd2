"""How botocore's exceptions and unusable responses become our errors."""

from collections.abc import Mapping
from typing import Any

import pytest
from botocore import exceptions
from botocore.parsers import ResponseParserError

from ssohelper.errors import AccessDenied, Failed, SignInRequired, SsohelperError, Unavailable
from ssohelper.identity_center import errors
from ssohelper.identity_center.errors import RequestRejected, Throttled

URL = "https://portal.sso.eu-central-1.amazonaws.com/assignment/accounts?next_token=secret"
HOST = "portal.sso.eu-central-1.amazonaws.com"
NETWORK_HINT = "check the network, then run the command again"
SESSION_HINT = "check sso_start_url and sso_region of the session in ~/.aws/config"
PORTAL_HINT = "sign in to this network in a browser (hotel, airport, VPN), then run the command again"


def response_error(status: int, code: str = "", headers: Mapping[str, str] | None = None) -> exceptions.ClientError:
    """What botocore raises for an error response."""
    response: Any = {
        "Error": {"Code": code, "Message": "secret"},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers or {}},
    }
    return exceptions.ClientError(response, "ListAccounts")


def translated(error: Exception) -> SsohelperError:
    """The error that is raised instead."""
    with pytest.raises(SsohelperError) as caught, errors.translate_errors():
        raise error
    assert caught.value.__cause__ is error
    assert "secret" not in f"{caught.value} {caught.value.hint}"
    return caught.value


@pytest.mark.parametrize(
    ("status", "code", "kind", "message", "hint"),
    [
        (401, "UnauthorizedException", SignInRequired, "Identity Center rejected the access token", None),
        (403, "ForbiddenException", AccessDenied, "Identity Center denied access", None),
        (
            429,
            "TooManyRequestsException",
            Throttled,
            "Identity Center is throttling requests (HTTP 429)",
            "wait a minute, then run the command again",
        ),
        (
            503,
            "ServiceUnavailableException",
            Unavailable,
            "Identity Center returned HTTP 503",
            "run the command again in a minute",
        ),
        (
            400,
            "InvalidGrantException",
            RequestRejected,
            "Identity Center rejected the request: InvalidGrantException",
            SESSION_HINT,
        ),
        (
            403,
            "Forbidden",
            Unavailable,
            "invalid response from Identity Center (a proxy or captive portal?)",
            PORTAL_HINT,
        ),
        (
            302,
            "UnauthorizedException",
            Unavailable,
            "invalid response from Identity Center (a proxy or captive portal?)",
            PORTAL_HINT,
        ),
        (
            500,
            "UnauthorizedException",
            Unavailable,
            "Identity Center returned HTTP 500",
            "run the command again in a minute",
        ),
        (407, "", Unavailable, "invalid response from Identity Center (a proxy or captive portal?)", PORTAL_HINT),
    ],
)
def test_error_responses(status: int, code: str, kind: type[SsohelperError], message: str, hint: str | None) -> None:
    """Status and code decide on the error; what is not in AWS's format comes from a proxy."""
    error = translated(response_error(status, code))
    assert (type(error), str(error), error.hint) == (kind, message, hint)


@pytest.mark.parametrize("code", ["AccessDeniedException", "InvalidRequestException"])
def test_kms(code: str) -> None:
    """A problem with Identity Center's own KMS key is told as such: neither the person nor the URL is to blame."""
    response: Any = {"Error": {"Code": code}, "reason": "KMS_DisabledException"}
    with pytest.raises(Unavailable) as caught, errors.translate_errors():
        raise exceptions.ClientError(response, "CreateToken")
    assert str(caught.value) == "Identity Center cannot use its encryption key (KMS_DisabledException)"


def test_code() -> None:
    """A rejected request has AWS's error code."""
    error = translated(response_error(400, "SlowDownException"))
    assert isinstance(error, RequestRejected)
    assert error.code == "SlowDownException"


@pytest.mark.parametrize(
    ("headers", "retry_after"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
    ],
)
def test_retry_after(headers: dict[str, str], retry_after: float | None) -> None:
    """The Retry-After header is read as seconds; a date is ignored."""
    error = translated(response_error(429, "TooManyRequestsException", headers))
    assert isinstance(error, Throttled)
    assert error.retry_after == retry_after


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (exceptions.ConnectTimeoutError(endpoint_url=URL), f" at {HOST}: connection timed out"),
        (exceptions.ReadTimeoutError(endpoint_url=URL), f" at {HOST}: request timed out"),
        (exceptions.ConnectionClosedError(endpoint_url=URL), f" at {HOST}: connection closed"),
        (exceptions.EndpointConnectionError(endpoint_url=URL), f" at {HOST}: connection failed"),
        (exceptions.ResponseStreamingError(error="secret"), ": incomplete response"),
        (exceptions.HTTPClientError(error="secret"), ": connection failed"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_connections(error: Exception, reason: str) -> None:
    """A connection error names the host, if botocore does, and the reason."""
    found = translated(error)
    assert (type(found), str(found), found.hint) == (
        Unavailable,
        f"can't reach Identity Center{reason}",
        NETWORK_HINT,
    )


CA_HINT = "set AWS_CA_BUNDLE, or ca_bundle in the profile, to the file with your company's CA certificates"


@pytest.mark.parametrize(
    ("reason", "message", "hint"),
    [
        (
            "certificate verify failed: self-signed certificate in certificate chain (_ssl.c:1006)",
            "its certificate is not trusted (self-signed certificate in certificate chain)",
            CA_HINT,
        ),
        (
            "certificate verify failed: Hostname mismatch, certificate is not valid for 'secret'. (_ssl.c:1006)",
            "its certificate is not trusted (Hostname mismatch)",
            CA_HINT,
        ),
        (
            "certificate verify failed: certificate has expired (_ssl.c:1006)",
            "its certificate is not trusted (certificate has expired)",
            "check the clock of this machine",
        ),
        ("[SSL: WRONG_VERSION_NUMBER] secret", "TLS handshake failed", "check the proxy and AWS_CA_BUNDLE"),
    ],
)
def test_certificates(reason: str, message: str, hint: str) -> None:
    """OpenSSL's reason is said, and what to do about it."""
    found = translated(exceptions.SSLError(endpoint_url=URL, error=OSError(reason)))
    assert (type(found), str(found), found.hint) == (
        Unavailable,
        f"can't connect to Identity Center: {message}",
        hint,
    )


@pytest.mark.parametrize(
    ("value", "message", "hint"),
    [
        (
            "http://user:secret@proxy:1",
            "can't connect to Identity Center: the proxy is unreachable",
            "check VARIABLE",
        ),
        ("http//secret:1", "VARIABLE is not a valid proxy URL", "export VARIABLE=http://HOST:PORT"),
    ],
)
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy"])
def test_proxies(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str, hint: str) -> None:
    """A proxy is named by its variable, without its URL, which may hold a password."""
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)
    monkeypatch.setenv("HTTP_PROXY", "not one")
    found = translated(exceptions.ProxyConnectionError(proxy_url="http://user:secret@proxy:1"))
    assert (type(found), str(found), found.hint) == (
        Unavailable,
        message.replace("VARIABLE", variable),
        hint.replace("VARIABLE", variable),
    )


def test_parser_error() -> None:
    """A response that botocore cannot parse is not from Identity Center."""
    found = translated(ResponseParserError("secret"))
    assert (type(found), str(found)) == (
        Unavailable,
        "invalid response from Identity Center (a proxy or captive portal?)",
    )


def test_other_errors() -> None:
    """Any other error of botocore is named by its type."""
    found = translated(exceptions.ParamValidationError(report="secret"))
    assert (type(found), str(found), found.hint) == (
        Failed,
        "botocore could not send the request: ParamValidationError",
        None,
    )


def test_service() -> None:
    """Connection errors name the service."""
    with pytest.raises(Unavailable) as caught, errors.translate_errors("AWS sign-in"):
        raise exceptions.ConnectionClosedError(endpoint_url="https://signin.aws.amazon.com/federation")
    assert str(caught.value) == "can't reach AWS sign-in at signin.aws.amazon.com: connection closed"


def test_own_errors_pass() -> None:
    """Our own errors are not translated, nor are those that no response causes."""
    for kind in (Failed, AssertionError, OSError):
        with pytest.raises(kind, match=r"^mine$"), errors.translate_errors():
            raise kind("mine")


@pytest.mark.parametrize("kind", [ValueError, TypeError, KeyError, AttributeError, RecursionError, UnicodeError])
def test_broken_parser(kind: type[Exception]) -> None:
    """What breaks botocore's parsers is an invalid response."""
    with pytest.raises(Unavailable, match="invalid response from STS"), errors.translate_errors("STS"):
        raise kind("parser")


@pytest.mark.parametrize(
    ("content_type", "valid"),
    [("application/json", True), ("text/html", False), ("text/html; charset=utf-8", False), (None, True)],
)
def test_check_not_html(content_type: str | None, valid: bool) -> None:
    """An HTML page is refused, whatever its status."""
    headers = {} if content_type is None else {"content-type": content_type}
    response: dict[str, Any] = {"ResponseMetadata": {"HTTPHeaders": headers}}
    if valid:
        errors.check_not_html(response)
        errors.check_not_html({})
    else:
        with pytest.raises(Unavailable):
            errors.check_not_html(response)
