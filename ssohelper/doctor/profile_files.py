"""CA bundles and client certificates that profiles name and that do not exist."""

from collections.abc import Iterator
from pathlib import Path

from ssohelper.doctor.checkup import Checkup
from ssohelper.findings import Finding

_KEYS = ("ca_bundle", "proxy_ca_bundle", "proxy_client_cert")


def check(checkup: Checkup) -> Iterator[Finding]:
    """The files of each profile."""
    for name, options in checkup.files.profiles.items():
        for key in _KEYS:
            value = options.get(key)
            if value and value.text and not Path(value.text).exists():
                file = checkup.file_of(value)
                yield Finding(
                    kind="file-not-found",
                    message=f"profile {name!r}: {key}: file not found: {value.text}",
                    affects="the AWS CLI, boto3, and ssohelper with this profile",
                    fix=file.edit(value.option),
                    file=file.path,
                    line=value.option.first + 1,
                    profile=name,
                )
