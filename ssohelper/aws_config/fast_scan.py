"""The names in an AWS config file, quickly: for TAB, which has no time to load the grammar.

`profiles/config_text.py` knows the whole grammar, and takes longer to load than Python to start. Here is only what
files have in practice; wherever a line might mean something else, the grammar is asked.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # `typing` and `collections` take longer to load than a thousand profiles to read
if TYPE_CHECKING:
    from collections.abc import Iterator

# What tells which role a profile is for; every one of them begins with one of the two words.
_BEGINNINGS = ("sso_", "ssohelper_")
_KINDS = ("profile", "sso-session", "services")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.@/%+:,=-")


class Section:
    """A section with those of its keys that name a session, an account or a role."""

    __slots__ = ("keys", "kind", "name")

    def __init__(self, kind: str, name: str, keys: dict[str, str]) -> None:
        self.kind, self.name, self.keys = kind, name, keys

    @property
    def session(self) -> str:
        """The session that a profile is for, empty where it is for none."""
        return (
            self.keys.get("sso_session") or self.keys.get("ssohelper_session") or self.keys.get("sso_start_url") or ""
        )

    @property
    def account_id(self) -> str:
        """The account that a profile is for."""
        return self.keys.get("sso_account_id") or self.keys.get("ssohelper_account_id") or ""

    @property
    def role_name(self) -> str:
        """The role that a profile is for."""
        return self.keys.get("sso_role_name") or self.keys.get("ssohelper_role_name") or ""


def config() -> list[Section]:
    """The sections of the AWS config file; none where it cannot be read."""
    # As `paths.aws_config` has it, without its imports.
    path = os.environ.get("SSOHELPER_AWS_CONFIG_FILE") or os.environ.get("AWS_CONFIG_FILE") or "~/.aws/config"
    return _read(path)


def shared_profiles() -> list[str]:
    """The profiles of the shared credentials file, in which a section's name is the profile's."""
    path = os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials"
    return [section.name for section in _read(path) if section.name]


def sections(data: bytes) -> list[Section]:
    """The sections of a file, in its order."""
    if data.startswith(b"\xef\xbb\xbf") or data.count(b"\r") != data.count(b"\r\n"):
        return _by_the_grammar(data)
    try:
        return list(_scanned(data.decode()))
    except ValueError:
        return _by_the_grammar(data)


def _read(path: str) -> list[Section]:
    try:
        with open(os.path.expanduser(os.path.expandvars(path)), "rb") as file:  # noqa: PTH111, PTH123 (pathlib is slow)
            return sections(file.read())
    except OSError:
        return []


def _scanned(text: str) -> Iterator[Section]:
    """The sections of an ordinary file. Raises `ValueError` where that cannot be told."""
    current, goes_on = None, False
    for line in text.split("\n"):
        first = line[:1]
        if first in "sS" and line[:4].lower() in ("sso_", "ssoh") and current:
            key, equals, value = line.partition("=")
            if not equals or ":" in key:
                raise ValueError(line)
            current.keys[key.strip().lower()] = value.strip()
            goes_on = True
        elif first == "[":
            if current:
                yield current
            current, goes_on = Section(*_identified(line), {}), False
        elif first.isspace():
            inside = line.strip().lower()
            # A value that goes on, or one of a block: it takes the grammar to tell.
            if (goes_on and inside and inside[0] not in "#;") or inside.startswith(("[", "sso_", "ssoh")):
                raise ValueError(line)
        elif first and first not in "#;":
            goes_on = False
    if current:
        yield current


def _identified(line: str) -> tuple[str, str]:
    """The kind and the name of a section; of one that is of no kind its name. Raises `ValueError`."""
    header, closed, comment = line[1:].rpartition("]")
    if not closed or comment.strip():
        raise ValueError(line)
    if header == "default":
        return "profile", header
    kind, _, name = header.partition(" ")
    if kind in _KINDS and name and _PLAIN.issuperset(name):
        return kind, name
    if header.startswith(_KINDS):
        raise ValueError(line)
    return "", header


def _by_the_grammar(data: bytes) -> list[Section]:
    from ssohelper.aws_config import config_text

    return [
        Section(
            each.kind,
            each.name or each.header,
            {key: value for key, value in each.values().items() if key.startswith(_BEGINNINGS)},
        )
        for each in config_text.parse(data).sections
    ]
