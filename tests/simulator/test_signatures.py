"""Signatures, compared with botocore's."""

from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from ssohelper.simulator import signatures
from ssohelper.simulator.errors import AwsError
from ssohelper.simulator.messages import Request
from ssohelper.simulator.signatures import Signed

KEYS = ("ASIAEXAMPLE", "secret/+=", "token")


def signed(
    query: dict[str, str], headers: dict[str, str], body: bytes, service: str = "sts"
) -> tuple[Request, float]:
    """A request that botocore has signed, and when, in Unix seconds."""
    url = (
        f"http://127.0.0.1:8000/?{urlencode(query, quote_via=quote, safe='~')}" if query else "http://127.0.0.1:8000/"
    )
    request = AWSRequest("POST", url, headers, body)
    SigV4Auth(Credentials(*KEYS), service, "eu-west-1").add_auth(request)
    sent = {name.lower(): str(value) for name, value in request.headers.items()} | {"host": "127.0.0.1:8000"}
    return Request("POST", "/", query, sent, body), request.context["timestamp"]


def secrets(key: str) -> tuple[str, str] | None:
    """The secret and the token of the only key."""
    return KEYS[1:] if key == KEYS[0] else None


@pytest.mark.parametrize(
    ("query", "headers", "body"),
    [
        ({}, {}, b"Action=GetCallerIdentity&Version=2011-06-15"),
        ({"a": "b c", "B": "~/*"}, {}, b""),
        ({}, {"X-Amz-Meta": "  two   words ", "Content-Type": "application/x-www-form-urlencoded"}, b"\xff"),
    ],
)
def test_accepted(query: dict[str, str], headers: dict[str, str], body: bytes) -> None:
    """What botocore signs is accepted, whatever query, headers and body are."""
    request, time = signed(query, headers, body)
    now = datetime.strptime(str(time), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    assert signatures.check(request, secrets, now) == Signed("ASIAEXAMPLE", "sts", "eu-west-1")
    with pytest.raises(AwsError, match="does not match"):
        signatures.check(Request("POST", "/", query, request.headers, body + b"x"), secrets, now)
    with pytest.raises(AwsError, match="Signature expired"):
        signatures.check(request, secrets, now + 301)


def test_unsigned() -> None:
    """A request without a signature is refused."""
    with pytest.raises(AwsError, match="missing Authentication Token"):
        signatures.check(Request("POST", "/"), secrets, 0)
