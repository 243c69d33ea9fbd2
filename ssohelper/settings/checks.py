"""Checks of the values in `config.toml`. A check returns the value, or raises `InvalidValue` or `BadInput`."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, get_args

from ssohelper.roles import LONGEST_CHAINED_SECONDS, is_role_arn
from ssohelper.settings.model import Browser, RoleColor, SignIn, Store, Style

# Of AWS CLI versions 1 and 2: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-output-format.html
OUTPUT_FORMATS = ("json", "text", "table", "yaml", "yaml-stream", "off")
REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}")

_KEY = re.compile(r"[a-z][a-z0-9_]*")
# Keys that decide which role a profile is for, or where its credentials come from.
_RESERVED = re.compile(r"(sso_|ssohelper_|aws_|credential_|role_arn|source_profile|web_identity|login_session).*")


class InvalidValue(Exception):
    """A value that is not allowed; the message says what is expected."""


Check = Callable[[Any], Any]


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable() or value != value.strip() or not value:
        raise InvalidValue(f"expected one line of text, found {value!r}")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidValue(f"expected true or false, found {value!r}")
    return value


def _list_of(what: str) -> Check:
    def check(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise InvalidValue(f"expected a list of {what}, found {value!r}")
        return tuple(_text(each) for each in value)

    return check


def _template(value: Any) -> str:
    from ssohelper.settings import name_templates  # slow to load, and most files have none

    name_templates.check_template(_text(value))
    return str(value)


def _region(value: Any) -> str:
    if not REGION.fullmatch(_text(value)):
        raise InvalidValue(f"expected a region such as eu-central-1, found {value!r}")
    return str(value)


def _number(unit: str, least: float, most: float) -> Check:
    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise InvalidValue(f"expected a number of {unit}, {least:g} to {most:g}, found {value!r}")
        return float(value)

    return check


def _date(value: Any) -> str:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value), re.ASCII):
        with suppress(ValueError):
            return date.fromisoformat(str(value)).isoformat()
    raise InvalidValue(f"expected a date such as 2027-01-31, found {str(value)!r}")


def _one_of(*words: str) -> Check:
    def check(value: Any) -> str:
        if value not in words:
            raise InvalidValue(f"expected one of {', '.join(words)}, found {value!r}")
        return str(value)

    return check


def _program(value: Any) -> str:
    if not Path(_text(value)).is_absolute():
        raise InvalidValue(f"expected an absolute path, found {value!r}")
    return str(value)


def _role_arn(value: Any) -> str:
    from ssohelper.settings import name_templates

    name_templates.check_template(_text(value))
    if not is_role_arn(name_templates.example(value)):
        raise InvalidValue(f"expected a role ARN such as arn:aws:iam::{{account_id}}:role/Deploy, found {value!r}")
    return str(value)


def _chained_duration(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 900 <= value <= LONGEST_CHAINED_SECONDS:
        raise InvalidValue(f"expected 900 to 3600 seconds (role chaining is limited to 1h), found {value!r}")
    return value


def _matching(pattern: str, what: str) -> Check:
    def check(value: Any) -> str:
        if not re.fullmatch(pattern, _text(value), re.ASCII):
            raise InvalidValue(f"expected {what}, found {value!r}")
        return str(value)

    return check


def _options(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise InvalidValue(f"expected a table of strings, found {value!r}")
    for key, text in value.items():
        if not _KEY.fullmatch(key) or _RESERVED.fullmatch(key) or key in ("region", "output"):
            raise InvalidValue(f"{key} cannot be set here")
        _text(text)
    return dict(value)


def _chained_options(value: Any) -> dict[str, str]:
    for key in _options(value):
        if key in ("mfa_serial", "external_id", "role_session_name", "duration_seconds"):
            raise InvalidValue(f"{key} cannot be set here")
    return dict(value)


_globs = _list_of("account/role globs")
_set_globs = _list_of("globs over names of permission sets")
CHECKS: dict[str, Check] = {
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
    "chained": list,
    "sign_in": _one_of(*get_args(SignIn)),
    # The range that Identity Center lets administrators choose from: 15 minutes to 90 days.
    "sign_in_hours": _number("hours", 0.25, 90 * 24),
    "notify_minutes": _number("minutes", 0, 24 * 60),
    "keep_hours": _number("hours", 0, 90 * 24),
    "store": _one_of(*get_args(Store)),
    "console_browser": _one_of(*get_args(Browser)),
    "sign_in_browser": _one_of(*get_args(Browser)),
    "browser": _program,
    "sensitive_roles": _globs,
    "admin": _text,
    "permission_sets": dict,
}
_HOURS = _number("hours", 0.25, 12)
REVIEW_CHECKS: dict[str, Check] = {
    "ignore": _set_globs,
    "ignore_assignments": _list_of("globs over account/permission set"),
    "break_glass": _set_globs,
    "read_only": _set_globs,
    "powerful_hours": _HOURS,
    "longest_hours": _HOURS,
    "development_ous": _list_of('globs over organizational units, such as "*/dev"'),
    "required_tags": _list_of("names of tags"),
    "reviewed_tag": _text,
    "review_days": _number("days", 1, 3650),
    "policy_lines": _number("lines", 1, 10_000),
    "rate": _number("calls a second", 1, 1000),
    "accept": list,
}
ACCEPT_CHECKS: dict[str, Check] = {"kind": _text, "match": _text, "why": _text, "until": _date}
RULE_CHECKS: dict[str, Check] = {
    "match": _text,
    "name": _template,
    "region": _region,
    "output": _one_of(*OUTPUT_FORMATS),
    "style": _one_of(*get_args(Style)),
    "options": _options,
    "color": _one_of(*get_args(RoleColor)),
    # Short, and no character that is special to a shell: it stands in the prompt.
    "label": _matching(r"[A-Za-z0-9 ._@+=,/:~-]{1,20}", "1 to 20 letters, digits, spaces and ._@+=,/:~-"),
    "warning": _text,
    "confirm": _flag,
}
CHAINED_CHECKS: dict[str, Check] = {
    "match": _text,
    "role_arn": _role_arn,
    "name": _template,
    "region": _region,
    "output": _one_of(*OUTPUT_FORMATS),
    # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    "external_id": _matching(r"[\w+=,.@:/-]{2,1224}", "2 to 1224 letters, digits and +=,.@:/-"),
    "role_session_name": _matching(r"[\w+=,.@-]{2,64}", "2 to 64 letters, digits and +=,.@-"),
    "duration_seconds": _chained_duration,
    "options": _chained_options,
}
# By the name of the array of tables.
TABLE_CHECKS = {"rules": RULE_CHECKS, "chained": CHAINED_CHECKS, "accept": ACCEPT_CHECKS}
