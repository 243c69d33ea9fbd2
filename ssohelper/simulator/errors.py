"""The errors of the services, in AWS's own shapes.

The portal answers `{"message", "__type"}`, the OIDC service `{"error", "error_description"}`; both name the error's
code in the header `x-amzn-ErrorType`, which is where botocore looks first. The sign-in service has words alone.
"""

import re
from enum import Enum

from ssohelper.simulator.messages import Answer, json_answer

PORTAL_NAMESPACE = "com.amazonaws.switchboard.portal#"


class Service(Enum):
    """Which service an operation belongs to, by AWS's name for it."""

    PORTAL = "sso"
    OIDC = "sso-oidc"
    SIGN_IN = "signin"


class AwsError(Exception):
    """A call that is refused: HTTP status, code (`UnauthorizedException`) and AWS's words for it.

    `retry_after`, in whole seconds, becomes the header `Retry-After`.
    """

    def __init__(self, status: int, code: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after

    def answer(self, service: Service) -> Answer:
        """This error as `service` would send it."""
        headers = [("x-amzn-ErrorType", self.code)]
        if self.retry_after is not None:
            headers.append(("Retry-After", str(self.retry_after)))
        if service is Service.SIGN_IN:
            return Answer(self.status, self.message.encode(), (("Content-Type", "text/plain"), *headers))
        if service is Service.PORTAL:
            document = {"message": self.message, "__type": PORTAL_NAMESPACE + self.code}
        else:
            document = {"error": oauth_name(self.code), "error_description": self.message}
        return json_answer(document, self.status, *headers)


def invalid_request(message: str) -> AwsError:
    """InvalidRequestException (400): a member is missing, mistyped or out of its range."""
    return AwsError(400, "InvalidRequestException", message)


def unauthorized() -> AwsError:
    """The portal's UnauthorizedException (401): no such access token, or it has ended."""
    return AwsError(401, "UnauthorizedException", "Session token not found or invalid")


def no_access() -> AwsError:
    """The portal's ForbiddenException (403), which no service model declares: the role is not assigned."""
    return AwsError(403, "ForbiddenException", "No access")


def too_many_requests(retry_after: int | None = None) -> AwsError:
    """The portal's TooManyRequestsException (429)."""
    return AwsError(429, "TooManyRequestsException", "HTTP 429 Unknown Code", retry_after)


def unknown_operation() -> AwsError:
    """UnknownOperationException (404): nothing lives at this method and path."""
    return AwsError(404, "UnknownOperationException", "No such operation")


def refused(error: str, description: str) -> AwsError:
    """An OAuth error by its name in RFC 6749 or 8628: `invalid_grant` is InvalidGrantException.

    Status 400, but 401 for `invalid_client` (CreateToken, StartDeviceAuthorization).
    """
    code = "".join(word.capitalize() for word in error.split("_")) + "Exception"
    return AwsError(401 if error == "invalid_client" else 400, code, description)


def oauth_name(code: str) -> str:
    """The OAuth name of an exception: InvalidGrantException is `invalid_grant`."""
    if code == "InternalServerException":
        return "server_error"
    return re.sub(r"(?<!^)(?=[A-Z])", "_", code.removesuffix("Exception")).lower()
