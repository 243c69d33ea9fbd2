"""The text of an AWS config file, read by botocore's grammar.

botocore reads the file with Python's `RawConfigParser`. `ConfigText` follows the same rules line by line (which lines
go on with the value above, what a header is, what a comment is), so that nothing passes for ours that botocore would
read as part of something else, and every section knows its lines.

Bytes are decoded as UTF-8 with `surrogateescape`: any byte, Latin-1 included, comes back as it was.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

MARK = "ssohelper_session"
# Where each style keeps the account and the role. A credential-process profile may hold no key that begins with
# `sso_`: the JavaScript and Java SDKs would take it for an SSO profile, and botocore's SSO provider goes first.
IDENTITY_KEYS: dict[str, tuple[str, str]] = {
    "sso": ("sso_account_id", "sso_role_name"),
    "credential-process": ("ssohelper_account_id", "ssohelper_role_name"),
}

_BOM = "\ufeff"
# Not str.splitlines: it also splits at form feeds and Unicode separators, where configparser does not.
_END_OF_LINE = re.compile(r"(\r\n|\r|\n)")
_HEADER = re.compile(r"\[(.+)\]")
_OPTION = re.compile(r"([^=:]*)[=:](.*)")
_PLAIN_NAME = re.compile(r"(profile|sso-session|services)[ \t]+([\w.@/%+:,=-]+)", re.ASCII)
_KINDS = ("profile", "sso-session", "services")


class Option(NamedTuple):
    """One `key = value` (the key in lower case), and the lines that it takes, counted from 0."""

    key: str
    value: str
    first: int
    last: int

    def __repr__(self) -> str:
        return f"<Option {self.key} on line {self.first + 1}>"  # the value may be a secret


class Section(NamedTuple):
    """A section and its options.

    `kind` is `profile`, `sso-session` or `services` with its `name`; both are '' where botocore sees no name.
    `header` is what stands between the brackets, `first` the header's line.
    """

    kind: str
    name: str
    header: str
    first: int
    options: tuple[Option, ...]

    @property
    def last(self) -> int:
        """The last line that is certainly this section's: what follows may be a comment on the next one."""
        return self.options[-1].last if self.options else self.first

    @property
    def ours(self) -> bool:
        """Whether it is a profile that carries our mark."""
        return self.kind == "profile" and any(option.key == MARK for option in self.options)

    def values(self) -> dict[str, str]:
        """The options by key; the last one counts where a key stands twice."""
        return {option.key: option.value for option in self.options}


@dataclass(slots=True)
class ConfigText:
    """A config file, taken apart. Line 0 is the first; `ends[i]` is the line end after line i."""

    bom: str = ""
    lines: list[str] = field(default_factory=list, repr=False)
    ends: list[str] = field(default_factory=list)
    sections: tuple[Section, ...] = ()

    @property
    def newline(self) -> str:
        """The line end that this file uses."""
        return self.ends[0] if self.ends else "\n"

    def of_kind(self, kind: str) -> Iterator[Section]:
        """The sections of one kind, in the file's order."""
        return (section for section in self.sections if section.kind == kind)


def parse(data: bytes) -> ConfigText:
    """Take a config file apart. Never fails: what botocore would refuse is simply nobody's line."""
    text = data.decode("utf-8", "surrogateescape")
    bom = _BOM if text.startswith(_BOM) else ""
    pieces = _END_OF_LINE.split(text[len(bom) :])
    lines = pieces[::2]
    return ConfigText(bom, lines, pieces[1::2], tuple(_sections(lines)))


def unparse(text: ConfigText) -> bytes:
    """The bytes that the text was parsed from."""
    pairs = zip(text.lines, [*text.ends, ""], strict=True)
    return encode(text.bom + "".join(line + end for line, end in pairs))


def encode(text: str) -> bytes:
    """Text to the bytes that `parse` would read it from."""
    return text.encode("utf-8", "surrogateescape")


class Damage(NamedTuple):
    """What keeps botocore from reading a file; `line` is counted from 1."""

    line: int
    what: str


def damage(text: ConfigText) -> Damage | None:
    """What keeps botocore from reading the file, by the very parser that it uses; None where it can."""
    import configparser

    if text.bom:
        return Damage(1, "begins with a byte order mark")
    try:
        configparser.RawConfigParser().read_string("\n".join(text.lines))
    except configparser.DuplicateSectionError as error:
        return Damage(error.lineno or 1, f"begins the section [{error.section}] for the second time")
    except configparser.DuplicateOptionError as error:
        return Damage(error.lineno or 1, f"says {error.option} for the second time")
    except configparser.MissingSectionHeaderError as error:
        return Damage(error.lineno, "stands before the first section")
    except configparser.ParsingError as error:
        return Damage(error.errors[0][0], "is no `key = value`")
    return None


def header(name: str) -> str:
    """The section name of a profile, quoted as the AWS CLI does it, but only where it would be read as another."""
    if name == "default":
        return name
    plain = f"profile {name}"
    return plain if identify(plain) == ("profile", name) else f"profile {shlex.quote(name)}"


def identify(section_name: str) -> tuple[str, str]:
    """What botocore takes a section name for: (kind, name), or ('', '') for none of its kinds."""
    if section_name == "default":
        return "profile", "default"
    if plain := _PLAIN_NAME.fullmatch(section_name):
        return plain[1], plain[2]
    for kind in _KINDS:
        if section_name.startswith(kind):  # as botocore has it: `profilex y` is a profile too
            try:
                words = shlex.split(section_name)
            except ValueError:
                break
            return (kind, words[1]) if len(words) == 2 else ("", "")
    return "", ""


def _sections(lines: list[str]) -> Iterator[Section]:
    """The sections as `configparser.RawConfigParser._read` finds them, with its rule of indentation."""
    first, name, options = -1, "", list[Option]()
    level, in_option, blanks = 0, False, 0
    for number, line in enumerate(lines):
        text = line.strip()
        if not text or text[0] in "#;":
            blanks += not text  # a blank line inside a value belongs to it, a comment does not
            continue
        indent = len(line) - len(line.lstrip())
        if in_option and indent > level:
            open_option = options[-1]
            value = open_option.value + "\n" * (1 + blanks) + text
            options[-1], blanks = Option(open_option.key, value, open_option.first, number), 0
            continue
        level, blanks = indent, 0
        if text[0] == "[" and (found := _HEADER.match(text)):
            if first >= 0:
                yield Section(*identify(name), name, first, tuple(options))
            first, name, options, in_option = number, found[1], [], False
        elif first >= 0 and (found := _OPTION.match(text)):
            options.append(Option(found[1].strip().lower(), found[2].strip(), number, number))
            in_option = True
    if first >= 0:
        yield Section(*identify(name), name, first, tuple(options))
