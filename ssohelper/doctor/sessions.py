"""`[sso-session]` sections, and the sessions that profiles name."""

from collections.abc import Iterator

from ssohelper import hints
from ssohelper.aws_config import sso_session
from ssohelper.aws_config.config_text import MARK, Option, Section
from ssohelper.aws_config.merged import Merged, Value
from ssohelper.doctor import damaged_values, tools
from ssohelper.doctor.checkup import AwsFile, Checkup, option_of
from ssohelper.errors import did_you_mean
from ssohelper.findings import Change, Finding
from ssohelper.model import DEFAULT_SCOPE


def check_configured(checkup: Checkup) -> Iterator[Finding]:
    """Whether anything is configured."""
    if not checkup.profile_names and not any(checkup.config.text.of_kind("sso-session")):
        yield Finding(
            kind="nothing-configured",
            message="no sso-session and no profile configured",
            affects="you: there is nothing to sign in to",
            fix="ssohelper setup",
            severity="warning",
        )


def check_complete(checkup: Checkup) -> Iterator[Finding]:
    """Sessions without a start URL or a region; the cached token has both."""
    for section in checkup.config.text.of_kind("sso-session"):
        values = section.values()
        missing = [key for key in ("sso_start_url", "sso_region") if not values.get(key)]
        if missing:
            token = checkup.token_data(section.name)
            options = (
                ("--start-url", values.get("sso_start_url") or str(token.get("startUrl") or "")),
                ("--region", values.get("sso_region") or str(token.get("region") or "")),
            )
            known = [word for option, value in options if value for word in (option, value)]
            yield Finding(
                kind="incomplete-session",
                message=f"sso-session {section.name!r} has no {' and no '.join(missing)}",
                affects="every tool that uses one of its profiles",
                fix=hints.command("configure", "--session", section.name, *known),
                file=checkup.config.path,
                line=section.first + 1,
            )


def check_values(checkup: Checkup) -> Iterator[Finding]:
    """Start URLs and regions that are valid without quotes, a comment or invisible characters."""
    valid = {"sso_start_url": sso_session.is_start_url, "sso_region": checkup.identity_center_regions.__contains__}
    for section in checkup.config.text.of_kind("sso-session"):
        for option in section.options:
            is_valid = valid.get(option.key)
            if is_valid and (meant := damaged_values.meant(option.value, is_valid)):
                yield Finding(
                    kind="damaged-value",
                    message=f"sso-session {section.name!r}: {option.key} = {option.value} is not valid"
                    + damaged_values.note(option.value),
                    affects="every tool that uses one of its profiles",
                    fix=checkup.config.set_value(option, meant),
                    file=checkup.config.path,
                    line=option.first + 1,
                )


def check_scopes(checkup: Checkup) -> Iterator[Finding]:
    """Sessions whose tokens do not give access to accounts."""
    for section in checkup.config.text.of_kind("sso-session"):
        option = option_of(section, "sso_registration_scopes")
        scopes = [each.strip() for each in option.value.split(",")] if option else []
        if option and DEFAULT_SCOPE not in scopes:
            yield Finding(
                kind="missing-scope",
                message=f"sso-session {section.name!r}: sso_registration_scopes has no {DEFAULT_SCOPE}",
                affects="every tool that uses one of its profiles: a token without it gives no role credentials",
                fix=checkup.config.set_value(option, ",".join([*filter(None, scopes), DEFAULT_SCOPE])),
                severity="warning",
                file=checkup.config.path,
                line=option.first + 1,
            )


def check_profiles(checkup: Checkup) -> Iterator[Finding]:
    """Profiles whose session is not configured, or has other values than the profile."""
    files = checkup.files
    for section in checkup.profiles:
        option = option_of(section, "sso_session") or option_of(section, MARK)
        if option is None:
            continue
        session = files.sessions.get(option.value)
        if session is None:
            yield Finding(
                kind="session-not-found",
                message=f"profile {section.name!r} names sso-session {option.value!r}, which is not configured"
                + did_you_mean(option.value, files.sessions),
                affects="every tool that uses the profile",
                fix=_other_session(checkup, option, list(files.sessions)),
                file=checkup.config.path,
                line=option.first + 1,
                profile=section.name,
            )
        elif option.key != MARK:
            yield from _conflicts(checkup, section, session)


def _other_session(checkup: Checkup, option: Option, known: list[str]) -> Change | str:
    if meant := damaged_values.meant(option.value, known.__contains__):
        return checkup.config.set_value(option, meant)
    near = did_you_mean(option.value, known)
    if near and len(known) == 1:
        return checkup.config.set_value(option, known[0])
    if near:
        return checkup.config.edit(option)
    return hints.command("configure", "--session", option.value)


def _conflicts(checkup: Checkup, profile: Section, session: Merged) -> Iterator[Finding]:
    """Options whose values differ between profile and session: botocore refuses the profile."""
    merged = checkup.files.profiles[profile.name]
    for key, theirs in session.values.items():
        own = merged.get(key)
        if own is None or own.parsed == theirs.parsed:
            continue
        file = checkup.file_of(own)
        yield Finding(
            kind="session-conflict",
            message=f"profile {profile.name!r}: {key} differs from sso-session {session.name!r} ({theirs.place})",
            affects=f"{tools.BOTOCORE}: they refuse the profile",
            fix=_resolve_conflict(checkup, file, own, theirs),
            file=file.path,
            line=own.option.first + 1,
            profile=profile.name,
        )


def _resolve_conflict(checkup: Checkup, file: AwsFile, own: Value, theirs: Value) -> Change | str:
    """Comment out the profile's `sso_` option, or else the session's option, which has no effect there."""
    if own.option.key.startswith("sso_") and not own.inherited:
        return file.comment_out(own.option)
    if not theirs.inherited and not own.option.key.startswith("sso_"):
        return checkup.config.comment_out(theirs.option)
    return file.edit(own.option)
