"""Reads `config.toml`, and checks it value by value.

    [defaults]                          # for every session
    profile_name = "{account_name}.{role_name}"
    [[defaults.rules]]
    match = "payments-*/Admin*"

    [sessions.main]                     # for one session; what it does not say comes from the defaults
    exclude = ["*-sandbox"]

A wrong setting raises `BadInput` with the file, the line and what was expected.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from ssohelper.errors import BadInput
from ssohelper.settings.checks import CHECKS, RULE_CHECKS, Check, Expected
from ssohelper.settings.model import Rule, Settings
from ssohelper.storage import files, paths

# Where a value stands in the document: names of tables, numbers of rules.
_Keys = tuple[str | int, ...]


def load(path: Path, session: str) -> Settings:
    """The settings for one session; the defaults where there is no file. Raises `BadInput` or `Failed`."""
    data = files.read(path)
    if data is None:
        return Settings()
    return _Reader(path, data).settings(session)


def sessions(path: Path) -> list[str]:
    """The sessions that the file speaks of. Raises `BadInput` or `Failed`."""
    data = files.read(path)
    return [] if data is None else _Reader(path, data).sessions()


class _Reader:
    """Reads one file, and knows where in it each key stands."""

    def __init__(self, path: Path, data: bytes) -> None:
        import tomllib  # slow to load, and many have no settings

        self._path = path
        try:
            self._text = data.decode()
            self._document = tomllib.loads(self._text)
        except UnicodeDecodeError as error:
            raise BadInput(f"{paths.shown(path)} is not UTF-8", hint="save it as UTF-8") from error
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"line (\d+)", str(error))
            line = int(found[1]) if found else None
            problem = f"{str(error)[:1].lower()}{str(error)[1:]}"
            raise WrongSetting(paths.shown(path), problem, line=line) from error

    def sessions(self) -> list[str]:
        """The names of the tables below `sessions`."""
        return list(self._table(self._document, "sessions", ()))

    def settings(self, session: str) -> Settings:
        """Check the whole file, also what speaks of other sessions, and give this session's settings."""
        self._only(self._document, ("defaults", "sessions"), ())
        defaults = self._session(Settings(), self._table(self._document, "defaults", ()), ("defaults",))
        sessions = self._table(self._document, "sessions", ())
        read = {
            name: self._session(defaults, self._table(sessions, name, ("sessions",)), ("sessions", name))
            for name in sessions
        }
        return read.get(session, defaults)

    def _session(self, base: Settings, table: dict[str, Any], where: _Keys) -> Settings:
        self._only(table, tuple(CHECKS), where)
        changes = {key: self._checked(CHECKS[key], table, key, where) for key in table if key != "rules"}
        rules = table.get("rules", [])
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            raise self._wrong((*where, "rules"), f"rules must be tables: [[{'.'.join(map(str, where))}.rules]]")
        own = tuple(self._rule(rule, (*where, "rules", number)) for number, rule in enumerate(rules))
        return replace(base, **changes, rules=own + base.rules)

    def _rule(self, table: dict[str, Any], where: _Keys) -> Rule:
        self._only(table, tuple(RULE_CHECKS), where)
        if "match" not in table:
            raise self._wrong(where, "a rule needs match, a glob over account/role")
        return Rule(**{key: self._checked(RULE_CHECKS[key], table, key, where) for key in table})

    def _checked(self, check: Check, table: dict[str, Any], key: str, where: _Keys) -> Any:
        try:
            return check(table[key])
        except (BadInput, Expected) as error:
            raise self._wrong((*where, key), f"{key}: {error}") from error

    def _table(self, parent: dict[str, Any], key: str, where: _Keys) -> dict[str, Any]:
        table = parent.get(key, {})
        if not isinstance(table, dict):
            raise self._wrong((*where, key), f"{key} must be a table: [{'.'.join(map(str, (*where, key)))}]")
        return table

    def _only(self, table: dict[str, Any], known: tuple[str, ...], where: _Keys) -> None:
        for key in table:
            if key not in known:
                import difflib  # slow to load

                near = difflib.get_close_matches(key, known, n=1)
                expected = f"did you mean {near[0]}?" if near else "known are " + ", ".join(known)
                wrong = self._wrong((*where, key), f"unknown setting {key}; {expected}")
                wrong.renamed = (key, near[0]) if near else None
                raise wrong

    def _wrong(self, keys: _Keys, message: str) -> "WrongSetting":
        line = _line_of(self._text, keys)
        return WrongSetting(f"{paths.shown(self._path)}, line {line}", message, line=line)


class WrongSetting(BadInput):
    """A setting that cannot be; `problem` is the message without its place.

    `line` is where, from 1, and `renamed` what it is called and was to be called, as far as that is known.
    """

    def __init__(self, place: str, problem: str, *, line: int | None) -> None:
        super().__init__(f"{place}: {problem}")
        self.problem = problem
        self.line = line
        self.renamed: tuple[str, str] | None = None


def _line_of(text: str, keys: _Keys) -> int:
    """The line (from 1) on which the statement begins that gives `keys` a value, or their table its header.

    TOML has many ways to write one thing, so tomllib itself is asked: which first part of the file has it?
    """
    import tomllib

    lines = [line + "\n" for line in text.split("\n")]
    begin = 0
    for end in range(1, len(lines) + 1):
        try:
            found: Any = tomllib.loads("".join(lines[:end]))
        except tomllib.TOMLDecodeError:  # in the middle of a statement
            continue
        try:
            for key in keys:
                found = found[key]
        except (KeyError, IndexError):
            begin = end
            continue
        return begin + 1
    return 1
