"""AWS sign-in's federation endpoint: a sign-in token for role credentials, by botocore's own HTTP."""

import json
import os
import re
from urllib.parse import urlencode, urlsplit

import botocore.awsrequest
import botocore.httpsession
import botocore.utils

from ssohelper import durations
from ssohelper.errors import BadInput, Failed, SsohelperError, Unavailable
from ssohelper.identity_center import clients, console
from ssohelper.model import RoleCredentials

VARIABLE = "AWS_ENDPOINT_URL_SIGNIN"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SERVICE = "AWS sign-in"


def endpoint(region: str) -> str:
    """Where a region's federation endpoint is, or where it is redirected to. Raises `BadInput`."""
    redirected = clients.redirected(VARIABLE)
    if redirected is None:
        return console.federation(clients.partition_of(region), region)
    parts = urlsplit(redirected)
    # Keys are sent there, so not in the clear.
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise BadInput(f"{VARIABLE} must begin with https://: {redirected!r}", hint=f"unset {VARIABLE}")
    return f"{redirected.rstrip('/')}/federation"


def signin_token(url: str, credentials: RoleCredentials, seconds: int | None) -> str:
    """A token for the console (getSigninToken), good for 15 minutes; the session lasts `seconds` if said.

    Raises `BadInput` where the endpoint refuses that length, `Failed` where it refuses the credentials, and
    `Unavailable`.
    """
    session = {
        "sessionId": credentials.access_key_id,
        "sessionKey": credentials.secret_access_key,
        "sessionToken": credentials.session_token,
    }
    form = {"Action": "getSigninToken", "Session": json.dumps(session)}
    if seconds is not None:
        form["SessionDuration"] = str(seconds)
    status, body = _post(url, urlencode(form))
    if status == 200:
        return _token(body)
    if status == 429 or status >= 500:
        raise Unavailable(f"{_SERVICE} answered HTTP {status}", hint="run the command again in a minute")
    if not 400 <= status < 500:
        raise clients.not_genuine(_SERVICE)
    raise _refusal(credentials, seconds, status)


def _post(url: str, form: str) -> tuple[int, bytes]:
    """Status and body. In the body of a request no proxy and no log sees what an address would show."""
    http = botocore.httpsession.URLLib3Session(
        # As botocore's own clients have it; its stubs know neither a file nor two time-outs.
        verify=os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE") or True,  # type: ignore[arg-type]
        proxies=botocore.utils.get_environ_proxies(url),
        timeout=(clients.CONNECT_SECONDS, clients.READ_SECONDS),  # type: ignore[arg-type]
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = botocore.awsrequest.AWSRequest(method="POST", url=url, headers=headers, data=form)
    with clients.translated(_SERVICE):
        answer = http.send(request.prepare())
        return int(answer.status_code), bytes(answer.content)


def _token(body: bytes) -> str:
    try:
        token = json.loads(body)["SigninToken"]
    except (ValueError, TypeError, KeyError, RecursionError):
        token = None
    if not isinstance(token, str) or not re.fullmatch(r"[!-~]+", token):
        raise clients.not_genuine(_SERVICE) from None  # the cause may hold the token
    return token


def _refusal(credentials: RoleCredentials, seconds: int | None, status: int) -> SsohelperError:
    role = f"{credentials.role_name} in {credentials.account_id}"
    if seconds is not None:
        return BadInput(
            f"{_SERVICE} gives no session of {durations.shown(seconds)} for {role} (HTTP {status})",
            hint="leave --duration out, or ask for less",
        )
    return Failed(
        f"{_SERVICE} did not take the credentials of {role} (HTTP {status})",
        hint="open the console without --federate",
    )
