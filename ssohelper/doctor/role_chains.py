"""Profiles that assume a role on top of one of IAM Identity Center."""

from collections.abc import Iterator

from ssohelper.aws_config import resolve
from ssohelper.doctor.checkup import Checkup
from ssohelper.findings import Finding
from ssohelper.model import LONGEST_CHAINED_SECONDS, AssumedRole


def check(checkup: Checkup) -> Iterator[Finding]:
    """Durations that STS refuses after another role."""
    for name, options in checkup.files.profiles.items():
        value = options.get("duration_seconds")
        role = resolve.role_of_profile(checkup.files, name) if value else None
        if value is None or not isinstance(role, AssumedRole):
            continue
        if int(dict(role.arguments).get("DurationSeconds", 0)) > LONGEST_CHAINED_SECONDS:
            file = checkup.file_of(value)
            yield Finding(
                kind="duration-too-long",
                message=f"profile {name!r}: duration_seconds is {value.text}, but a role that another role assumes"
                " is valid for at most 3600",
                affects="the AWS CLI and SDKs: STS refuses them the role; ssohelper asks for an hour",
                fix=file.set_value(value.option, str(LONGEST_CHAINED_SECONDS)),
                file=file.path,
                line=value.option.first + 1,
                profile=name,
            )
