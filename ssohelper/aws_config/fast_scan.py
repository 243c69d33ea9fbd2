"""A fast scan of an AWS config file for the section names and keys that completion needs.

`config_text.py` parses every valid file, but loading it takes longer than starting Python. This module understands
ordinary files; if a line could have another meaning, it calls the full parser.
"""

from __future__ import annotations

from ssohelper.storage import folders

TYPE_CHECKING = False  # loading `typing` and `collections` takes longer than scanning a thousand profiles
if TYPE_CHECKING:
    from collections.abc import Iterator

# How the lines of these keys start; those in an indented line need the full parser.
_STARTS = ("sso_", "ssoh", "role", "web_")
_INDENTED = ("[", *_STARTS)
# The section whose options all others inherit.
DEFAULTS = "DEFAULT"
_KINDS = ("profile", "sso-session", "services")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.@/%+:,=-")


class Section:
    """A section, with its keys that start with `sso_` or `ssohelper_`, and those like `role_arn`."""

    __slots__ = ("keys", "kind", "name")

    def __init__(self, kind: str, name: str, keys: dict[str, str]) -> None:
        self.kind, self.name, self.keys = kind, name, keys

    @property
    def session(self) -> str:
        """The sso-session or start URL of a profile; empty if it has none."""
        return (
            self.keys.get("sso_session") or self.keys.get("ssohelper_session") or self.keys.get("sso_start_url") or ""
        )

    @property
    def role(self) -> tuple[str, str]:
        """The account id and the role name of a profile with a role of Identity Center; both may be empty."""
        keys = self.keys
        # With one of these, botocore takes other credentials.
        if "role_arn" in keys or "web_identity_token_file" in keys:
            return "", ""
        account_id = keys.get("sso_account_id") or keys.get("ssohelper_account_id") or ""
        return account_id, keys.get("sso_role_name") or keys.get("ssohelper_role_name") or ""

    @property
    def assumed_role(self) -> tuple[str, str]:
        """The account id and the name of the role that a profile assumes; both may be empty."""
        if "web_identity_token_file" in self.keys:
            return "", ""
        account, _, path = self.keys.get("role_arn", "").partition(":role/")
        return account.rpartition(":")[2], path.rpartition("/")[2]


def config_sections() -> list[Section]:
    """The sections of the AWS config file; none if it cannot be read."""
    return _read(folders.aws_config_file())


def shared_profiles() -> list[str]:
    """The profile names in the shared credentials file."""
    return [each.name for each in _read(folders.aws_credentials_file()) if each.name not in ("", DEFAULTS)]


def scan(data: bytes) -> list[Section]:
    """The sections of a file, in their order."""
    if data.startswith(b"\xef\xbb\xbf") or data.count(b"\r") != data.count(b"\r\n"):
        return _parsed(data)
    try:
        return list(_scanned(data.decode()))
    except ValueError:
        return _parsed(data)


def _read(path: str) -> list[Section]:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (pathlib is slow)
            return scan(file.read())
    except OSError:
        return []


def _scanned(text: str) -> Iterator[Section]:
    """The sections of an ordinary file. Raises `ValueError` for lines that need the full parser."""
    current, may_continue = None, False
    # Most files have no other sources, and many a `region`: its lines are not looked at twice.
    lowered = text.lower()
    letters = "sSrRwW" if "role_arn" in lowered or "web_identity_token_file" in lowered else "sS"
    for line in text.split("\n"):
        first = line[:1]
        if first in letters and line[:4].lower() in _STARTS and current:
            key, equals, value = line.partition("=")
            if not equals or ":" in key:
                raise ValueError(line)
            current.keys[key.strip().lower()] = value.strip()
            may_continue = True
        elif first == "[":
            if current:
                yield current
            current, may_continue = Section(*_kind_and_name(line), {}), False
        elif first.isspace():
            inside = line.strip().lower()
            # A continuation line or a nested block.
            if (may_continue and inside and inside[0] not in "#;") or inside.startswith(_INDENTED):
                raise ValueError(line)
        elif first and first not in "#;":
            may_continue = False
    if current:
        yield current


def _kind_and_name(line: str) -> tuple[str, str]:
    """The kind and name in a section header; "" and the whole header if it has no known kind. Raises `ValueError`."""
    header, closed, comment = line[1:].rpartition("]")
    if not closed or not header or comment.strip():
        raise ValueError(line)
    if header == "default":
        return "profile", header
    if header == DEFAULTS:
        raise ValueError(line)
    kind, _, name = header.partition(" ")
    if kind in _KINDS and name and _PLAIN.issuperset(name):
        return kind, name
    if header.startswith(_KINDS):
        raise ValueError(line)
    return "", header


def _parsed(data: bytes) -> list[Section]:
    from ssohelper.aws_config import config_text

    sections = config_text.parse(data).sections
    inherited = [option for each in sections if each.header == DEFAULTS for option in each.options]
    found = []
    for each in sections:
        keys = {option.key: option.value for option in (*inherited, *each.options)}
        known = {key: value for key, value in keys.items() if key[:4] in _STARTS}
        found.append(Section(each.kind, each.name or each.header, known))
    return found
