"""The request by which a profile assumes a role, from its options, as botocore makes it. Pure.

Source: `botocore.credentials.AssumeRoleProvider` (1.44). A profile that STS would always reject is refused.
"""

from collections.abc import Iterator
from contextlib import suppress

from ssohelper.aws_config.credential_source import refuse
from ssohelper.aws_config.merged import Merged
from ssohelper.roles import AccessKeysRef, AssumedRole, CredentialSource, is_role_arn


def assumed_role(options: Merged, source: CredentialSource | AccessKeysRef, settings_profile: str) -> AssumedRole:
    """The role that a profile assumes with credentials of `source`; `settings_profile` is the requested profile.

    Raises `Refused`.
    """
    role_arn, mfa = options.get("role_arn"), options.get("mfa_serial")
    assert role_arn is not None
    if not is_role_arn(role_arn.text):
        refuse(options, role_arn, f"has an invalid role_arn: {role_arn.text!r} (expected arn:aws:iam::ID:role/NAME)")
    if mfa is not None and not isinstance(source, AccessKeysRef):
        # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (SerialNumber): the device of the
        # user who calls, and a role session has none.
        refuse(options, mfa, "has mfa_serial, but its source is a role, which has no MFA device")
    if mfa is not None and not mfa.text:
        refuse(options, mfa, "has an empty mfa_serial")
    for key in ("external_id", "role_session_name", "mfa_serial"):
        value = options.get(key)
        if value and value.nested:
            refuse(options, value, f"has a block of options as {key}")
        if value and not value.text.isprintable():
            refuse(options, value, f"has an invalid {key}: {value.text!r}")
    return AssumedRole(options.name, settings_profile, source, tuple(sorted(_arguments(options, role_arn.text))))


def _arguments(options: Merged, role_arn: str) -> Iterator[tuple[str, str | int]]:
    """The arguments of the request, as botocore makes them."""
    yield "RoleArn", role_arn
    if session_name := options.text("role_session_name"):
        yield "RoleSessionName", session_name
    external_id = options.text("external_id")
    if external_id is not None:
        yield "ExternalId", external_id
    mfa_serial = options.text("mfa_serial")
    if mfa_serial is not None:
        yield "SerialNumber", mfa_serial
    with suppress(TypeError, ValueError):  # botocore ignores it then
        yield "DurationSeconds", int(options.text("duration_seconds") or "")
