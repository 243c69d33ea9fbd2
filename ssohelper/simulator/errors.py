"""The services' errors in AWS's formats.

The portal sends `{"message", "__type"}`, the OIDC service `{"error", "error_description"}`. Both repeat the error
code in the header `x-amzn-ErrorType`, where botocore looks first, as do the services that speak JSON 1.1
(`{"__type", "Message"}`) and Access Analyzer (`{"message"}`). The sign-in service sends plain text, IAM and STS send
XML.
"""

import re
from collections.abc import Mapping
from enum import Enum

from ssohelper.simulator.messages import Response, json_1_1_response, json_response, xml_response

PORTAL_NAMESPACE = "com.amazonaws.switchboard.portal#"


class Service(Enum):
    """The service of an operation, by AWS's name."""

    PORTAL = "sso"
    OIDC = "sso-oidc"
    SIGN_IN = "signin"
    QUERY = "iam and sts"
    SSO_ADMIN = "sso-admin"
    IDENTITY_STORE = "identitystore"
    ORGANIZATIONS = "organizations"
    ACCESS_ANALYZER = "access-analyzer"


JSON_1_1 = (Service.SSO_ADMIN, Service.IDENTITY_STORE, Service.ORGANIZATIONS)
# How services that speak JSON call what IAM and STS have other names for.
_JSON_CODES = {
    "AccessDenied": "AccessDeniedException",
    "ExpiredToken": "ExpiredTokenException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
}


class AwsError(Exception):
    """A service error: HTTP status, code (`UnauthorizedException`) and message.

    `retry_after`, in whole seconds, is sent as the header `Retry-After`, and by the identity store in the body.
    `details` are more members of the body.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        retry_after: int | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.details = details or {}

    def response(self, service: Service) -> Response:
        """Return the error response in the format of `service`."""
        if service in (*JSON_1_1, Service.ACCESS_ANALYZER):
            return self._json_response(service)
        headers = self._headers(self.code)
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

    def _json_response(self, service: Service) -> Response:
        code = _JSON_CODES.get(self.code, self.code)
        headers = self._headers(code)
        if service is Service.ACCESS_ANALYZER:
            return json_response({"message": self.message, **self.details}, self.status, *headers)
        document = {"__type": code, "Message": self.message, **self.details}
        if service is Service.IDENTITY_STORE and self.retry_after is not None:
            document["RetryAfterSeconds"] = self.retry_after
        # In JSON 1.1, each error of the caller is a 400.
        return json_1_1_response(document, 400 if self.code in _JSON_CODES else self.status, *headers)

    def _headers(self, code: str) -> list[tuple[str, str]]:
        retry_after = [] if self.retry_after is None else [("Retry-After", str(self.retry_after))]
        return [("x-amzn-ErrorType", code), *retry_after]


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


def throttled(retry_after: int | None = None) -> AwsError:
    """The ThrottlingException of the administration services, whose status is 400."""
    return AwsError(400, "ThrottlingException", "Rate exceeded", retry_after)


def access_denied(message: str) -> AwsError:
    """AccessDenied, or AccessDeniedException: the policies of the caller or its account do not allow it."""
    return AwsError(403, "AccessDenied", message)


def unknown_operation(status: int = 404) -> AwsError:
    """UnknownOperationException: no operation has this method and path, or in JSON 1.1 (400) this name."""
    return AwsError(status, "UnknownOperationException", "No such operation")


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
