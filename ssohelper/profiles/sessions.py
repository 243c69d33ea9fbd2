"""The `[sso-session NAME]` sections of a config file: read, and added once. Pure."""

import re
from urllib.parse import urlsplit

from ssohelper.errors import BadInput
from ssohelper.model import DEFAULT_SCOPE, Session
from ssohelper.profiles import config_edit
from ssohelper.profiles.config_text import MARK, ConfigText

# What the AWS CLI takes for a session's name, less `:` and `+`, which the Java SDK cannot read in a header.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@/%-]*")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def read(text: ConfigText) -> dict[str, Session]:
    """The sessions that name a start URL and a region, by name."""
    found = {}
    for section in text.of_kind("sso-session"):
        values = section.values()
        if values.get("sso_start_url") and values.get("sso_region"):
            scopes = [scope.strip() for scope in values.get("sso_registration_scopes", "").split(",")]
            found[section.name] = Session(
                section.name,
                values["sso_start_url"],
                values["sso_region"],
                # Without a scope the service gives no refresh token, so we ask for the one that everybody needs.
                tuple(scope for scope in scopes if scope) or (DEFAULT_SCOPE,),
            )
    return found


def added(text: ConfigText, session: Session, *, replace: bool = False) -> bytes:
    """The file with the session in it; what it lacks is added, and with `replace` what is otherwise is changed.

    Raises `BadInput` where it is there already and says otherwise, `ConfigConflict`.
    """
    values = {
        "sso_start_url": session.start_url,
        "sso_region": session.region,
        "sso_registration_scopes": ",".join(session.scopes),
    }
    present = next((each for each in text.of_kind("sso-session") if each.name == session.name), None)
    if present is None:
        options = [f"{key} = {value}" for key, value in values.items()]
        return config_edit.append(text, [f"[sso-session {session.name}]", *options])
    have = present.values()
    for key in ("sso_start_url", "sso_region"):
        if have.get(key) not in (None, values[key]) and not replace:
            raise BadInput(
                f"[sso-session {session.name}] on line {present.first + 1} of the config file has another {key}",
                hint="add --replace to change it, or choose another name with --session",
            )
    values["sso_registration_scopes"] = have.get("sso_registration_scopes") or DEFAULT_SCOPE
    config_edit.check_editable(text)
    return config_edit.apply(text, [config_edit.Edit(present, present.name, values)])


def of_profile(text: ConfigText, profile: str) -> str | None:
    """The name of the session that a profile uses."""
    for section in text.of_kind("profile"):
        if section.name == profile:
            values = section.values()
            return values.get("sso_session") or values.get(MARK)
    return None


def check(session: Session) -> None:
    """Raise `BadInput` where the name or the start URL cannot be right."""
    if not _NAME.fullmatch(session.name):
        raise BadInput(
            f"{session.name!r} cannot name a session: use letters, digits and _ . @ / % - without blanks",
            hint="--session my-company",
        )
    try:
        parts = urlsplit(session.start_url)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    plain = session.start_url.isascii() and session.start_url.isprintable() and " " not in session.start_url
    if not plain or not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        raise BadInput(
            f"{session.start_url!r} is no start URL"
            + ("" if session.start_url.startswith("https://") else ": it begins with https://"),
            hint=f"--start-url {_likely(session.start_url)}",
        )


def _likely(wrong: str) -> str:
    """The start URL that was probably meant."""
    found = re.fullmatch(r"(?:http://|//)?([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:/[A-Za-z0-9/#_-]*)?)", wrong)
    return f"https://{found[1]}" if found else "https://my-company.awsapps.com/start"
