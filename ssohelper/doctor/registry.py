"""All checks, in the order in which their findings are shown; those in the config file are sorted by line."""

from ssohelper.doctor import (
    agent,
    config_size,
    config_syntax,
    credential_process,
    default_profile,
    environment,
    file_modes,
    legacy_profiles,
    output_format,
    profile_roles,
    regions,
    section_headers,
    sessions,
    settings_file,
    sign_ins,
    source_profile,
    static_keys,
)
from ssohelper.doctor.checkup import Check
from ssohelper.doctor.sign_ins import SignInCheck

# The checks below these two are skipped if the config file cannot be read.
SYNTAX_CHECKS: tuple[Check, ...] = (config_syntax.check_config,)
INDEPENDENT_CHECKS: tuple[Check, ...] = (
    environment.check_files,
    settings_file.check_valid,
    settings_file.check_programs,
    file_modes.check_secrets,
    file_modes.check_trusted,
    config_syntax.check_credentials,
    agent.check,
)
CONFIG_CHECKS: tuple[Check, ...] = (
    sessions.check_configured,
    section_headers.check,
    sessions.check_complete,
    profile_roles.check_complete,
    profile_roles.check_account_ids,
    sessions.check_profiles,
    legacy_profiles.check,
    credential_process.check,
    default_profile.check,
    source_profile.check,
    static_keys.check,
    regions.check_profiles,
    output_format.check,
    environment.check_keys,
    environment.check_profile,
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
