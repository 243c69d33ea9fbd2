"""The sso-sessions of an AWS config file, and which role a profile is for. Pure."""

from typing import NamedTuple

from ssohelper.aws_config.config_text import IDENTITY_KEYS, MARK, ConfigText
from ssohelper.model import DEFAULT_SCOPE, RoleRef, Session


class ProfileRole(NamedTuple):
    """A role of Identity Center as a profile, or the command line, names it. `region` is the profile's."""

    session: Session
    role: RoleRef
    region: str | None = None


def sessions(text: ConfigText) -> dict[str, Session]:
    """Every session of the file, by name; legacy ones by their start URL, after all others."""
    named = named_sessions(text)
    return {**named, **legacy_sessions(text), **named}


def named_sessions(text: ConfigText) -> dict[str, Session]:
    """The `[sso-session]` sections that have a start URL and a region, by name."""
    found = {}
    for section in text.of_kind("sso-session"):
        values = section.values()
        if values.get("sso_start_url") and values.get("sso_region"):
            scopes = [scope.strip() for scope in values.get("sso_registration_scopes", "").split(",")]
            found[section.name] = Session(
                section.name,
                values["sso_start_url"],
                values["sso_region"],
                # Without a scope the service issues no refresh token.
                tuple(scope for scope in scopes if scope) or (DEFAULT_SCOPE,),
            )
    return found


def legacy_sessions(text: ConfigText) -> dict[str, Session]:
    """The sessions of profiles that have a start URL of their own, by that URL."""
    found: dict[str, Session] = {}
    for section in text.of_kind("profile"):
        values = section.values()
        url, region = values.get("sso_start_url"), values.get("sso_region")
        if url and region and not values.get("sso_session"):
            found.setdefault(url, Session(url, url, region))
    return found


def profiles(text: ConfigText) -> dict[str, ProfileRole]:
    """The Identity Center role of each profile that has one, by the profile's name, in the file's order."""
    known = sessions(text)
    found = {}
    for section in text.of_kind("profile"):
        values = section.values()
        session = known.get(session_name(values) or "")
        for account_key, role_key in IDENTITY_KEYS.values():
            if session and values.get(account_key) and values.get(role_key):
                role = session.role(values[account_key], values[role_key])
                found[section.name] = ProfileRole(session, role, values.get("region"))
                break
    return found


def session_name(values: dict[str, str]) -> str | None:
    """The session that the options of a profile name; its start URL if it is a legacy profile."""
    return values.get("sso_session") or values.get(MARK) or values.get("sso_start_url")


def session_name_of(text: ConfigText, profile: str) -> str | None:
    """The session that a profile names; None if there is no such profile, or it names none."""
    section = next((each for each in text.of_kind("profile") if each.name == profile), None)
    return session_name(section.values()) if section else None
