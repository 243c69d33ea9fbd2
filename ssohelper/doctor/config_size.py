"""The size of the config file, which every AWS tool reads from start to end."""

from collections.abc import Iterator

from ssohelper.aws_config import config_text
from ssohelper.doctor import fixes
from ssohelper.doctor.checkup import Checkup
from ssohelper.findings import Finding

# Measured with botocore.configloader.load_config on one core: 0.13 ms for each profile of 180 bytes, which is about
# half a second for 4,000 profiles.
_SLOW_PROFILES = 4000
_SLOW_BYTES = _SLOW_PROFILES * 180


def check(checkup: Checkup) -> Iterator[Finding]:
    """A config file that slows down every AWS tool by about half a second or more."""
    profiles, size = len(checkup.profiles), len(config_text.unparse(checkup.config.text))
    if profiles >= _SLOW_PROFILES or size >= _SLOW_BYTES:
        yield Finding(
            kind="large-config",
            message=f"the config file has {profiles:,} profiles ({size / 1e6:.1f} MB): reading it is slow",
            affects="the AWS CLI and programs that use boto3: each start takes about half a second longer",
            fix=f"{fixes.open_editor(checkup.settings.path)}  # include only what you use, then: ssohelper sync",
            severity="warning",
            file=checkup.config.path,
        )
