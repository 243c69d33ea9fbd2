"""The sessions of a config file, read and added once, and which one a profile is for. Pure."""

import re
import shlex
from collections.abc import Collection
from typing import NamedTuple

from ssohelper.aws_config.config_text import IDENTITY_KEYS, MARK, ConfigText
from ssohelper.errors import BadInput
from ssohelper.model import DEFAULT_SCOPE, Session

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


def legacy(text: ConfigText) -> dict[str, Session]:
    """What profiles with a start URL of their own stand for, by that URL."""
    found: dict[str, Session] = {}
    for section in text.of_kind("profile"):
        values = section.values()
        url, region = values.get("sso_start_url"), values.get("sso_region")
        if url and region and not values.get("sso_session"):
            found.setdefault(url, Session(url, url, region))
    return found


def name_for(start_url: str, known: Collection[str] = ()) -> str:
    """`acme` for https://acme.awsapps.com/start, `sso` where the host is a number; another where that is `known`."""
    found = re.match(r"https?://([a-z][a-z0-9-]*)", start_url)
    name = found[1] if found else "sso"
    number = 1
    while (numbered := f"{name}-{number}" if number > 1 else name) in known:
        number += 1
    return numbered


class Target(NamedTuple):
    """What a profile is for."""

    session: Session
    account_id: str
    role_name: str
    region: str | None


def targets(text: ConfigText) -> dict[str, Target]:
    """What each profile that is for a role of Identity Center is for, by the profile's name."""
    known = {**legacy(text), **read(text)}
    found = {}
    for section in text.of_kind("profile"):
        values = section.values()
        session = values.get("sso_session") or values.get(MARK) or values.get("sso_start_url") or ""
        for account_key, role_key in IDENTITY_KEYS.values():
            if session in known and values.get(account_key) and values.get(role_key):
                target = Target(known[session], values[account_key], values[role_key], values.get("region"))
                found[section.name] = target
                break
    return found


def added(text: ConfigText, session: Session, *, replace: bool = False) -> bytes:
    """The file with the session in it; what it lacks is added, and with `replace` what is otherwise is changed.

    Raises `BadInput` where it is there already and says otherwise, `ConfigConflict`.
    """
    from ssohelper.aws_config import config_edit  # whoever only reads does without

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
    """The name of the session that a profile uses, its start URL where it has no name."""
    for section in text.of_kind("profile"):
        if section.name == profile:
            values = section.values()
            return values.get("sso_session") or values.get(MARK) or values.get("sso_start_url")
    return None


def check_complete(text: ConfigText, name: str) -> None:
    """Raise `BadInput` where there is such a session, and something is missing in it."""
    for section in text.of_kind("sso-session"):
        missing = [key for key in ("sso_start_url", "sso_region") if not section.values().get(key)]
        if section.name == name and missing:
            where = f"[sso-session {name}] on line {section.first + 1} of the config file"
            raise BadInput(
                f"{where} has no {' and no '.join(missing)}",
                hint=f"ssohelper configure --session {shlex.quote(name)}",
            )


def check(session: Session) -> None:
    """Raise `BadInput` where the name or the start URL cannot be right."""
    if not _NAME.fullmatch(session.name):
        raise BadInput(
            f"{session.name!r} cannot name a session: a letter or digit, then letters, digits and _ . @ / % -",
            hint="--session my-company",
        )
    check_start_url(session.start_url, f"--start-url {_likely(session.start_url)}")


def check_start_url(url: str, hint: str) -> None:
    """Raise `BadInput`, with a hint, where this cannot be a start URL."""
    from urllib.parse import urlsplit  # slow to load

    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    plain = url.isascii() and url.isprintable() and " " not in url
    if not plain or not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        wrong = "" if url.startswith("https://") else ": it begins with https://"
        raise BadInput(f"{url!r} is no start URL{wrong}", hint=hint)


def _likely(wrong: str) -> str:
    """The start URL that was probably meant."""
    found = re.fullmatch(r"(?:http://|//)?([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:/[A-Za-z0-9/#_-]*)?)", wrong)
    return f"https://{found[1]}" if found else "https://my-company.awsapps.com/start"
