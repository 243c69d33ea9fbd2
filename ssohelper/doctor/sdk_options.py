"""Options that botocore takes, and because of which another SDK does not find the profile."""

from collections.abc import Iterator

from ssohelper.aws_config.merged import source_chain
from ssohelper.doctor.checkup import Checkup
from ssohelper.doctor.tools import dotnet_sdk
from ssohelper.findings import Finding


def check(checkup: Checkup, profile: str) -> Iterator[Finding]:
    """Such options of a profile, and of the profiles in its `source_profile` chain."""
    for name in source_chain(profile, checkup.files.profiles):
        values = checkup.files.profiles[name].values
        for each in dotnet_sdk.obstacles({key: value.text for key, value in values.items()}):
            value = values[each.key]
            yield Finding(
                kind="option-not-portable",
                message=each.what,
                affects=f"{dotnet_sdk.named(each.versions)}: profile not found",
                fix=checkup.file_of(value).edit(value.option),
                severity="warning",
                file=checkup.file_of(value).path,
                line=value.option.first + 1,
                profile=name,
            )
