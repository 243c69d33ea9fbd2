"""Signed requests: what each response of a service, or of a proxy in between, means."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, NamedTuple

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config

from ssohelper.errors import AccessDenied, BadInput, Failed, NotFound, SourceRejected, SsohelperError, Unavailable
from ssohelper.identity_center import signed_requests
from ssohelper.identity_center.errors import Throttled

PAGE = b"<!doctype html><title>Welcome</title>"
INVALID = Unavailable("invalid response from AWS (a proxy or captive portal?)")
# An operation of each service, with its arguments: JSON, JSON with throttling details, and XML.
OPERATIONS: dict[str, tuple[str, dict[str, str]]] = {
    "sso-admin": ("list_instances", {}),
    "identitystore": ("list_users", {"IdentityStoreId": "d-1234567890"}),
    "iam": ("get_policy", {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
}


class Reply(NamedTuple):
    """What the server sends."""

    status: int
    body: bytes
    headers: dict[str, str]

    @classmethod
    def json(cls, code: str, status: int = 400, **members: Any) -> "Reply":
        """An error of a service with JSON."""
        return cls(status, json.dumps({"__type": code, "Message": "refused", **members}).encode(), {})

    @classmethod
    def xml(cls, code: str, status: int = 400) -> "Reply":
        """An error of a service with XML."""
        text = f"<ErrorResponse><Error><Code>{code}</Code><Message>refused</Message></Error></ErrorResponse>"
        return cls(status, text.encode(), {"Content-Type": "text/xml"})

    @classmethod
    def html(cls, status: int, **headers: str) -> "Reply":
        """The page of a proxy or a captive portal."""
        return cls(status, PAGE, {"Content-Type": "text/html", **headers})


class Handler(BaseHTTPRequestHandler):
    """Sends the same reply to every request."""

    reply: ClassVar[Reply]

    def do_POST(self) -> None:
        """Send `reply`."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(self.reply.status)
        for name, value in {**self.reply.headers, "Content-Length": str(len(self.reply.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.reply.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Log nothing."""


@pytest.fixture(scope="module")
def clients() -> Iterator[dict[str, Any]]:
    """A client of each service, for a server on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="s", region_name="us-east-1")
        url = f"http://127.0.0.1:{server.server_port}"
        config = Config(retries={"total_max_attempts": 1})
        yield {each: session.client(each, endpoint_url=url, config=config) for each in OPERATIONS}
        server.shutdown()
        thread.join()


def raised(clients: dict[str, Any], service: str, reply: Reply, **changes: str) -> SsohelperError:
    """The error to which a reply leads."""
    Handler.reply = reply
    operation, arguments = OPERATIONS[service]
    with pytest.raises(SsohelperError) as caught:
        signed_requests.send(lambda: getattr(clients[service], operation), service, "AWS", {**arguments, **changes})
    return caught.value


def test_success(clients: dict[str, Any]) -> None:
    """A response is returned."""
    Handler.reply = Reply(200, b'{"Instances": [{"InstanceArn": "arn:i"}]}', {})
    found = signed_requests.send(lambda: clients["sso-admin"].list_instances, "sso-admin", "AWS", {})
    assert [each.text("InstanceArn") for each in found.structures("Instances")] == ["arn:i"]


@pytest.mark.parametrize(
    ("service", "reply", "expected"),
    [
        ("sso-admin", Reply.json("AccessDeniedException", 403), AccessDenied("AWS denies the request")),
        ("sso-admin", Reply.json("AccessDeniedException", 400), AccessDenied("AWS denies the request")),
        ("iam", Reply.xml("AccessDenied", 403), AccessDenied("AWS denies the request")),
        (
            "sso-admin",
            Reply.json("ResourceNotFoundException", 404),
            NotFound("AWS returned ResourceNotFoundException"),
        ),
        ("iam", Reply.xml("NoSuchEntity", 404), NotFound("AWS returned NoSuchEntity")),
        (
            "sso-admin",
            Reply.json("UnrecognizedClientException"),
            SourceRejected("AWS rejected the credentials: UnrecognizedClientException"),
        ),
        ("iam", Reply.xml("ExpiredToken", 403), SourceRejected("AWS rejected the credentials: ExpiredToken")),
        (
            "identitystore",
            Reply.json("InvalidSignatureException"),
            Failed("AWS rejected the signature or the time of the request: InvalidSignatureException"),
        ),
        ("sso-admin", Reply.json("ValidationException"), Failed("AWS rejected the request: ValidationException")),
        ("sso-admin", Reply.json("InternalServerException", 500), Unavailable("AWS returned HTTP 500")),
        ("iam", Reply.xml("ServiceFailure", 503), Unavailable("AWS returned HTTP 503")),
        ("sso-admin", Reply.html(503), Unavailable("AWS returned HTTP 503")),
        ("iam", Reply.html(502), INVALID),
    ],
)
def test_refusals(clients: dict[str, Any], service: str, reply: Reply, expected: SsohelperError) -> None:
    """Each refusal of a service is an error of its own."""
    found = raised(clients, service, reply)
    assert (type(found), str(found)) == (type(expected), str(expected))


@pytest.mark.parametrize(
    ("service", "reply", "code", "seconds"),
    [
        ("sso-admin", Reply.json("ThrottlingException"), "ThrottlingException", None),
        ("sso-admin", Reply.json("com.amazonaws.swb#ThrottlingException"), "ThrottlingException", None),
        ("sso-admin", Reply.json("ThrottlingException")._replace(headers={"Retry-After": "3"}), None, 3.0),
        ("identitystore", Reply.json("ThrottlingException", RetryAfterSeconds=7), None, 7.0),
        ("identitystore", Reply.json("ThrottlingException", 429, RetryAfterSeconds=7), None, 7.0),
        ("identitystore", Reply.json("ThrottlingException", RetryAfterSeconds=-7), None, 0.0),
        ("identitystore", Reply.json("ThrottlingException", RetryAfterSeconds="soon"), None, None),
        ("identitystore", Reply.json("ThrottlingException", RetryAfterSeconds=True), None, None),
        ("identitystore", Reply.json("ThrottlingException", Reason="OTHER"), None, None),
        ("sso-admin", Reply.json("TooManyRequestsException", 429), "TooManyRequestsException", None),
        ("iam", Reply.xml("Throttling"), "Throttling", None),
        ("sso-admin", Reply.html(429, **{"Retry-After": "2"}), "429", 2.0),
    ],
)
def test_throttled(
    clients: dict[str, Any], service: str, reply: Reply, code: str | None, seconds: float | None
) -> None:
    """Throttling is told by its code, whatever the status, with the seconds of the body or else of the header."""
    found = raised(clients, service, reply)
    assert isinstance(found, Throttled)
    message = f"AWS is throttling requests ({code or 'ThrottlingException'})"
    assert (str(found), found.retry_after) == (message, seconds)


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException", "ResourceNotFoundException"])
@pytest.mark.parametrize("service", ["sso-admin", "identitystore"])
def test_encryption_key(clients: dict[str, Any], service: str, code: str) -> None:
    """A problem with the instance's KMS key is none with the rate or with permissions."""
    found = raised(clients, service, Reply.json(code, Reason="KMS_DisabledException"))
    message = "Identity Center cannot use its encryption key (KMS_DisabledException)"
    assert (type(found), str(found)) == (Unavailable, message)


@pytest.mark.parametrize("service", OPERATIONS)
@pytest.mark.parametrize(
    "reply",
    [
        Reply.html(200),
        Reply.html(302, Location="https://portal.example.com"),
        Reply.html(403),
        Reply.html(407),
        Reply.json("not a code"),
        Reply.json("evil\x1b[31m"),
        Reply(400, b"[]", {}),
    ],
)
def test_proxy(clients: dict[str, Any], service: str, reply: Reply) -> None:
    """What the service would not send comes from a proxy or a captive portal: it may work later."""
    found = raised(clients, service, reply)
    assert (type(found), str(found)) == (Unavailable, str(INVALID))


def test_invalid_argument(clients: dict[str, Any]) -> None:
    """What botocore refuses to send is the person's mistake."""
    found = raised(clients, "identitystore", Reply(200, b"{}", {}), IdentityStoreId="")
    reason = "Invalid length for parameter IdentityStoreId, value: 0, valid min length: 1"
    assert (type(found), str(found)) == (BadInput, f"invalid request to AWS: {reason}")


def test_no_region() -> None:
    """Without a region, no request can be made."""

    def operation() -> Any:
        raise botocore.exceptions.NoRegionError

    with pytest.raises(BadInput, match=r"^AWS needs a region$"):
        signed_requests.send(operation, "iam", "AWS", {})


@pytest.mark.parametrize(
    ("service", "variable"),
    [
        ("iam", "AWS_ENDPOINT_URL_IAM"),
        ("sso-admin", "AWS_ENDPOINT_URL_SSO_ADMIN"),
        ("accessanalyzer", "AWS_ENDPOINT_URL_ACCESSANALYZER"),
    ],
)
def test_check_endpoint(service: str, variable: str) -> None:
    """The hint names the variable that botocore reads."""
    expected = f"check endpoint_url and services of the profile, {variable} and AWS_ENDPOINT_URL"
    assert signed_requests.check_endpoint(service) == expected
