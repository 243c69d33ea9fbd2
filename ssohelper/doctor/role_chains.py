"""Chained profiles: they assume a role, and start at one of IAM Identity Center, or with access keys."""

from collections.abc import Iterator

from ssohelper.aws_config import resolve
from ssohelper.doctor.checkup import Checkup
from ssohelper.findings import Finding
from ssohelper.roles import LONGEST_CHAINED_SECONDS, AssumedRole


def check_region(checkup: Checkup) -> Iterator[Finding]:
    """Chained profiles without a region, which STS needs."""
    if any(checkup.environment.get(name) for name in ("AWS_DEFAULT_REGION", "AWS_REGION")):
        return
    for section in checkup.profiles:
        options = checkup.files.profiles[section.name]
        if options.text("region") or not isinstance(
            resolve.role_of_profile(checkup.files, section.name), AssumedRole
        ):
            continue
        yield Finding(
            kind="chain-without-region",
            message=f"profile {section.name!r} assumes a role, but has no region",
            affects="every tool that uses the profile: STS needs a region, and that of source_profile does not count",
            severity="warning",
            fix=checkup.config.edit(section),
            file=checkup.config.path,
            line=section.first + 1,
            profile=section.name,
        )


def check_duration(checkup: Checkup) -> Iterator[Finding]:
    """Durations longer than AWS allows with role chaining."""
    for name, options in checkup.files.profiles.items():
        value = options.get("duration_seconds")
        role = resolve.role_of_profile(checkup.files, name) if value else None
        if value is None or not isinstance(role, AssumedRole):
            continue
        if role.is_chained and int(dict(role.arguments).get("DurationSeconds", 0)) > LONGEST_CHAINED_SECONDS:
            file = checkup.file_of(value)
            yield Finding(
                kind="duration-too-long",
                message=f"profile {name!r}: duration_seconds is {value.text}, but role chaining allows at most 3600",
                affects="the AWS CLI and SDKs: STS rejects the request; ssohelper requests 1h",
                fix=file.edit(value.option)  # other profiles inherit it
                if value.inherited
                else file.set_value(value.option, str(LONGEST_CHAINED_SECONDS)),
                file=file.path,
                line=value.option.first + 1,
                profile=name,
            )
