"""One request to the portal, to compare clocks and to check an access token."""

from typing import NamedTuple

import botocore.exceptions

from ssohelper.identity_center import clients
from ssohelper.identity_center.errors import (
    IDENTITY_CENTER,
    check_not_html,
    invalid_response,
    server_time,
    translate_errors,
)
from ssohelper.identity_center.network import Network
from ssohelper.model import Session


class ProbeResult(NamedTuple):
    """The portal's clock, in Unix seconds, and whether it accepted the access token."""

    server_time: float
    token_accepted: bool


def probe(session: Session, access_token: str, network: Network | None = None) -> ProbeResult:
    """Send one ListAccounts request, with any token.

    Raises what `translate_errors` does, but a rejected token is a result; `BadInput` as `clients.client` does.
    """
    accepted = True
    with translate_errors():
        try:
            operation = clients.client("sso", session, network).list_accounts
            response = clients.whole_response(operation, IDENTITY_CENTER, accessToken=access_token, maxResults=1)
            check_not_html(response)
            metadata = response["ResponseMetadata"]
        except botocore.exceptions.ClientError as error:
            if error.response.get("Error", {}).get("Code") != "UnauthorizedException":
                raise
            metadata, accepted = error.response.get("ResponseMetadata", {}), False
    found = server_time(metadata)
    if found is None:
        raise invalid_response()
    return ProbeResult(found, accepted)
