"""The `source_profile` of profiles that assume a role."""

from collections.abc import Iterator

from ssohelper.doctor.checkup import Checkup, option_of
from ssohelper.errors import did_you_mean
from ssohelper.findings import Finding


def check(checkup: Checkup) -> Iterator[Finding]:
    """Profiles whose source does not exist."""
    known = checkup.profile_names
    for section in checkup.profiles:
        option = option_of(section, "source_profile")
        if option is None or option.value in known or not option_of(section, "role_arn"):
            continue
        others = known - {section.name}
        yield Finding(
            kind="source-profile-not-found",
            message=f"profile {section.name!r} names source_profile {option.value!r}, which does not exist"
            + did_you_mean(option.value, others),
            affects="every tool that uses the profile",
            fix=checkup.config.edit(option),
            file=checkup.config.path,
            line=option.first + 1,
            profile=section.name,
        )
