"""Options that botocore takes, and because of which another SDK does not find the profile."""

from collections.abc import Iterator

from ssohelper.doctor.checkup import Checkup
from ssohelper.doctor.tools import dotnet_sdk
from ssohelper.findings import Finding


def check(checkup: Checkup, profile: str) -> Iterator[Finding]:
    """Such options of one profile, and of those whose role it starts at."""
    profiles, visited, name = checkup.files.profiles, set[str](), profile
    while name in profiles and name not in visited:
        visited.add(name)
        values = profiles[name].values
        for each in dotnet_sdk.obstacles({key: value.text for key, value in values.items()}):
            value = values[each.key]
            yield Finding(
                kind="option-not-portable",
                message=each.what,
                affects=f"{each.sdk}: profile not found",
                fix=checkup.file_of(value).edit(value.option),
                severity="warning",
                file=checkup.file_of(value).path,
                line=value.option.first + 1,
                profile=name,
            )
        source = values.get("source_profile")
        name = source.text if source else ""
