"""`[sso-session NAME]` sections: what is valid in them, and how one is written. Pure."""

import re
from collections.abc import Collection

from ssohelper import hints
from ssohelper.aws_config.config_text import ConfigText
from ssohelper.errors import BadInput
from ssohelper.model import DEFAULT_SCOPE, Session

# What the AWS CLI accepts as a session's name, less `:` and `+`, which the Java SDK cannot read in a header.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@/%-]*")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def suggested_name(start_url: str, known: Collection[str] = ()) -> str:
    """`acme` for https://acme.awsapps.com/start, `sso` for a host without a name; with a number if it is `known`.

    In GovCloud and China all start URLs have one host, and the directory in the path:
    https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-sso.html
    """
    directory = re.match(r"https?://start\.[^/]+/directory/([A-Za-z0-9][A-Za-z0-9_-]*)", start_url)
    host = re.match(r"https?://([a-z][a-z0-9-]*)", start_url)
    name = directory[1] if directory else host[1] if host else "sso"
    number = 1
    while (numbered := f"{name}-{number}" if number > 1 else name) in known:
        number += 1
    return numbered


def with_session(text: ConfigText, session: Session, *, replace: bool = False) -> bytes:
    """The file with the session in it: missing options are added, and with `replace` different ones are changed.

    Raises `BadInput` if the file has the session with other values, `ConfigConflict`.
    """
    from ssohelper.aws_config import config_edit  # slow to load, and not needed to read

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


def check_complete(text: ConfigText, name: str) -> None:
    """Raise `BadInput` if the session is there, and something is missing in it."""
    for section in text.of_kind("sso-session"):
        missing = [key for key in ("sso_start_url", "sso_region") if not section.values().get(key)]
        if section.name == name and missing:
            where = f"[sso-session {name}] on line {section.first + 1} of the config file"
            raise BadInput(
                f"{where} has no {' and no '.join(missing)}",
                hint=hints.command("configure", "--session", name),
            )


def checked_name(name: str) -> str:
    """The name. Raises `BadInput` if a session cannot have it."""
    if not _NAME.fullmatch(name):
        raise BadInput(
            f"not a valid session name: {name!r} (letters, digits and _ . @ / % -, a letter or digit first)",
            hint="choose another name with --session",
        )
    return name


def is_start_url(url: str) -> bool:
    """Whether this is a valid start URL."""
    from urllib.parse import urlsplit  # slow to load

    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and " " not in url
    return plain and bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))


def check_start_url(url: str, hint: str) -> None:
    """Raise `BadInput`, with a hint, if this is not a valid start URL."""
    if not is_start_url(url):
        expected = "" if url.startswith("https://") else " (expected https://…)"
        raise BadInput(f"not a valid start URL: {url!r}{expected}", hint=hint)
