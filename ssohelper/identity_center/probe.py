"""One request to the portal, to compare clocks and to check an access token."""

from typing import NamedTuple

import botocore.exceptions

from ssohelper.identity_center import clients
from ssohelper.identity_center.errors import IDENTITY_CENTER, invalid_response, server_time, translate_errors
from ssohelper.identity_center.network import Network
from ssohelper.model import Session


class ProbeResult(NamedTuple):
    """The portal's clock, in Unix seconds, and whether it accepted the access token."""

    server_time: float
    token_accepted: bool


def probe(session: Session, access_token: str, network: Network | None = None) -> ProbeResult:
    """Send one ListAccounts request, with any token. Raises `Unavailable`; `BadInput` as `clients.client` does."""
    accepted = True
    with translate_errors():
        try:
            operation = clients.client("sso", session, network).list_accounts
            response = clients.whole_response(operation, IDENTITY_CENTER, accessToken=access_token, maxResults=1)
            metadata = response["ResponseMetadata"]
        except botocore.exceptions.ClientError as error:
            metadata = error.response.get("ResponseMetadata", {})
            accepted = metadata.get("HTTPStatusCode") != 401
    found = server_time(metadata)
    if found is None:
        raise invalid_response()
    return ProbeResult(found, accepted)
