"""Endpoint settings that redirect a profile's requests for IAM Identity Center to a host that does not serve it.

ssohelper ignores them for these requests. botocore and the SDKs do not; they read the service's own settings first:
`AWS_ENDPOINT_URL_SSO`, and `sso` in the `services` section.
"""

from collections.abc import Iterator

from ssohelper import hints
from ssohelper.aws_config.merged import Merged, Value
from ssohelper.doctor.checkup import Checkup
from ssohelper.findings import Finding
from ssohelper.identity_center import network

_SETTINGS = {
    "endpoint_url": "requests for IAM Identity Center go to that URL, too",
    "use_fips_endpoint": "IAM Identity Center has FIPS endpoints in few regions",
    "use_dualstack_endpoint": "few start URLs have a dual-stack endpoint",
}
_VARIABLES = {
    "AWS_ENDPOINT_URL": "endpoint_url",
    "AWS_USE_FIPS_ENDPOINT": "use_fips_endpoint",
    "AWS_USE_DUALSTACK_ENDPOINT": "use_dualstack_endpoint",
}
_AFFECTS = "the AWS CLI and the SDKs: they get no credentials for profiles of the style sso"


def check(checkup: Checkup) -> Iterator[Finding]:
    """Such settings in the environment, and in profiles with a role."""
    if checkup.environment.get("AWS_ENDPOINT_URL_SSO"):
        return
    for variable, key in _VARIABLES.items():
        value = checkup.environment.get(variable)
        if value and (key == "endpoint_url" or value.lower() == "true"):
            yield Finding(
                kind="endpoint-override",
                message=f"{variable} = {network.without_password(value)}: {_SETTINGS[key]}",
                affects=_AFFECTS,
                fix=hints.unset(variable),
                severity="warning",
            )
    for name, options in checkup.files.profiles.items():
        if options.text("sso_role_name") and not _has_own_endpoint(checkup, options):
            for key in _SETTINGS:
                value_of_key = options.get(key)
                if value_of_key and (key == "endpoint_url" or value_of_key.text.lower() == "true"):
                    yield _in_profile(checkup, name, value_of_key)


def _has_own_endpoint(checkup: Checkup, options: Merged) -> bool:
    """Whether the profile's `services` section has an endpoint for `sso`."""
    name = options.text("services")
    sections = [each for each in checkup.config.text.of_kind("services") if each.name == name]
    return any("endpoint_url" in each.values().get("sso", "") for each in sections)


def _in_profile(checkup: Checkup, name: str, value: Value) -> Finding:
    key = value.option.key
    file = checkup.file_of(value)
    return Finding(
        kind="endpoint-override",
        message=f"profile {name!r} has {key} = {network.without_password(value.text)}: {_SETTINGS[key]}",
        affects=_AFFECTS,
        fix=file.edit(value.option),
        severity="warning",
        file=file.path,
        line=value.option.first + 1,
        profile=name,
    )
