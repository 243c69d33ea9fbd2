"""`[sso-session]` sections, and the sessions that profiles name."""

import shlex
from collections.abc import Iterator

from ssohelper.aws_config.config_text import MARK, Option, Section
from ssohelper.doctor.checkup import Checkup, option_of
from ssohelper.errors import did_you_mean
from ssohelper.findings import Finding


def check_configured(checkup: Checkup) -> Iterator[Finding]:
    """Whether anything is configured."""
    if not checkup.profile_names and not any(checkup.config.text.of_kind("sso-session")):
        yield Finding(
            kind="nothing-configured",
            message="no sso-session and no profile configured",
            affects="you: there is nothing to sign in to",
            fix="ssohelper configure",
            severity="warning",
        )


def check_complete(checkup: Checkup) -> Iterator[Finding]:
    """Sessions without a start URL or a region; a token that was signed in for has both."""
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
                fix=shlex.join(["ssohelper", "configure", "--session", section.name, *known]),
                file=checkup.config.path,
                line=section.first + 1,
            )


def check_profiles(checkup: Checkup) -> Iterator[Finding]:
    """Profiles whose session is not configured, or has other values than the profile."""
    known = {each.name: each for each in checkup.config.text.of_kind("sso-session")}
    for section in checkup.profiles:
        option = option_of(section, "sso_session") or option_of(section, MARK)
        if option is None:
            continue
        if option.value not in known:
            yield Finding(
                kind="session-not-found",
                message=f"profile {section.name!r} names sso-session {option.value!r}, which is not configured"
                + did_you_mean(option.value, known),
                affects="every tool that uses the profile",
                fix=_other_session(checkup, option, list(known)),
                file=checkup.config.path,
                line=option.first + 1,
                profile=section.name,
            )
        elif option.key != MARK:
            yield from _conflicts(checkup, section, known[option.value])


def _other_session(checkup: Checkup, option: Option, known: list[str]) -> str:
    if len(known) == 1:
        return checkup.config.set_value(option, known[0])
    if did_you_mean(option.value, known):
        return checkup.config.edit(option)
    return f"ssohelper configure --session {shlex.quote(option.value)}"


def _conflicts(checkup: Checkup, profile: Section, session: Section) -> Iterator[Finding]:
    values = session.values()
    for key in ("sso_start_url", "sso_region"):
        own = option_of(profile, key)
        if own is not None and own.value != values.get(key, own.value):
            yield Finding(
                kind="session-conflict",
                message=f"profile {profile.name!r} has another {key} than its sso-session {session.name!r}",
                affects="the AWS CLI, boto3 and all tools based on them: they refuse the profile",
                fix=checkup.config.comment_out(own),
                file=checkup.config.path,
                line=own.first + 1,
                profile=profile.name,
            )
