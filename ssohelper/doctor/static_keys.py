"""Access keys that override the role or the program of a profile."""

from collections.abc import Iterator

from ssohelper.aws_config.config_text import Section
from ssohelper.doctor.checkup import AwsFile, Checkup, option_of
from ssohelper.findings import Finding


def check(checkup: Checkup) -> Iterator[Finding]:
    """Access keys of profiles that have another source, in the config file and in the credentials file."""
    shared = {each.header: each for each in checkup.credentials.text.sections}
    for section in checkup.profiles:
        yield from _in_file(section, section, checkup.config, in_credentials=False)
        if section.name in shared:
            yield from _in_file(section, shared[section.name], checkup.credentials, in_credentials=True)


def _in_file(profile: Section, section: Section, file: AwsFile, *, in_credentials: bool) -> Iterator[Finding]:
    values = profile.values()
    role, program = values.get("sso_role_name"), values.get("credential_process")
    key = option_of(section, "aws_access_key_id")
    if key is None or not (role or program):
        return
    overrides_in_botocore = in_credentials and not role
    sdks = "the SDKs for JavaScript and Go"
    yield Finding(
        kind="static-keys",
        message=f"access keys override the {'role' if role else 'credential_process'} of profile {profile.name!r}",
        affects=f"the AWS CLI, boto3, {sdks}" if overrides_in_botocore else sdks,
        fix=file.comment_out(key),
        severity="error" if overrides_in_botocore else "warning",
        file=file.path,
        line=key.first + 1,
        profile=profile.name,
    )
