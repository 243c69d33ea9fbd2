"""STS, the service that lets a role assume another one (AssumeRole).

Region, endpoint, FIPS and retries are what botocore reads in the profile and the environment, so that a role is
assumed where the AWS CLI would assume it; only the credentials, certificates, proxies and timeouts are ours.
"""

import os
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import botocore.exceptions
import botocore.session
from botocore.config import Config

from ssohelper import loopback
from ssohelper.errors import AccessDenied, BadInput, Failed, SourceRejected, SsohelperError, Unavailable
from ssohelper.identity_center import clients
from ssohelper.identity_center.answers import Answer
from ssohelper.identity_center.errors import translate_errors
from ssohelper.identity_center.network import Network
from ssohelper.model import LONGEST_CHAINED_SECONDS, AssumedRole, RoleCredentials

_SERVICE = "STS"
_REJECTED_SOURCE = ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException")
_DENIED = ("AccessDenied", "AccessDeniedException")
_THROTTLED = ("Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown")
_WAIT = "wait a minute, then run the command again"
_LATER = "run the command again in a minute"
_CHECK_CLOCK = "check the clock of this machine, then run the command again"
# What STS rejected, and what to do, by error code.
_PROBLEMS = {
    **dict.fromkeys(
        ("SignatureDoesNotMatch", "RequestTimeTooSkewed", "RequestExpired", "InvalidSignatureException"),
        ("the time or the signature", _CHECK_CLOCK),
    ),
    "RegionDisabledException": ("a region that is not activated", "set another region in the profile"),
}
_REQUEST_PROBLEM = (
    "the request",
    "check role_arn, external_id, role_session_name and duration_seconds of the profile",
)


class Sts:
    """STS with the settings of one profile; `config_file` and `credentials_file` are the user's AWS files.

    `default_region` is for a profile that does not exist any more.
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
        # The AWS CLI 2 and other SDKs read AWS_REGION, botocore does not.
        configured = self._session.get_config_variable("region") or os.environ.get("AWS_REGION")
        self._region = configured if exists else configured or default_region
        self._profile = profile
        self._network = network

    def assume_role(self, credentials: RoleCredentials, role: AssumedRole) -> RoleCredentials:
        """Credentials of a role, which `credentials` may assume.

        Raises `AccessDenied`, `SourceRejected`, `BadInput` for invalid options of the profile, `Failed` if the clock
        of this machine is wrong, `Unavailable`.
        """
        arguments = dict(role.arguments)
        arguments.setdefault("RoleSessionName", f"botocore-session-{int(time.time())}")
        if "DurationSeconds" in arguments:
            arguments["DurationSeconds"] = min(int(arguments["DurationSeconds"]), LONGEST_CHAINED_SECONDS)
        with translate_errors(_SERVICE):
            try:
                response = self._client(credentials).assume_role(**arguments)
            except botocore.exceptions.ClientError as error:
                raise _from_response(error, credentials, role) from error
            except botocore.exceptions.NoRegionError as error:
                raise BadInput(
                    f"profile {self._profile!r} has no region: it decides where a role is assumed",
                    hint="set region in the profile, or AWS_DEFAULT_REGION",
                ) from error
            except botocore.exceptions.ParamValidationError as error:
                raise BadInput(
                    f"profile {role.profile!r} has an invalid option: {_first_problem(error)}",
                    hint="check external_id, role_session_name and duration_seconds of the profile",
                ) from error
        return _credentials(response, role)

    def _client(self, credentials: RoleCredentials) -> Any:
        client = self._session.create_client(
            "sts",
            region_name=self._region,
            verify=self._network.verify,
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token,
            config=Config(
                connect_timeout=clients.CONNECT_SECONDS,
                read_timeout=clients.READ_SECONDS,
                proxies_config=self._network.proxies_config,  # type: ignore[arg-type] # the stubs want its exact keys
                retries={"total_max_attempts": 4, "mode": "standard"},
            ),
        )
        _check_endpoint(client.meta.endpoint_url)
        return client


def _check_endpoint(url: str) -> None:
    """Raise `BadInput` for an endpoint whose answer, which holds keys, could be read on a network."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in loopback.HOSTS:
        raise BadInput(
            f"the endpoint of {_SERVICE} must start with https://: {url!r}", hint="check AWS_ENDPOINT_URL_STS"
        )


def _credentials(response: Mapping[str, Any], role: AssumedRole) -> RoleCredentials:
    found = Answer.of(response, _SERVICE).structure("Credentials")
    return RoleCredentials(
        role,
        found.text("AccessKeyId"),
        found.text("SecretAccessKey"),
        found.text("SessionToken"),
        found.moment("Expiration", time.time()),
    )


def _from_response(
    error: botocore.exceptions.ClientError, credentials: RoleCredentials, role: AssumedRole
) -> SsohelperError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    source, target = credentials.role.label, f"{role.label} (profile {role.profile!r})"
    if code in _THROTTLED or status == 429:
        return Unavailable(
            f"{_SERVICE} is throttling requests for {target}", hint="wait a minute, then run the command again"
        )
    if status >= 500 or not code.isalnum():
        return Unavailable(f"{_SERVICE} returned HTTP {status} for {target}", hint=_LATER)
    if code in _DENIED:
        return AccessDenied(
            f"{source} may not assume {target}",
            hint=f"it needs sts:AssumeRole for {role.role_arn}, whose trust policy must allow it, too",
        )
    if code in _REJECTED_SOURCE:
        message = f"{_SERVICE} rejected the credentials of {source} for {target}: {code}"
        return SourceRejected(message, hint=_CHECK_CLOCK)
    problem, hint = _PROBLEMS.get(code, _REQUEST_PROBLEM)
    return Failed(f"{_SERVICE} rejected {problem} for {target}: {code}", hint=hint)


def _first_problem(error: botocore.exceptions.ParamValidationError) -> str:
    """The first line that says what is wrong; it names the parameter and quotes at most its value."""
    lines = str(error.kwargs.get("report", "")).splitlines() if hasattr(error, "kwargs") else []
    return lines[0].rstrip(".") if lines else "the request is not valid"
