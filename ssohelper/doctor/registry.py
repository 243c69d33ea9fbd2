"""All checks, in the order in which their findings are shown; those in the config file are sorted by line."""

import math
from collections.abc import Iterator

from ssohelper.doctor import (
    agent,
    config_size,
    config_syntax,
    credential_process,
    credential_sources,
    credentials_file,
    default_profile,
    endpoints,
    environment,
    file_modes,
    leftover_files,
    legacy_profiles,
    misspelled_keys,
    output_format,
    portable_lines,
    profile_files,
    profile_roles,
    regions,
    role_chains,
    section_headers,
    sessions,
    settings_file,
    sign_ins,
    source_profile,
    static_keys,
)
from ssohelper.doctor.checkup import Check, Checkup
from ssohelper.doctor.credential_sources import REFUSED
from ssohelper.doctor.sign_ins import SignInCheck
from ssohelper.findings import Finding

# If one of these finds something, `CONFIG_CHECKS` and the sign-ins are skipped.
SYNTAX_CHECKS: tuple[Check, ...] = (config_syntax.check_config,)
INDEPENDENT_CHECKS: tuple[Check, ...] = (
    environment.check_empty,
    environment.check_files,
    environment.check_credentials_file,
    environment.check_paths,
    settings_file.check_valid,
    settings_file.check_programs,
    file_modes.check_modes,
    file_modes.check_owner,
    leftover_files.check,
    config_syntax.check_credentials,
    agent.check,
)
CONFIG_CHECKS: tuple[Check, ...] = (
    sessions.check_configured,
    section_headers.check,
    sessions.check_complete,
    profile_roles.check_complete,
    profile_roles.check_values,
    misspelled_keys.check,
    sessions.check_values,
    sessions.check_scopes,
    sessions.check_profiles,
    legacy_profiles.check,
    credential_process.check,
    default_profile.check,
    source_profile.check,
    role_chains.check_region,
    role_chains.check_duration,
    static_keys.check,
    regions.check_profiles,
    output_format.check,
    credentials_file.check,
    portable_lines.check,
    credential_sources.check,
    environment.check_keys,
    environment.check_default_profile,
    environment.check_web_identity,
    environment.check_proxy,
    environment.check_exec,
    endpoints.check,
    environment.check_profile,
    profile_files.check,
    environment.check_session,
    regions.check_environment,
    regions.check_settings,
    settings_file.check_sessions,
    config_size.check,
)
# For each session of the config file.
SIGN_IN_CHECKS: tuple[SignInCheck, ...] = (
    sign_ins.check_region,
    sign_ins.check_writer,
    sign_ins.check_token,
)


def has_syntax_findings(checkup: Checkup) -> bool:
    """Whether there is something wrong with the config file as a whole: what is in it is then not checked."""
    return any(True for check in SYNTAX_CHECKS for _ in check(checkup))


def findings(checkup: Checkup) -> Iterator[Finding]:
    """The findings of all checks but those of the sign-ins."""
    syntax = [each for check in SYNTAX_CHECKS for each in check(checkup)]
    yield from syntax
    for check in INDEPENDENT_CHECKS:
        yield from check(checkup)
    if not syntax:
        yield from _by_line(checkup, _without_explained([each for check in CONFIG_CHECKS for each in check(checkup)]))


def _without_explained(found: list[Finding]) -> list[Finding]:
    """The findings; a refusal only if no other error explains it."""
    explained = {each.profile for each in found if each.kind != REFUSED and each.severity == "error"}
    return [each for each in found if each.kind != REFUSED or each.profile not in explained]


def _by_line(checkup: Checkup, found: list[Finding]) -> list[Finding]:
    """The findings in the config file by line, then the others."""
    path = checkup.config.path
    return sorted(found, key=lambda each: each.line if each.file == path and each.line else math.inf)
