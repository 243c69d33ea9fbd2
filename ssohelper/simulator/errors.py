"""The services' errors in AWS's formats.

The portal sends `{"message", "__type"}`, the OIDC service `{"error", "error_description"}`. Both repeat the error
code in the header `x-amzn-ErrorType`, where botocore looks first. The sign-in service sends plain text, IAM and STS
send XML.
"""

import re
from enum import Enum

from ssohelper.simulator.messages import Response, json_response, xml_response

PORTAL_NAMESPACE = "com.amazonaws.switchboard.portal#"


class Service(Enum):
    """The service of an operation, by AWS's name."""

    PORTAL = "sso"
    OIDC = "sso-oidc"
    SIGN_IN = "signin"
    QUERY = "iam and sts"


class AwsError(Exception):
    """A service error: HTTP status, code (`UnauthorizedException`) and message.

    `retry_after`, in whole seconds, is sent as the header `Retry-After`.
    """

    def __init__(self, status: int, code: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after

    def response(self, service: Service) -> Response:
        """Return the error response in the format of `service`."""
        headers = [("x-amzn-ErrorType", self.code)]
        if self.retry_after is not None:
            headers.append(("Retry-After", str(self.retry_after)))
        if service is Service.SIGN_IN:
            return Response(self.status, self.message.encode(), (("Content-Type", "text/plain"), *headers))
        if service is Service.QUERY:
            members = {"Type": "Sender", "Code": self.code, "Message": self.message}
            return xml_response("ErrorResponse", {"Error": members}, self.status)
        if service is Service.PORTAL:
            document = {"message": self.message, "__type": PORTAL_NAMESPACE + self.code}
        else:
            document = {"error": oauth_error_name(self.code), "error_description": self.message}
        return json_response(document, self.status, *headers)


def invalid_request(message: str) -> AwsError:
    """InvalidRequestException (400): a member is missing, has the wrong type or is out of range."""
    return AwsError(400, "InvalidRequestException", message)


def unauthorized() -> AwsError:
    """The portal's UnauthorizedException (401): the access token is unknown, expired or revoked."""
    return AwsError(401, "UnauthorizedException", "Session token not found or invalid")


def no_access() -> AwsError:
    """The portal's ForbiddenException (403), which is not in the service model: the role is not assigned."""
    return AwsError(403, "ForbiddenException", "No access")


def too_many_requests(retry_after: int | None = None) -> AwsError:
    """The portal's TooManyRequestsException (429)."""
    return AwsError(429, "TooManyRequestsException", "HTTP 429 Unknown Code", retry_after)


def unknown_operation() -> AwsError:
    """UnknownOperationException (404): no operation has this method and path."""
    return AwsError(404, "UnknownOperationException", "No such operation")


def oauth_error(error: str, description: str) -> AwsError:
    """An OAuth error by its name in RFC 6749 or 8628: `invalid_grant` is InvalidGrantException.

    The status is 400, or 401 for `invalid_client` (CreateToken, StartDeviceAuthorization).
    """
    code = "".join(word.capitalize() for word in error.split("_")) + "Exception"
    return AwsError(401 if error == "invalid_client" else 400, code, description)


def oauth_error_name(code: str) -> str:
    """Return the OAuth name of an exception: `invalid_grant` for InvalidGrantException."""
    if code == "InternalServerException":
        return "server_error"
    return re.sub(r"(?<!^)(?=[A-Z])", "_", code.removesuffix("Exception")).lower()
