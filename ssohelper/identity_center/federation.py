"""AWS sign-in's federation endpoint: exchanges role credentials for a sign-in token."""

import json
import re
from urllib.parse import urlencode

from ssohelper import durations, hints
from ssohelper.errors import BadInput, Failed, SsohelperError, Unavailable
from ssohelper.identity_center import clients, console, http_client, region_checks
from ssohelper.identity_center.errors import invalid_response
from ssohelper.identity_center.network import Network, from_environment
from ssohelper.roles import RoleCredentials

VARIABLE = "AWS_ENDPOINT_URL_SIGNIN"
_SERVICE = "AWS sign-in"


def endpoint(region: str) -> str:
    """A region's federation endpoint, or the one that `AWS_ENDPOINT_URL_SIGNIN` names. Raises `BadInput`."""
    override = clients.endpoint_override(VARIABLE)
    if override is None:
        return console.federation_endpoint(region_checks.partition_of(region), region)
    # Secret keys are sent there: not in plain text over a network.
    clients.check_https(override, VARIABLE, hints.unset(VARIABLE))
    return f"{override.rstrip('/')}/federation"


def signin_token(url: str, credentials: RoleCredentials, seconds: int | None, network: Network | None = None) -> str:
    """A sign-in token (getSigninToken), valid for 15 minutes, for a console session of `seconds`.

    Raises `BadInput` if that duration is rejected, `Failed` if the credentials are, `Unavailable`.
    """
    session = {
        "sessionId": credentials.access_key_id,
        "sessionKey": credentials.secret_access_key,
        "sessionToken": credentials.session_token,
    }
    form = {"Action": "getSigninToken", "Session": json.dumps(session)}
    if seconds is not None:
        form["SessionDuration"] = str(seconds)
    status, body = http_client.post_form(url, urlencode(form), network or from_environment(), _SERVICE)
    if status == 200:
        return _token(body)
    if status == 429 or status >= 500:
        raise Unavailable(f"{_SERVICE} returned HTTP {status}", hint="run the command again in a minute")
    if not 400 <= status < 500:
        raise invalid_response(_SERVICE)
    raise _rejection(credentials, seconds, status)


def _token(body: bytes) -> str:
    try:
        token = json.loads(body)["SigninToken"]
    except (ValueError, TypeError, KeyError, RecursionError):
        token = None
    if not isinstance(token, str) or not re.fullmatch(r"[!-~]+", token):
        raise invalid_response(_SERVICE) from None  # the cause may contain the token
    return token


def _rejection(credentials: RoleCredentials, seconds: int | None, status: int) -> SsohelperError:
    role = credentials.role.label
    if seconds is not None:
        return BadInput(
            f"{_SERVICE} rejected a session of {durations.shown(seconds)} for {role} (HTTP {status})",
            hint="omit --duration, or use a shorter one",
        )
    return Failed(
        f"{_SERVICE} rejected the credentials of {role} (HTTP {status})",
        hint="open the console without --federate",
    )
