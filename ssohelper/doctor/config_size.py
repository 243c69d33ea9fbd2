"""The size of the config file, which every AWS tool reads from start to end."""

from collections.abc import Iterator

from ssohelper.aws_config import config_text
from ssohelper.doctor import fixes
from ssohelper.doctor.checkup import Checkup
from ssohelper.findings import Finding

# Measured with botocore.configloader.load_config: 0.05 ms for each profile of 180 bytes on a fast core, 0.13 ms on a
# slow one, in either style.
_SECONDS_PER_PROFILE, _BYTES_PER_PROFILE = 0.00013, 180
_SLOW_PROFILES = 4000


def check(checkup: Checkup) -> Iterator[Finding]:
    """A config file that slows down every AWS tool by about half a second or more."""
    profiles, size = len(checkup.profiles), len(config_text.unparse(checkup.config.text))
    equivalent = max(profiles, size // _BYTES_PER_PROFILE)
    if equivalent >= _SLOW_PROFILES:
        yield Finding(
            kind="large-config",
            message=f"the config file has {profiles:,} profiles ({size / 1e6:.1f} MB):"
            f" reading it takes up to {equivalent * _SECONDS_PER_PROFILE:.1f} s",
            affects="the AWS CLI and programs that use boto3, at each start",
            fix=f"{fixes.open_editor(checkup.settings.path)}  # include only what you use, then: ssohelper sync",
            severity="warning",
            file=checkup.config.path,
        )
