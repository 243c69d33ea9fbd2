"""Parses an AWS config file by botocore's grammar, and keeps the lines of every section and option.

botocore reads the file with Python's `RawConfigParser`. `parse` follows the same rules for headers, comments and
continuation lines, so that it never takes a line for an option that botocore reads as part of a value.

Bytes are decoded as UTF-8 with `surrogateescape`, so that any byte, Latin-1 included, is written back unchanged.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

# The key that makes a profile a managed one.
MARK = "ssohelper_session"
# The account and role keys of each style. A credential-process profile must not have keys that begin with `sso_`: the
# JavaScript and Java SDKs would take it for an SSO profile, and botocore tries its SSO provider first.
IDENTITY_KEYS: dict[str, tuple[str, str]] = {
    "sso": ("sso_account_id", "sso_role_name"),
    "credential-process": ("ssohelper_account_id", "ssohelper_role_name"),
}
# The account and role keys of a managed chained profile: they name the source role.
SOURCE_ROLE_KEYS = ("ssohelper_source_account_id", "ssohelper_source_role_name")

_BOM = "\ufeff"
# Not str.splitlines: it also splits at form feeds and Unicode separators, where configparser does not.
_END_OF_LINE = re.compile(r"(\r\n|\r|\n)")
_HEADER = re.compile(r"\[(.+)\]")
_OPTION_START = re.compile(r"(\s*[^=:]*?)\s*([=:])")
_PLAIN_NAME = re.compile(r"(profile|sso-session|services)[ \t]+([\w.@/%+:,=-]+)", re.ASCII)
_KINDS = ("profile", "sso-session", "services")
# The section whose options every other section of the file inherits.
DEFAULTS = "DEFAULT"
# The line of an option or a header that is not in the file yet.
NOWHERE = -1
_NOT_AN_OPTION = "not a `key = value` line"
_NOT_TEXT = re.compile("[\udc80-\udcff]")


class Option(NamedTuple):
    """One `key = value` (the key in lower case), and its first and last line, counted from 0."""

    key: str
    value: str
    first: int
    last: int

    def __repr__(self) -> str:
        return f"<Option {self.key} on line {self.first + 1}>"  # the value may be a secret


class Section(NamedTuple):
    """A section and its options.

    `kind` is `profile`, `sso-session` or `services`; it and `name` are '' for a header that botocore does not know.
    `header` is the text between the brackets, `first` the line of the header, counted from 0.
    """

    kind: str
    name: str
    header: str
    first: int
    options: tuple[Option, ...]

    @property
    def last(self) -> int:
        """The line of the last value: comments below it may belong to the next section."""
        return self.options[-1].last if self.options else self.first

    @property
    def managed(self) -> bool:
        """Whether it is a managed profile."""
        return self.kind == "profile" and any(option.key == MARK for option in self.options)

    @property
    def is_default(self) -> bool:
        """Whether some SDK takes it for the default profile: .NET's does in either file, whatever the spaces."""
        named = (self.kind, self.name) == ("profile", "default")
        return named or self.header.split() in (["default"], ["profile", "default"])

    def values(self) -> dict[str, str]:
        """The options by key; the last one counts where a key is set twice."""
        return {option.key: option.value for option in self.options}


class SyntaxProblem(NamedTuple):
    """Why botocore cannot read a file; `line` is counted from 1. `of_encoding` if it is about the file as a whole."""

    line: int
    what: str
    of_encoding: bool = False


class ConfigText(NamedTuple):
    """A parsed config file. Lines are counted from 0; `ends[i]` is the line ending after line i.

    `problem` is why botocore cannot read the file.
    """

    bom: str
    lines: list[str]
    ends: list[str]
    sections: tuple[Section, ...]
    problem: SyntaxProblem | None

    def __repr__(self) -> str:
        return f"<ConfigText of {len(self.sections)} sections>"  # its lines may hold secrets

    @property
    def newline(self) -> str:
        """The first line ending in the file; LF if there is none."""
        return self.ends[0] if self.ends else "\n"

    def of_kind(self, kind: str) -> Iterator[Section]:
        """The sections of one kind, in the order of the file."""
        return (section for section in self.sections if section.kind == kind)


def empty_file() -> ConfigText:
    """The text of a file that does not exist."""
    return parse(b"")


def parse(data: bytes) -> ConfigText:
    """Parse a config file. Never fails: lines that botocore would refuse belong to no option."""
    text = data.decode("utf-8", "surrogateescape")
    bom = _BOM if text.startswith(_BOM) else ""
    pieces = _END_OF_LINE.split(text[len(bom) :])
    lines = pieces[::2]
    reader = _Reader(lines)
    problem = (
        _encoding_problem(text) or reader.refused or reader.not_options or _nested_problem(lines, reader.sections)
    )
    return ConfigText(bom, lines, pieces[1::2], tuple(reader.sections), problem)


def _encoding_problem(text: str) -> SyntaxProblem | None:
    if text.startswith(_BOM):
        return SyntaxProblem(1, "starts with a byte order mark", of_encoding=True)
    wrong = _NOT_TEXT.search(text)
    if wrong is None:
        return None
    line = len(_END_OF_LINE.findall(text[: wrong.start()])) + 1
    return SyntaxProblem(line, "is not UTF-8 text", of_encoding=True)


def _nested_problem(lines: list[str], sections: list[Section]) -> SyntaxProblem | None:
    """A line without `=` in a block of options, such as below `s3 =`: botocore refuses the whole file for it."""
    for section in sections:
        for option in section.options:
            if option.value.startswith("\n") and _is_read(option, section, sections):
                for number in range(option.first + 1, option.last + 1):
                    pieces = [each for each in lines[number].strip().splitlines() if each.strip()]
                    if any("=" not in each for each in pieces) and pieces[0][0] not in "#;":
                        return SyntaxProblem(number + 1, _NOT_AN_OPTION)
    return None


def _is_read(option: Option, section: Section, sections: list[Section]) -> bool:
    """Whether botocore looks at the value: one of [DEFAULT] only as an option of another section without its own."""
    if section.header != DEFAULTS:
        return True
    others = (each for each in sections if each.header != DEFAULTS)
    return any(option.key not in each.values() for each in others)


def unparse(text: ConfigText) -> bytes:
    """The bytes that the text was parsed from: the inverse of `parse`."""
    pairs = zip(text.lines, [*text.ends, ""], strict=True)
    return encode(text.bom + "".join(line + end for line, end in pairs))


def encode(text: str) -> bytes:
    """Text as the bytes that `parse` reads it from."""
    return text.encode("utf-8", "surrogateescape")


def header(name: str) -> str:
    """The section header of a profile, with the AWS CLI's quotes only if botocore would misread it without."""
    if name == "default":
        return name
    plain = f"profile {name}"
    if identify(plain) == ("profile", name):
        return plain
    import shlex  # slow to load, and rarely needed

    return f"profile {shlex.quote(name)}"


def identify(section_name: str) -> tuple[str, str]:
    """The kind and name that botocore reads from a section header, or ('', '') if it has none of the kinds."""
    if section_name == "default":
        return "profile", "default"
    if plain := _PLAIN_NAME.fullmatch(section_name):
        return plain[1], plain[2]
    for kind in _KINDS:
        if section_name.startswith(kind):  # like botocore, for which `profilex y` is a profile too
            import shlex

            try:
                words = shlex.split(section_name)
            except ValueError:
                break
            return (kind, words[1]) if len(words) == 2 else ("", "")
    return "", ""


def with_header(line: str, header: str) -> str:
    """A header line with another header between its brackets."""
    start, end = line.index("["), line.rindex("]")
    return f"{line[:start]}[{header}{line[end:]}"


def with_value(line: str, value: str) -> str:
    """The first line of an option with another value, and spaces around the delimiter."""
    start = _OPTION_START.match(line)
    assert start is not None
    return f"{start[1]} {start[2]} {value}"


def indentation(line: str) -> str:
    """The whitespace at the beginning of a line."""
    return line[: len(line) - len(line.lstrip())]


def own_lines(text: ConfigText, option: Option) -> list[int]:
    """The lines of an option without the comments between them."""
    lines = range(option.first, option.last + 1)
    return [number for number in lines if not text.lines[number].lstrip().startswith(("#", ";"))]


class _Reader:
    """Finds the sections as `configparser.RawConfigParser._read` does, and the first thing that it would refuse."""

    def __init__(self, lines: list[str]) -> None:
        self.sections: list[Section] = []
        self.refused: SyntaxProblem | None = None
        # configparser reads to the end before it refuses these.
        self.not_options: SyntaxProblem | None = None
        # The keys that were set, by section: `[DEFAULT]` may occur several times.
        self._keys_of: dict[str, set[str]] = {}
        self._keys: set[str] = set()
        self._first, self._header, self._in_option = -1, "", False
        self._options: list[Option] = []
        self._read(lines)

    def _read(self, lines: list[str]) -> None:
        level, blanks = 0, 0
        for number, line in enumerate(lines):
            text = line.strip()
            if not text or text[0] in "#;":
                blanks += not text  # a blank line inside a value is part of it, a comment is not
                continue
            indent = len(line) - len(line.lstrip()) if line[0] != text[0] else 0
            if self._in_option and indent > level:
                key, value, first, _ = self._options[-1]
                self._options[-1], blanks = Option(key, value + "\n" * (1 + blanks) + text, first, number), 0
                continue
            level, blanks = indent, 0
            if text[0] == "[" and (found := _HEADER.match(text)):
                self._begin_section(number, found[1])
                continue
            # No regular expression: most of the time is spent here.
            key, delimiter, value = text.partition("=")
            if ":" in key or not delimiter:
                key, delimiter, value = text.partition(":")
            key = key.rstrip().lower()
            if key and delimiter and key not in self._keys and self._first >= 0:
                self._options.append(Option(key, value.lstrip(), number, number))
                self._keys.add(key)
                self._in_option = True
            else:
                self._add_invalid_line(number, key, value.lstrip() if delimiter else None)
        self._end_section()

    def _begin_section(self, number: int, header: str) -> None:
        self._end_section()
        self._first, self._header, self._options, self._in_option = number, header, [], False
        if header in self._keys_of and header != DEFAULTS:
            self._refuse(number, f"section [{header}] is defined twice")
        self._keys = self._keys_of.setdefault(header, set())

    def _end_section(self) -> None:
        if self._first >= 0:
            self.sections.append(Section(*identify(self._header), self._header, self._first, tuple(self._options)))

    def _add_invalid_line(self, number: int, key: str, value: str | None) -> None:
        """Record why configparser refuses a line, and add its option, if it is one; `value` is None without one."""
        if self._first < 0:
            self._refuse(number, "text before the first section")
        elif value is None or not key:
            self.not_options = self.not_options or SyntaxProblem(number + 1, _NOT_AN_OPTION)
        else:
            self._refuse(number, f"{key!r} is set twice")
        if self._first >= 0 and value is not None:
            self._options.append(Option(key, value, number, number))
            self._in_option = bool(key)

    def _refuse(self, number: int, what: str) -> None:
        self.refused = self.refused or SyntaxProblem(number + 1, what)
