"""The output format of profiles."""

from collections.abc import Iterator

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
        near = did_you_mean(option.value, OUTPUT_FORMATS)
        yield Finding(
            kind="unknown-output",
            message=f"profile {section.name!r}: not a valid output format: {option.value}{near}",
            affects="the AWS CLI: it sends the request, and then cannot print the result",
            fix=checkup.config.edit(option) if near else checkup.config.comment_out(option),
            file=checkup.config.path,
            line=option.first + 1,
            profile=section.name,
        )
