"""Checks the signature of a request (AWS Signature Version 4)."""

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote

from ssohelper.simulator.errors import AwsError
from ssohelper.simulator.messages import Request

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>\w+)/(?P<date>\d{8})/(?P<region>[\w-]+)/(?P<service>[\w-]+)/aws4_request, ?"
    r"SignedHeaders=(?P<headers>[\w;-]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)
_MOST_SKEW_SECONDS = 300
# What the secret and the session token of a key are; None for a key that was not issued.
Secrets = Callable[[str], tuple[str, str] | None]


class Signed(NamedTuple):
    """What a request is signed with, and for which service and region."""

    access_key_id: str
    service: str
    region: str


def check(request: Request, secrets: Secrets, now: float) -> Signed:
    """Check a request at `now` (Unix seconds). Raises `AwsError` if its signature, key, token or time is wrong."""
    found = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    if not found:
        raise AwsError(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
    known = secrets(found["key"])
    token = request.headers.get("x-amz-security-token", "")
    if known is None or not hmac.compare_digest(known[1].encode(), token.encode("utf-8", "surrogateescape")):
        raise AwsError(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
    names = found["headers"].split(";")
    if "host" not in names or not all(name in request.headers for name in names):
        raise _wrong("'Host' must be a 'SignedHeader' in the AWS Authorization, and each one in the request.")
    time = request.headers.get("x-amz-date", "")
    try:
        signed_at = datetime.strptime(time, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise _wrong("no valid X-Amz-Date") from None
    if abs(signed_at - now) > _MOST_SKEW_SECONDS or not time.startswith(found["date"]):
        raise _wrong(f"Signature expired: {time}")
    signature = _signature(request, found, known[0], time)
    if not hmac.compare_digest(signature, found["signature"]):
        raise _wrong("The request signature we calculated does not match the signature you provided.")
    return Signed(found["key"], found["service"], found["region"])


def _wrong(message: str) -> AwsError:
    return AwsError(403, "SignatureDoesNotMatch", message)


def _signature(request: Request, found: re.Match[str], secret: str, time: str) -> str:
    names = found["headers"].split(";")
    headers = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in names)
    query = "&".join(f"{quote(name, '~')}={quote(value, '~')}" for name, value in sorted(request.query.items()))
    body = hashlib.sha256(request.body).hexdigest()
    canonical = "\n".join((request.method, request.path, query, headers, found["headers"], body))
    scope = f"{found['date']}/{found['region']}/{found['service']}/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", time, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), text):
        digest = hmac.new(key, part.encode(), hashlib.sha256)
        key = digest.digest()
    return digest.hexdigest()
