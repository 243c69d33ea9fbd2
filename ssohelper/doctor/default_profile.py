"""The default profile, which has two possible headers."""

from collections.abc import Iterator

from ssohelper.doctor.checkup import Checkup
from ssohelper.findings import Finding


def check(checkup: Checkup) -> Iterator[Finding]:
    """Whether the default profile is there under both of its headers."""
    both = [each for each in checkup.profiles if each.name == "default"]
    if len(both) > 1:
        first, last = both[0], both[-1]
        yield Finding(
            kind="two-defaults",
            message=f"the default profile is defined twice, as [{first.header}] and as [{last.header}]",
            affects="the AWS CLI and boto3 use the later one, other SDKs [profile default]",
            fix=checkup.config.comment_out(first),
            # If the later one is [profile default], all tools use the same.
            severity="error" if last.header == "default" else "warning",
            file=checkup.config.path,
            line=first.first + 1,
            profile="default",
        )
