"""Clients for STS and IAM, whose requests are signed with role credentials.

Region and endpoint settings come from the profile and the environment, as in botocore, with AWS_REGION as a
fallback, so that requests go where those of the AWS CLI go. Credentials, certificates, proxies, timeouts and retries
are ours.
"""

import os
from collections.abc import Mapping
from typing import Any, Protocol

import botocore.exceptions
import botocore.session
from botocore.config import Config

from ssohelper.errors import AccessDenied, BadInput, Failed, SourceRejected, SsohelperError, Unavailable
from ssohelper.identity_center import clients, request_log
from ssohelper.identity_center.errors import check_not_html, invalid_response, translate_errors
from ssohelper.identity_center.network import Network
from ssohelper.identity_center.responses import Response

REJECTED_KEYS = ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException")
DENIED = ("AccessDenied", "AccessDeniedException")
THROTTLED = ("Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown")
LATER = "run the command again in a minute"
CHECK_CLOCK = "check the clock of this machine, then run the command again"
# What was rejected, and what to do, by error code.
PROBLEMS = {
    **dict.fromkeys(
        ("SignatureDoesNotMatch", "RequestTimeTooSkewed", "RequestExpired", "InvalidSignatureException"),
        ("the signature or the time of the request", CHECK_CLOCK),
    ),
    "RegionDisabledException": ("a region that is not activated", "set another region in the profile"),
}
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

    def client(self, service: str, name: str, keys: Keys) -> Any:
        """A client for botocore's `service`, called `name` in messages. Raises `BadInput` for a wrong endpoint."""
        hint = _check_endpoint(service)
        try:
            client = self._create_client(service, keys)
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
        with translate_errors(name):
            try:
                send = getattr(self.client(service, name, keys), operation)
                response = clients.whole_response(send, name, **arguments)
                check_not_html(response, name)
            except botocore.exceptions.ClientError as error:
                raise _refusal(error, service, name) from error
            except botocore.exceptions.NoRegionError as error:
                raise BadInput(
                    f"{name} needs a region", hint="set region in the profile, or AWS_DEFAULT_REGION"
                ) from error
            except botocore.exceptions.ParamValidationError as error:
                raise BadInput(f"invalid request to {name}: {first_problem(error)}") from error
        return Response.of(response, name)

    def _create_client(self, service: str, keys: Keys) -> Any:
        return self._session.create_client(
            service,
            region_name=self._region,
            verify=self._network.verify,
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
            aws_session_token=keys.session_token,
            config=Config(
                connect_timeout=clients.CONNECT_SECONDS,
                read_timeout=clients.READ_SECONDS,
                proxies_config=self._network.proxies_config,  # type: ignore[arg-type] # the stubs want its exact keys
                retries={"total_max_attempts": 4, "mode": "standard"},
            ),
        )


def first_problem(error: botocore.exceptions.ParamValidationError) -> str:
    """The first line that says what is wrong; it names the parameter and quotes at most its value."""
    lines = str(error.kwargs.get("report", "")).splitlines()
    return lines[0].rstrip(".") if lines else "the request is not valid"


def _refusal(error: botocore.exceptions.ClientError, service: str, name: str) -> SsohelperError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in THROTTLED or status == 429 or status >= 500:
        return Unavailable(f"{name} returned HTTP {status}", hint=LATER)
    if not code.isalnum():  # the error of a proxy or a captive portal
        return invalid_response(name)
    if code in DENIED:
        return AccessDenied(f"{name} denies the request")
    if code in REJECTED_KEYS:
        return SourceRejected(f"{name} rejected the credentials: {code}", hint=CHECK_CLOCK)
    problem, hint = PROBLEMS.get(code, ("the request", _check_endpoint(service)))
    return Failed(f"{name} rejected {problem}: {code}", hint=hint)


def _check_endpoint(service: str) -> str:
    variable = f"AWS_ENDPOINT_URL_{service.upper()}"
    return f"check endpoint_url and services of the profile, {variable} and AWS_ENDPOINT_URL"
