"""Clients for services whose requests are signed with role credentials.

Region and endpoint settings come from the profile and the environment, as in botocore, with AWS_REGION as a
fallback, so that requests go where those of the AWS CLI go. Credentials, certificates, proxies, timeouts and retries
are ours.
"""

import os
from collections.abc import Mapping
from typing import Any, Protocol

import botocore.session
from botocore.config import Config

from ssohelper.errors import BadInput
from ssohelper.identity_center import clients, request_log, signed_requests
from ssohelper.identity_center.network import Network
from ssohelper.identity_center.responses import Response

_NONE: Mapping[str, Any] = {}


class Keys(Protocol):
    """What a request is signed with."""

    @property
    def access_key_id(self) -> str:
        """The id of the key."""
        ...

    @property
    def secret_access_key(self) -> str:
        """The secret key."""
        ...

    @property
    def session_token(self) -> str | None:
        """The session token; None for keys of an IAM user."""
        ...


class ProfileClients:
    """Clients with the settings of one profile; `config_file` and `credentials_file` are the user's AWS files.

    `default_region` is used if the profile no longer exists.
    """

    def __init__(
        self, profile: str, config_file: str, credentials_file: str, network: Network, *, default_region: str
    ) -> None:
        variables = {
            "profile": (None, None, None, None),  # not that of the environment
            "config_file": (None, None, config_file, None),
            "credentials_file": (None, None, credentials_file, None),
        }
        self._session = botocore.session.Session(session_vars=variables)
        exists = profile in self._session.available_profiles
        if exists:
            self._session.set_config_variable("profile", profile)
        region = self._session.get_config_variable("region")
        # The AWS CLI 2 and other SDKs read AWS_REGION, botocore does not.
        self._region = region or os.environ.get("AWS_REGION") or (None if exists else default_region)
        self._network = network
        self.profile = profile

    def client(
        self, service: str, name: str, keys: Keys, *, region: str | None = None, connections: int | None = None
    ) -> Any:
        """A client for botocore's `service`, called `name` in messages. Raises `BadInput` for a wrong endpoint.

        `region` replaces that of the profile. With `connections`, it is for so many threads, and retries nothing.
        """
        hint = signed_requests.check_endpoint(service)
        try:
            client = self._create_client(service, keys, region or self._region, connections)
        except ValueError as error:  # botocore's, or urllib's
            raise BadInput(f"the endpoint of {name} is not a valid URL", hint=hint) from error
        # Keys are sent and returned: not in plain text over a network.
        clients.check_https(client.meta.endpoint_url, f"the endpoint of {name}", hint)
        request_log.watch(client)
        return client

    def call(
        self, service: str, name: str, keys: Keys, operation: str, arguments: Mapping[str, Any] = _NONE
    ) -> Response:
        """The response to a question that a role asks about itself; `operation` is botocore's name of it.

        Raises `AccessDenied` if it may not ask, `SourceRejected` if the keys are rejected, `BadInput`, `Failed`,
        `Unavailable`.
        """
        return signed_requests.send(
            lambda: getattr(self.client(service, name, keys), operation), service, name, arguments
        )

    def _create_client(self, service: str, keys: Keys, region: str | None, connections: int | None) -> Any:
        return self._session.create_client(
            service,
            region_name=region,
            verify=self._network.verify,
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
            aws_session_token=keys.session_token,
            config=Config(
                connect_timeout=clients.CONNECT_SECONDS,
                read_timeout=clients.READ_SECONDS,
                proxies_config=self._network.proxies_config,  # type: ignore[arg-type] # the stubs want its exact keys
                max_pool_connections=connections or 10,
                retries={"total_max_attempts": 1 if connections else 4, "mode": "standard"},
            ),
        )
