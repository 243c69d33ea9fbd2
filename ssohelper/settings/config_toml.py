"""Reads `config.toml`, and checks every value.

    [defaults]                          # for every session
    profile_name = "{account_name}.{role_name}"
    [[defaults.rules]]
    match = "payments-*/Admin*"
    [[defaults.chained]]                # a profile that assumes another role, for each role that matches
    match = "*/ReadOnly"
    role_arn = "arn:aws:iam::{account_id}:role/Deploy"
    name = "{account_name}.Deploy"

    [sessions.main]                     # for one session; the rest comes from the defaults
    exclude = ["*-sandbox"]
    [sessions.main.permission_sets]     # for reviews
    required_tags = ["owner"]

An invalid setting raises `BadInput` with the file, the line and what is expected.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ssohelper import hints
from ssohelper.errors import BadInput, Failed, did_you_mean
from ssohelper.settings.model import AcceptedFinding, ChainedRule, ReviewSettings, Rule, Settings
from ssohelper.storage import files, folders, paths

if TYPE_CHECKING:
    from ssohelper.settings.checks import Check

# The path of a value in the document: keys, and the indexes of tables.
_Keys = tuple[str | int, ...]
_MATCH = {"match": "a glob over account/role"}
# The arrays of tables: what one is called, and the settings that it needs.
_TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "rules": ("a rule", _MATCH),
    "chained": (
        "a chained profile",
        {
            **_MATCH,
            "role_arn": 'such as "arn:aws:iam::{account_id}:role/Deploy"',
            "name": 'such as "{account_name}.Deploy"',
        },
    ),
    "accept": (
        "an accepted finding",
        {
            "kind": 'such as "no-description"',
            "match": "a glob over permission sets",
            "why": "the reason",
        },
    ),
}


def load(path: Path) -> "ConfigToml":
    """The settings file; an empty one if there is none. Raises `BadInput`, `Failed`."""
    data = files.read(path)
    if data is None and folders.is_dangling(str(path)):  # it may name sensitive roles
        raise Failed(
            f"can't read {paths.shown(path)}: dangling symlink",
            hint=hints.on_file(paths.shown(path.parent), "ls", "-l"),
        )
    return ConfigToml(path, data or b"")


class ConfigToml:
    """One settings file, parsed, which knows the line of each key."""

    def __init__(self, path: Path, data: bytes) -> None:
        self._path = path
        self._text = ""
        self._document: dict[str, Any] = {}
        if data:
            self._parse(data)

    def _parse(self, data: bytes) -> None:
        import tomllib  # slow to load, and many users have no settings

        try:
            self._text = data.decode("utf-8-sig")  # Windows editors write a byte order mark
            self._document = tomllib.loads(self._text)
        except UnicodeDecodeError as error:
            raise BadInput(f"{paths.shown(self._path)} is not UTF-8", hint="save it as UTF-8") from error
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"line (\d+)", str(error))
            line = int(found[1]) if found else None
            problem = f"{str(error)[:1].lower()}{str(error)[1:]}{_missing_quotes(self._text, line)}"
            raise WrongSetting(paths.shown(self._path), problem, line=line) from error

    @property
    def is_empty(self) -> bool:
        """Whether nothing is set."""
        return not self._document

    @property
    def sessions(self) -> list[str]:
        """The names of the sessions that the file has settings for. Raises `BadInput`."""
        return list(self._table(self._document, "sessions", ()))

    def for_session(self, session: str) -> Settings:
        """The settings of a session. Checks the whole file, other sessions' settings too. Raises `BadInput`."""
        return self._checked_settings.get(session, self._checked_settings[None])

    @property
    def sensitive_roles_of_all(self) -> tuple[str, ...]:
        """The globs of sensitive roles, of all sessions. Raises `BadInput`."""
        return tuple(dict.fromkeys(glob for each in self._checked_settings.values() for glob in each.sensitive_roles))

    @cached_property
    def _checks(self) -> ModuleType:
        from ssohelper.settings import checks  # many users have no settings

        return checks

    @cached_property
    def _checked_settings(self) -> dict[str | None, Settings]:
        """The settings by session name; None is for all sessions that the file does not name."""
        if self.is_empty:
            return {None: Settings()}
        self._only(self._document, ("defaults", "sessions"), ())
        defaults = self._session(Settings(), self._table(self._document, "defaults", ()), ("defaults",))
        sessions = self._table(self._document, "sessions", ())
        return {None: defaults} | {
            name: self._session(defaults, self._table(sessions, name, ("sessions",)), ("sessions", name))
            for name in sessions
        }

    def origin(self, session: str, keys: tuple[str, ...], number: int | None = None) -> str | None:
        """Where a setting of a session is set: `[sessions.acme], line 4`; None if it is the default.

        `keys` lead to it in the session's table. Of an array of tables, such as rules, it is where the one with that
        number is: those of the session come first.
        """
        for table in (("sessions", session), ("defaults",)):
            place = (*table, *keys[:-1])
            found = self._document
            for each in place:
                found = found.get(each, {})
            values = found.get(keys[-1])
            if values is None:
                continue
            if number is None:
                return f"[{_dotted(place)}], line {_line_of(self._text, (*place, keys[-1]))}"
            if number < len(values):
                return f"[{_dotted(place)}], line {_line_of(self._text, (*place, keys[-1], number))}"
            number -= len(values)
        return None

    def check(self) -> None:
        """Raise `BadInput` for the first invalid setting of the file."""
        self._checked_settings  # noqa: B018 (it checks while it reads)

    def _session(self, base: Settings, table: dict[str, Any], where: _Keys) -> Settings:
        known = self._checks.CHECKS
        self._only(table, tuple(known), where)
        others = {*_TABLES, "permission_sets"}
        changes = {key: self._checked(known[key], table, key, where) for key in table if key not in others}
        rules = tuple(Rule(**each) for each in self._tables(table, "rules", where))
        chained = tuple(ChainedRule(**each) for each in self._tables(table, "chained", where))
        review = self._review(base.permission_sets, table, where)
        return base._replace(
            **changes, rules=rules + base.rules, chained=chained + base.chained, permission_sets=review
        )

    def _review(self, base: ReviewSettings, parent: dict[str, Any], where: _Keys) -> ReviewSettings:
        known, table = self._checks.REVIEW_CHECKS, self._table(parent, "permission_sets", where)
        where = (*where, "permission_sets")
        self._only(table, tuple(known), where)
        changes = {key: self._checked(known[key], table, key, where) for key in table if key not in _TABLES}
        accepted = tuple(AcceptedFinding(**each) for each in self._tables(table, "accept", where))
        return base._replace(**changes, accept=accepted + base.accept)

    def _tables(self, parent: dict[str, Any], key: str, where: _Keys) -> Iterator[dict[str, Any]]:
        """The checked values of each table in an array of tables."""
        tables = parent.get(key, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise self._wrong((*where, key), f"{key} must be tables: [[{_dotted((*where, key))}]]")
        noun, required = _TABLES[key]
        checks = self._checks.TABLE_CHECKS[key]
        for number, table in enumerate(tables):
            place = (*where, key, number)
            self._only(table, tuple(checks), place)
            for name, what in required.items():
                if name not in table:
                    raise self._wrong(place, f"{noun} needs `{name}`, {what}")
            yield {name: self._checked(checks[name], table, name, place) for name in table}

    def _checked(self, check: "Check", table: dict[str, Any], key: str, where: _Keys) -> Any:
        try:
            return check(table[key])
        except (BadInput, self._checks.InvalidValue) as error:
            raise self._wrong((*where, key), f"{key}: {error}") from error

    def _table(self, parent: dict[str, Any], key: str, where: _Keys) -> dict[str, Any]:
        table = parent.get(key, {})
        if not isinstance(table, dict):
            raise self._wrong((*where, key), f"{key} must be a table: [{_dotted((*where, key))}]")
        return table

    def _only(self, table: dict[str, Any], known: tuple[str, ...], where: _Keys) -> None:
        for key in table:
            if key not in known:
                if not where and key in self._checks.CHECKS:
                    raise self._wrong((key,), f"{key} belongs below [defaults], or below [sessions.NAME]")
                expected = did_you_mean(key, known) or "; known settings: " + ", ".join(known)
                raise self._wrong((*where, key), f"unknown setting {key}{expected}")

    def _wrong(self, keys: _Keys, message: str) -> "WrongSetting":
        line = _line_of(self._text, keys)
        return WrongSetting(f"{paths.shown(self._path)}, line {line}", message, line=line)


class WrongSetting(BadInput):
    """An invalid setting.

    `problem` is the message without the file and the line; `line` is counted from 1, None if unknown.
    """

    def __init__(self, place: str, problem: str, *, line: int | None) -> None:
        super().__init__(f"{place}: {problem}")
        self.problem = problem
        self.line = line


def _missing_quotes(text: str, line: int | None) -> str:
    """What to write instead, if a line has a word without quotes as its value."""
    written = text.split("\n")[line - 1] if line else ""
    found = re.fullmatch(r"\s*([\w-]+)\s*=\s*([A-Za-z][\w./*{}-]*)\s*(#.*)?", written)
    return f'; text needs quotes: {found[1]} = "{found[2]}"' if found else ""


def _line_of(text: str, keys: _Keys) -> int:
    """The line, from 1, on which the statement or table header begins that sets `keys`.

    TOML has many notations for the same thing, so tomllib parses growing parts of the file until one of them has it.
    """
    import tomllib

    lines = [line + "\n" for line in text.split("\n")]
    begin = 0
    for end in range(1, len(lines) + 1):
        try:
            found: Any = tomllib.loads("".join(lines[:end]))
        except tomllib.TOMLDecodeError:  # the part ends within a statement
            continue
        try:
            for key in keys:
                found = found[key]
        except (KeyError, IndexError):
            begin = end
            continue
        return begin + 1
    return 1


def _dotted(keys: _Keys) -> str:
    return ".".join(map(str, keys))
