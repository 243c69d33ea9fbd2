"""AWS Security Token Service (STS): AssumeRole and GetCallerIdentity.

Region and endpoint settings come from the profile and the environment, as in botocore, with AWS_REGION as a
fallback, so that a role is assumed where the AWS CLI assumes it. Credentials, certificates, proxies, timeouts and
retries are ours.
"""

import os
import time
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import botocore.exceptions
import botocore.session
from botocore.config import Config

from ssohelper.errors import AssumeRoleDenied, BadInput, Failed, SourceRejected, SsohelperError, Unavailable
from ssohelper.identity_center import clients, request_log
from ssohelper.identity_center.errors import check_not_html, invalid_response, translate_errors
from ssohelper.identity_center.network import Network
from ssohelper.identity_center.responses import Response
from ssohelper.model import LONGEST_CHAINED_SECONDS, AssumedRole, RoleCredentials

_SERVICE = "STS"
_REJECTED_SOURCE = ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException")
_DENIED = ("AccessDenied", "AccessDeniedException")
_THROTTLED = ("Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown")
_WAIT = "wait a minute, then run the command again"
_CHECK_ENDPOINT = "check endpoint_url and services of the profile, AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL"
_NOT_ALLOWED = (
    "check role_arn and external_id; the source role needs sts:AssumeRole, and the role's trust policy must allow it"
)
_LATER = "run the command again in a minute"
_CHECK_CLOCK = "check the clock of this machine, then run the command again"
# What STS rejected, and what to do, by error code.
_PROBLEMS = {
    **dict.fromkeys(
        ("SignatureDoesNotMatch", "RequestTimeTooSkewed", "RequestExpired", "InvalidSignatureException"),
        ("the signature or the time of the request", _CHECK_CLOCK),
    ),
    "RegionDisabledException": ("a region that is not activated", "set another region in the profile"),
}
_REQUEST_PROBLEM = (
    "the request",
    "check role_arn, external_id, role_session_name and duration_seconds of the profile",
)


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


class CallerIdentity(NamedTuple):
    """Who a key belongs to, as STS says."""

    account_id: str
    arn: str
    user_id: str


class Sts:
    """STS with the settings of one profile; `config_file` and `credentials_file` are the user's AWS files.

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
        self._profile = profile
        self._network = network

    def assume_role(self, credentials: RoleCredentials, role: AssumedRole) -> RoleCredentials:
        """Assume a role with the credentials of its source role.

        Raises `AssumeRoleDenied`, `SourceRejected`, `BadInput` for invalid options of the profile, `Failed` if STS
        rejects the request or its signature, `Unavailable`.
        """
        arguments = dict(role.arguments)
        arguments.setdefault("RoleSessionName", f"botocore-session-{int(time.time())}")
        if "DurationSeconds" in arguments:
            arguments["DurationSeconds"] = min(int(arguments["DurationSeconds"]), LONGEST_CHAINED_SECONDS)
        with translate_errors(_SERVICE):
            try:
                response = clients.whole_response(self._client(credentials).assume_role, _SERVICE, **arguments)
                check_not_html(response, _SERVICE)
            except botocore.exceptions.ClientError as error:
                raise _from_response(error, credentials, role) from error
            except botocore.exceptions.NoRegionError as error:
                raise BadInput(
                    f"profile {self._profile!r} has no region, and STS needs one (not that of its source profile)",
                    hint="set region in the profile, or AWS_DEFAULT_REGION",
                ) from error
            except RuntimeError as error:
                if "timezone" in str(error):  # botocore's, for a year that no calendar has
                    raise invalid_response(_SERVICE) from error
                raise
            except botocore.exceptions.ParamValidationError as error:
                raise BadInput(
                    f"profile {role.profile!r} has an invalid option: {_first_problem(error)}",
                    hint="check external_id, role_session_name and duration_seconds of the profile",
                ) from error
        return _credentials(response, role)

    def caller_identity(self, keys: Keys) -> CallerIdentity:
        """Who the keys belong to (GetCallerIdentity).

        Raises `SourceRejected` if STS rejects the keys, `BadInput`, `Failed`, `Unavailable`.
        """
        with translate_errors(_SERVICE):
            try:
                response = clients.whole_response(self._client(keys).get_caller_identity, _SERVICE)
                check_not_html(response, _SERVICE)
            except botocore.exceptions.ClientError as error:
                raise _identity_error(error) from error
            except botocore.exceptions.NoRegionError as error:
                raise BadInput(
                    "STS needs a region", hint="set region in the profile, or AWS_DEFAULT_REGION"
                ) from error
        found = Response.of(response, _SERVICE)
        return CallerIdentity(found.text("Account"), found.text("Arn"), found.text("UserId"))

    def _client(self, credentials: Keys) -> Any:
        """A client with these credentials. Raises `BadInput` for an endpoint that cannot be used."""
        try:
            client = self._create_client(credentials)
        except ValueError as error:  # botocore's, or urllib's
            raise BadInput(f"the endpoint of {_SERVICE} is not a valid URL", hint=_CHECK_ENDPOINT) from error
        # Keys are returned from there: not in plain text over a network.
        clients.check_https(client.meta.endpoint_url, f"the endpoint of {_SERVICE}", _CHECK_ENDPOINT)
        request_log.watch(client)
        return client

    def _create_client(self, credentials: Keys) -> Any:
        return self._session.create_client(
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


def _credentials(response: Mapping[str, Any], role: AssumedRole) -> RoleCredentials:
    checked = Response.of(response, _SERVICE)
    # arn:aws:sts::111122223333:assumed-role/NAME/SESSION, of which the partition is not compared
    _, _, user = checked.structure("AssumedRoleUser").text("Arn").partition(":sts::")
    if not user.startswith(f"{role.account_id}:assumed-role/{role.role_name}/"):
        raise invalid_response(_SERVICE)  # it is for another role
    found = checked.structure("Credentials")
    return RoleCredentials(
        role,
        found.text("AccessKeyId"),
        found.text("SecretAccessKey"),
        found.text("SessionToken"),
        found.expiry("Expiration", time.time()),
    )


def _identity_error(error: botocore.exceptions.ClientError) -> SsohelperError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _THROTTLED or status == 429 or status >= 500:
        return Unavailable(f"{_SERVICE} returned HTTP {status}", hint=_LATER)
    if not code.isalnum():
        return invalid_response(_SERVICE)
    if code in _REJECTED_SOURCE:
        return SourceRejected(f"{_SERVICE} rejected the credentials: {code}", hint=_CHECK_CLOCK)
    problem, hint = _PROBLEMS.get(code, ("the request", _CHECK_ENDPOINT))
    return Failed(f"{_SERVICE} rejected {problem}: {code}", hint=hint)


def _from_response(
    error: botocore.exceptions.ClientError, credentials: RoleCredentials, role: AssumedRole
) -> SsohelperError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    source, assumed = credentials.role.label, f"{role.label} (profile {role.profile!r})"
    if code in _THROTTLED or status == 429:
        return Unavailable(f"{_SERVICE} is throttling requests for {assumed}", hint=_WAIT)
    if status >= 500:
        return Unavailable(f"{_SERVICE} returned HTTP {status} for {assumed}", hint=_LATER)
    if not code.isalnum():  # the error of a proxy or a captive portal
        return invalid_response(_SERVICE)
    if code in _DENIED:
        return AssumeRoleDenied(f"{source} is not allowed to assume {assumed}", hint=_NOT_ALLOWED)
    if code in _REJECTED_SOURCE:
        message = f"{_SERVICE} rejected the credentials of {source} for {assumed}: {code}"
        return SourceRejected(message, hint=_CHECK_CLOCK)
    problem, hint = _PROBLEMS.get(code, _REQUEST_PROBLEM)
    return Failed(f"{_SERVICE} rejected {problem} for {assumed}: {code}", hint=hint)


def _first_problem(error: botocore.exceptions.ParamValidationError) -> str:
    """The first line that says what is wrong; it names the parameter and quotes at most its value."""
    lines = str(error.kwargs.get("report", "")).splitlines()
    return lines[0].rstrip(".") if lines else "the request is not valid"
