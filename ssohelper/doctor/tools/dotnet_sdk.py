"""The AWS SDK for .NET, versions 3 and 4: what they cannot read. The tests compare this with 3.7.501 and 4.1."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ssohelper.aws_config.config_text import Section
from ssohelper.doctor.tools.tool import Tool

_VERSIONS = ("3", "4")
_HEADER = re.compile(r"\s*\[.*\]\s*")
_PROFILE_HEADER = re.compile(r"\s*profile\s+(.*?)\s*")
_BOOLEANS = frozenset(
    (
        "disable_request_compression",
        "endpoint_discovery_enabled",
        "ignore_configured_endpoint_urls",
        "s3_disable_express_session_auth",
        "s3_disable_multiregion_access_points",
        "s3_use_arn_region",
        "use_dualstack_endpoint",
        "use_fips_endpoint",
    )
)
_WHOLE_NUMBERS = {"max_attempts": range(1, 2**31), "request_min_compression_size_bytes": range(10485761)}
_CHECKSUMS = frozenset(("when_supported", "when_required"))
_REGIONAL = frozenset(("legacy", "regional"))
_CHOICES = {
    "account_id_endpoint_mode": frozenset(("preferred", "disabled", "required")),
    "ec2_metadata_service_endpoint_mode": frozenset(("ipv4", "ipv6")),
    "request_checksum_calculation": _CHECKSUMS,
    "response_checksum_validation": _CHECKSUMS,
    "s3_us_east_1_regional_endpoint": _REGIONAL,
}
_MODES = frozenset(("standard", "adaptive"))
_KEYS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
_ROLES = ("credential_source", "external_id", "mfa_serial", "role_arn", "role_session_name", "source_profile")
# The kinds of profiles: the first of these options that is set decides.
_SOURCES = ("sso_account_id", "credential_process", "source_profile", "role_arn", "aws_access_key_id")
# By kind, the options with which it does not find the profile, and the versions that do not.
_NOT_BESIDE: dict[str, dict[tuple[str, ...], tuple[str, ...]]] = {
    "credential_process": {
        (*_KEYS, *_ROLES, "web_identity_token_file"): _VERSIONS,
        ("endpoint_url", "services"): ("3",),
    },
    "source_profile": {(*_KEYS, "credential_source", "web_identity_token_file"): _VERSIONS},
    "role_arn": {_KEYS: _VERSIONS},
    "aws_access_key_id": {(*_ROLES, "web_identity_token_file"): _VERSIONS},
}
# A profile has credentials if all options of one group are set.
_COMPLETE = (
    *(("aws_access_key_id", "aws_secret_access_key"), ("credential_process",), ("sso_account_id", "sso_role_name")),
    *(("role_arn", each) for each in ("source_profile", "credential_source", "web_identity_token_file")),
)


class Obstacle(NamedTuple):
    """An option that keeps some versions from finding its profile; `what` describes the problem."""

    key: str
    what: str
    versions: tuple[str, ...]


def named(versions: tuple[str, ...]) -> str:
    """These versions of the SDK as messages name them."""
    return TOOL.name if versions == _VERSIONS else f"version {versions[0]} of {TOOL.name}"


def refuses(line: str) -> bool:
    """Whether the SDK refuses the file with this line: it then finds no profile at all.

    Any line with `=` is an option to it, even an indented one.
    """
    return "=" not in line and line.strip()[:1] not in ("", "#", ";") and _HEADER.fullmatch(line) is None


def recognizes_header(line: str) -> bool:
    """Whether it recognizes the line of a header that botocore reads: nothing may follow the bracket."""
    return _HEADER.fullmatch(line) is not None


def obstacles(options: Mapping[str, str]) -> Iterator[Obstacle]:
    """What keeps it from finding a profile with these options, in their order."""
    for key, value in options.items():
        versions = tuple(each for each in _VERSIONS if not _takes(key, value, each))
        if versions:
            yield Obstacle(key, f"{key} = {value} is not valid in every SDK", versions)
    source = next((key for key in _SOURCES if options.get(key)), "")
    for keys, versions in _NOT_BESIDE.get(source, {}).items():
        for key in keys:
            if options.get(key):
                yield Obstacle(key, f"{key} is set beside {source}", versions)


def gives_credentials(options: Mapping[str, str]) -> bool:
    """Whether version 3 gets credentials of a profile with these options, or tries to."""
    complete = any(all(map(options.get, keys)) for keys in _COMPLETE)
    return complete and not any("3" in each.versions for each in obstacles(options))


def _takes(key: str, value: str, version: str) -> bool:
    """Whether a version takes the value of an option; empty values count."""
    plain = value.strip().lower()
    if key in _BOOLEANS or (key == "ec2_metadata_v1_disabled" and version == "3"):
        return plain in ("true", "false")
    if key in _WHOLE_NUMBERS:
        return bool(re.fullmatch(r"\+?[0-9]+", plain)) and int(plain) in _WHOLE_NUMBERS[key]
    if key == "retry_mode":
        return plain in _MODES or (plain == "legacy" and version == "3")
    if key == "sts_regional_endpoints" and version == "3":
        return plain in _REGIONAL
    return plain in _CHOICES.get(key, (plain,))


def profile_name(section: Section) -> str:
    """The name under which it knows a profile of the config file, quotes and backslashes included."""
    found = _PROFILE_HEADER.fullmatch(section.header)
    return found[1] if found else section.header


TOOL = Tool("the SDK for .NET", finds_profile=lambda section: profile_name(section) == section.name)
# It prefers a profile to keys in the environment.
VERSION_3 = named(("3",))
