"""AWS Security Token Service (STS): AssumeRole, GetCallerIdentity, DecodeAuthorizationMessage."""

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import botocore.exceptions

from ssohelper.errors import AssumeRoleDenied, BadInput, Failed, SourceRejected, SsohelperError, Unavailable
from ssohelper.identity_center import clients, signed_requests
from ssohelper.identity_center.errors import check_not_html, invalid_response, translate_errors
from ssohelper.identity_center.profile_clients import Keys, ProfileClients
from ssohelper.identity_center.responses import Response
from ssohelper.roles import LONGEST_CHAINED_SECONDS, AssumedRole, RoleCredentials

_SERVICE = "STS"
_WAIT = "wait a minute, then run the command again"
_NOT_ALLOWED = (
    "check role_arn and external_id; the source needs sts:AssumeRole, and the role's trust policy must allow it"
)
# How the message begins if the code or the device is wrong, or the code was used before; the error is AccessDenied.
_MFA_FAILED = "MultiFactorAuthentication failed"
_NEW_CODE = "check mfa_serial, then run the command again with the next code of the device"
_REQUEST_PROBLEM = (
    "the request",
    "check role_arn, external_id, role_session_name and duration_seconds of the profile",
)


class CallerIdentity(NamedTuple):
    """Who a key belongs to, as STS says."""

    account_id: str
    arn: str
    user_id: str


class Sts:
    """STS with the settings of one profile."""

    def __init__(self, profile: ProfileClients) -> None:
        self._clients = profile

    def assume_role(self, keys: Keys, role: AssumedRole, mfa_code: str | None = None) -> RoleCredentials:
        """Assume a role with the keys of its source; `mfa_code` is needed if it has an `mfa_serial`.

        Raises `AssumeRoleDenied`, `SourceRejected`, `BadInput` for invalid options of the profile, `Failed` if STS
        rejects the request or its signature, `Unavailable`.
        """
        arguments = dict(role.arguments) | ({"TokenCode": mfa_code} if mfa_code else {})
        arguments.setdefault("RoleSessionName", f"botocore-session-{int(time.time())}")
        if "DurationSeconds" in arguments and role.is_chained:
            arguments["DurationSeconds"] = min(int(arguments["DurationSeconds"]), LONGEST_CHAINED_SECONDS)
        with translate_errors(_SERVICE):
            try:
                response = clients.whole_response(self._client(keys).assume_role, _SERVICE, **arguments)
                check_not_html(response, _SERVICE)
            except botocore.exceptions.ClientError as error:
                raise _from_response(error, role) from error
            except botocore.exceptions.NoRegionError as error:
                name = self._clients.profile
                raise BadInput(
                    f"profile {name!r} has no region, and STS needs one (not that of its source profile)",
                    hint="set region in the profile, or AWS_DEFAULT_REGION",
                ) from error
            except RuntimeError as error:
                if "timezone" in str(error):  # botocore's, for a year that no calendar has
                    raise invalid_response(_SERVICE) from error
                raise
            except botocore.exceptions.ParamValidationError as error:
                raise BadInput(
                    f"profile {role.profile!r} has an invalid option: {signed_requests.first_problem(error)}",
                    hint="check external_id, role_session_name and duration_seconds of the profile",
                ) from error
        return _credentials(response, role)

    def caller_identity(self, keys: Keys) -> CallerIdentity:
        """Who the keys belong to (GetCallerIdentity). Raises as `ProfileClients.call` does."""
        found = self._clients.call("sts", _SERVICE, keys, "get_caller_identity")
        return CallerIdentity(found.text("Account"), found.text("Arn"), found.text("UserId"))

    def decode(self, keys: Keys, encoded: str) -> str:
        """The JSON in the encoded part of an access-denied message (DecodeAuthorizationMessage).

        Raises as `ProfileClients.call` does.
        """
        found = self._clients.call("sts", _SERVICE, keys, "decode_authorization_message", {"EncodedMessage": encoded})
        return found.text("DecodedMessage")

    def _client(self, keys: Keys) -> Any:
        return self._clients.client("sts", _SERVICE, keys)


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


def _from_response(error: botocore.exceptions.ClientError, role: AssumedRole) -> SsohelperError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    source, assumed = role.source.label, f"{role.label} (profile {role.profile!r})"
    if code in signed_requests.THROTTLED or status == 429:
        return Unavailable(f"{_SERVICE} is throttling requests for {assumed}", hint=_WAIT)
    if status >= 500:
        return Unavailable(f"{_SERVICE} returned HTTP {status} for {assumed}", hint=signed_requests.LATER)
    if not code.isalnum():  # the error of a proxy or a captive portal
        return invalid_response(_SERVICE)
    if code in signed_requests.DENIED:
        if str(error.response["Error"].get("Message")).startswith(_MFA_FAILED):
            message, hint = f"{_SERVICE} rejected the MFA code of {role.mfa_serial} for {assumed}", _NEW_CODE
        else:
            message, hint = f"{source} is not allowed to assume {assumed}", _NOT_ALLOWED
        return AssumeRoleDenied(message, hint=hint)
    if code in signed_requests.REJECTED_KEYS:
        message = f"{_SERVICE} rejected the credentials of {source} for {assumed}: {code}"
        of_keys = f"replace the access keys of {source}"
        return SourceRejected(message, hint=signed_requests.CHECK_CLOCK if role.is_chained else of_keys)
    problem, hint = signed_requests.PROBLEMS.get(code, _REQUEST_PROBLEM)
    if hint == signed_requests.CHECK_CLOCK and not role.is_chained:
        hint = f"check the secret access key of {source}, and the clock of this machine"
    return Failed(f"{_SERVICE} rejected {problem} for {assumed}: {code}", hint=hint)
