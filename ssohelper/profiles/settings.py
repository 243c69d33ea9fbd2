"""Settings of `config.toml`: what a person may say there, checked value by value.

    [defaults]                          # for every session
    profile_name = "{account_name}.{role_name}"
    [[defaults.rules]]
    match = "payments-*/Admin*"

    [sessions.main]                     # for one session; what it does not say comes from the defaults
    exclude = ["*-sandbox"]

A wrong setting raises `BadInput` with the file, the line and what was expected.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, get_args

from ssohelper import files, paths
from ssohelper.errors import BadInput
from ssohelper.model import Role

DEFAULT_TEMPLATE = "{account_name}.{role_name}"
Style = Literal["sso", "credential-process"]
SignIn = Literal["browser", "device-code"]
Store = Literal["file", "keyring"]
ConsoleBrowser = Literal["default", "firefox-containers", "chrome-profiles"]
# Of version 1 and 2: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-output-format.html
OUTPUT_FORMATS = ("json", "text", "table", "yaml", "yaml-stream", "off")
# Where a value stands in the document: names of tables, numbers of rules.
_Keys = tuple[str | int, ...]

REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}")
_KEY = re.compile(r"[a-z][a-z0-9_]*")
# Keys that decide whose profile it is; a rule that set them could hand one role's profile to another.
_RESERVED = re.compile(r"(sso_|ssohelper_|aws_|credential_|role_arn|source_profile|web_identity|login_session).*")


@dataclass(frozen=True, slots=True)
class Rule:
    """What roles that match a glob over `account/role` get. None leaves it to the session's settings."""

    match: str
    name: str | None = None
    region: str | None = None
    output: str | None = None
    style: Style | None = None
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for one session. Globs are over `account/role`; `account` alone means every role in it."""

    profile_name: str = DEFAULT_TEMPLATE
    portable_names: bool = True
    style: Style = "sso"
    region: str | None = None
    output: str | None = None
    prune: bool = True
    program: str | None = None
    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    sign_in: SignIn | None = None
    sign_in_hours: float | None = None
    notify_minutes: float = 20
    keep_hours: float = 24
    store: Store = "file"
    console_browser: ConsoleBrowser = "default"
    browser: str | None = None
    sensitive_roles: tuple[str, ...] = ()

    def wants(self, role: Role) -> bool:
        """Whether this role shall have a profile."""
        return any_matches(self.include, role) and not any_matches(self.exclude, role)

    def is_sensitive(self, role: Role) -> bool:
        """Whether this role is handed out only after a person unlocked it."""
        return any_matches(self.sensitive_roles, role)

    def rule_for(self, role: Role) -> Rule:
        """All rules that match, merged: where two speak of the same thing, the first one counts."""
        merged = Rule(match="*")
        for rule in self.rules:
            if matches(rule.match, role):
                merged = Rule(
                    match=merged.match,
                    name=merged.name or rule.name,
                    region=merged.region or rule.region,
                    output=merged.output or rule.output,
                    style=merged.style or rule.style,
                    options={**rule.options, **merged.options},
                )
        return merged


def matches(glob: str, role: Role) -> bool:
    """Whether a glob over `account/role` matches; the account goes by its name or its id, case counts."""
    account, slash, name = glob.rpartition("/")
    if not slash:
        account, name = glob, "*"
    names = (role.account.id, role.account.name or role.account.id)
    return fnmatchcase(role.name, name) and any(fnmatchcase(each, account) for each in names)


def names_account(glob: str) -> bool:
    """Whether a glob over `account/role` may mean an account by its name: it is neither an id nor any account."""
    account, slash, _ = glob.rpartition("/")
    return re.fullmatch(r"[\d?*\[\]-]+", account if slash else glob) is None


def meant_for_roles(glob: str, roles: Collection[Role]) -> bool:
    """Whether a glob without `/` names no account, and names roles: what stands alone is an account."""
    return (
        "/" not in glob
        and not any(matches(glob, role) for role in roles)
        and any(matches(f"*/{glob}", role) for role in roles)
    )


def any_matches(globs: tuple[str, ...], role: Role) -> bool:
    """Whether one of the globs matches."""
    return any(matches(glob, role) for glob in globs)


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
        self._only(table, tuple(_CHECKS), where)
        changes = {key: self._checked(_CHECKS[key], table, key, where) for key in table if key != "rules"}
        rules = table.get("rules", [])
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            raise self._wrong((*where, "rules"), f"rules must be tables: [[{'.'.join(map(str, where))}.rules]]")
        own = tuple(self._rule(rule, (*where, "rules", number)) for number, rule in enumerate(rules))
        return replace(base, **changes, rules=own + base.rules)

    def _rule(self, table: dict[str, Any], where: _Keys) -> Rule:
        self._only(table, tuple(_RULE_CHECKS), where)
        if "match" not in table:
            raise self._wrong(where, "a rule needs match, a glob over account/role")
        return Rule(**{key: self._checked(_RULE_CHECKS[key], table, key, where) for key in table})

    def _checked(self, check: "_Check", table: dict[str, Any], key: str, where: _Keys) -> Any:
        try:
            return check(table[key])
        except (BadInput, _Expected) as error:
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


class _Expected(Exception):
    """What a value should have been."""


_Check = Callable[[Any], Any]


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable() or value != value.strip() or not value:
        raise _Expected(f"expected a text on one line, found {value!r}")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Expected(f"expected true or false, found {value!r}")
    return value


def _globs(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _Expected(f"expected a list of globs over account/role, found {value!r}")
    return tuple(_text(each) for each in value)


def _template(value: Any) -> str:
    from ssohelper.profiles import naming  # slow to load, and most files have none

    naming.check_template(_text(value))
    return str(value)


def _region(value: Any) -> str:
    if not REGION.fullmatch(_text(value)):
        raise _Expected(f"expected a region such as eu-central-1, found {value!r}")
    return str(value)


def _number(unit: str, least: float, most: float) -> _Check:
    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise _Expected(f"expected a number of {unit}, {least:g} to {most:g}, found {value!r}")
        return float(value)

    return check


def _one_of(*words: str) -> _Check:
    def check(value: Any) -> str:
        if value not in words:
            raise _Expected(f"expected one of {', '.join(words)}, found {value!r}")
        return str(value)

    return check


def _program(value: Any) -> str:
    if not Path(_text(value)).is_absolute():
        raise _Expected(f"expected an absolute path, found {value!r}")
    return str(value)


def _options(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _Expected(f"expected a table of keys and texts, found {value!r}")
    for key, text in value.items():
        if not _KEY.fullmatch(key) or _RESERVED.fullmatch(key) or key in ("region", "output"):
            raise _Expected(f"{key} cannot be set here")
        _text(text)
    return dict(value)


_CHECKS: dict[str, _Check] = {
    "profile_name": _template,
    "portable_names": _flag,
    "style": _one_of(*get_args(Style)),
    "region": _region,
    "output": _one_of(*OUTPUT_FORMATS),
    "prune": _flag,
    "program": _program,
    "include": _globs,
    "exclude": _globs,
    "rules": list,
    "sign_in": _one_of(*get_args(SignIn)),
    # What Identity Center lets an administrator choose: 15 minutes to 90 days.
    "sign_in_hours": _number("hours", 0.25, 90 * 24),
    "notify_minutes": _number("minutes", 0, 24 * 60),
    "keep_hours": _number("hours", 0, 90 * 24),
    "store": _one_of(*get_args(Store)),
    "console_browser": _one_of(*get_args(ConsoleBrowser)),
    "browser": _program,
    "sensitive_roles": _globs,
}
_RULE_CHECKS: dict[str, _Check] = {
    "match": _text,
    "name": _template,
    "region": _region,
    "output": _one_of(*OUTPUT_FORMATS),
    "style": _one_of(*get_args(Style)),
    "options": _options,
}
