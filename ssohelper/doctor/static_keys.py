"""Access keys that override the role or the program of a profile."""

from collections.abc import Iterator

from ssohelper.aws_config.config_text import Section
from ssohelper.doctor.checkup import AwsFile, Checkup, option_of
from ssohelper.findings import Finding

_KEYS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")


def check(checkup: Checkup) -> Iterator[Finding]:
    """Access keys of profiles that have another source, in the config file and in the credentials file."""
    shared = {each.header: each for each in checkup.credentials.text.sections}
    for section in checkup.profiles:
        yield from _in_file(checkup, section, section, checkup.config)
        if section.name in shared:
            yield from _in_file(checkup, section, shared[section.name], checkup.credentials)


def _in_file(checkup: Checkup, profile: Section, section: Section, file: AwsFile) -> Iterator[Finding]:
    values = profile.values()
    role, program = values.get("sso_role_name"), values.get("credential_process")
    key = option_of(section, "aws_access_key_id")
    if key is None or not (role or program):
        return
    works = bool(role) or (program is not None and checkup.which(program.split(maxsplit=1)[0]) is not None)
    in_credentials = section is not profile
    overrides_in_botocore = in_credentials and not role
    sdks = "the SDKs for JavaScript and Go"
    yield Finding(
        kind="static-keys",
        message=f"access keys override the {'role' if role else 'credential_process'} of profile {profile.name!r}",
        affects=f"the AWS CLI, boto3, {sdks}" if overrides_in_botocore else sdks,
        fix=file.comment_out(*(each for each in section.options if each.key in _KEYS)) if works else file.edit(key),
        severity="error" if overrides_in_botocore else "warning",
        file=file.path,
        line=key.first + 1,
        profile=profile.name,
    )
