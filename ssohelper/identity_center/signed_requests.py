"""Requests that are signed with keys: what is sent, and what a refusal of the service means."""

from collections.abc import Callable, Mapping
from typing import Any

import botocore.exceptions

from ssohelper.errors import AccessDenied, BadInput, Failed, NotFound, SourceRejected, SsohelperError, Unavailable
from ssohelper.identity_center import clients, errors
from ssohelper.identity_center.errors import Throttled, check_not_html, invalid_response, translate_errors
from ssohelper.identity_center.responses import Response

REJECTED_KEYS = ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException")
DENIED = ("AccessDenied", "AccessDeniedException")
_MISSING = ("ResourceNotFoundException", "NoSuchEntity", "NoSuchEntityException")
THROTTLED = ("Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown")
LATER = "run the command again in a minute"
CHECK_CLOCK = "check the clock of this machine, then run the command again"
# What was rejected, and what to do, by error code.
PROBLEMS = {
    **dict.fromkeys(
        ("SignatureDoesNotMatch", "RequestTimeTooSkewed", "RequestExpired", "InvalidSignatureException"),
        ("the signature or the time of the request", CHECK_CLOCK),
    ),
    "RegionDisabledException": ("a region that is not activated", "set another region in the profile"),
}


def send(
    operation: Callable[[], Callable[..., Any]], service: str, name: str, arguments: Mapping[str, Any]
) -> Response:
    """The response to a request of botocore's `service`, called `name` in messages. `operation` makes its function.

    Raises `AccessDenied`, `NotFound`, `SourceRejected` if the keys are rejected, `BadInput`, `Failed`, `Unavailable`,
    `Throttled`.
    """
    with translate_errors(name):
        try:
            response = clients.whole_response(operation(), name, **arguments)
            check_not_html(response, name)
        except botocore.exceptions.ClientError as error:
            raise _refusal(error, service, name) from error
        except botocore.exceptions.NoRegionError as error:
            raise BadInput(
                f"{name} needs a region", hint="set region in the profile, or AWS_DEFAULT_REGION"
            ) from error
        except RuntimeError as error:
            if "timezone" in str(error):  # botocore's, for a year that no calendar has
                raise invalid_response(name) from error
            raise
        except botocore.exceptions.ParamValidationError as error:
            raise BadInput(f"invalid request to {name}: {first_problem(error)}") from error
    return Response.of(response, name)


def first_problem(error: botocore.exceptions.ParamValidationError) -> str:
    """The first line that says what is wrong; it names the parameter and quotes at most its value."""
    lines = str(error.kwargs.get("report", "")).splitlines()
    return lines[0].rstrip(".") if lines else "the request is not valid"


def _refusal(error: botocore.exceptions.ClientError, service: str, name: str) -> SsohelperError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    passing = errors.key_problem(error) or _passing(error, code, name)
    if passing:
        return passing
    if code in DENIED:
        return AccessDenied(f"{name} denies the request")
    # Identity Store says what is missing: a store, which was not asked about, is another matter.
    if code in _MISSING and error.response.get("ResourceType") != "IDENTITY_STORE":
        return NotFound(f"{name} returned {code}")
    if code in REJECTED_KEYS:
        return SourceRejected(f"{name} rejected the credentials: {code}", hint=CHECK_CLOCK)
    problem, hint = PROBLEMS.get(code, ("the request", check_endpoint(service)))
    return Failed(f"{name} rejected {problem}: {code}", hint=hint)


def _passing(error: botocore.exceptions.ClientError, code: str, name: str) -> SsohelperError | None:
    """The error for a refusal that says nothing about the request; None for another one."""
    metadata = error.response.get("ResponseMetadata", {})
    status = metadata.get("HTTPStatusCode", 0)
    if code in THROTTLED or status == 429:  # Identity Center throttles with HTTP 400
        return Throttled(f"{name} is throttling requests ({code})", _retry_after(error.response, metadata))
    if status >= 500:
        return Unavailable(f"{name} returned HTTP {status}", hint=LATER)
    # A number, or a code with other characters, is that of a proxy or a captive portal.
    return None if code.isalnum() and not code.isdigit() else invalid_response(name)


def _retry_after(response: Mapping[str, Any], metadata: Mapping[str, Any]) -> float | None:
    """For how many seconds to wait, by a member of Identity Store's error, or the header."""
    seconds = response.get("RetryAfterSeconds")
    if isinstance(seconds, int | float) and not isinstance(seconds, bool):
        return max(0.0, float(seconds))
    return errors.retry_after(metadata.get("HTTPHeaders", {}))


def check_endpoint(service: str) -> str:
    """The hint to check the settings that name the endpoint of botocore's `service`."""
    variable = f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}"
    return f"check endpoint_url and services of the profile, {variable} and AWS_ENDPOINT_URL"
