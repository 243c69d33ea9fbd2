"""The output format of profiles."""

from collections.abc import Iterator

from ssohelper.doctor import damaged_values
from ssohelper.doctor.checkup import Checkup, option_of
from ssohelper.errors import did_you_mean
from ssohelper.findings import Finding
from ssohelper.settings.checks import OUTPUT_FORMATS


def check(checkup: Checkup) -> Iterator[Finding]:
    """Output formats that the AWS CLI does not know."""
    for section in checkup.profiles:
        option = option_of(section, "output")
        if option is None or option.value in OUTPUT_FORMATS:
            continue
        meant = damaged_values.meant(option.value, OUTPUT_FORMATS.__contains__)
        near = "" if meant else did_you_mean(option.value, OUTPUT_FORMATS)
        yield Finding(
            kind="unknown-output",
            message=f"profile {section.name!r}: not a valid output format: {option.value}"
            + (damaged_values.note(option.value) or near),
            affects="the AWS CLI: it sends the request, and then cannot print the result",
            fix=checkup.config.repair(option, meant, near=bool(near)),
            file=checkup.config.path,
            line=option.first + 1,
            profile=section.name,
        )
