"""The JSON schema for editors says the same of `config.toml` as the program."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
from hypothesis import given
from hypothesis import strategies as some

from ssohelper.errors import BadInput
from ssohelper.settings.checks import (
    ACCEPT_CHECKS,
    CHAINED_CHECKS,
    CHECKS,
    REVIEW_CHECKS,
    RULE_CHECKS,
    Check,
    InvalidValue,
)

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA: dict[str, Any] = json.loads((DOCS / "config.schema.json").read_text())
KINDS = {
    "settings": CHECKS,
    "rule": RULE_CHECKS,
    "chained": CHAINED_CHECKS,
    "review": REVIEW_CHECKS,
    "accepted": ACCEPT_CHECKS,
}
# Checked with the tables in them, not as values.
TABLES = {"rules", "chained", "permission_sets", "accept"}
# Where the program is stricter: a schema has no templates, and knows no characters that cannot be printed.
TEMPLATES = ("profile_name", "name", "role_arn")
WORDS = some.sampled_from(
    [
        *("sso", "credential-process", "file", "keyring", "browser", "device-code", "default", "chrome-profiles"),
        *(
            "json",
            "yaml-stream",
            "eu-central-1",
            "us-gov-west-1",
            "eu-central",
            "EU-WEST-1",
            "/usr/bin/x",
            "x",
            "a b",
        ),
        *("red", "cyan", "purple", "PROD", "x" * 20, "x" * 21, "PROD!", "caf\u00e9"),
        *("", " x", "x ", "*/Admin*", "{account_name}.{role_name}", "arn:aws:iam::{account_id}:role/X", "a\nb"),
    ]
)
NUMBERS = some.sampled_from([-1, 0, 0.2, 0.25, 8, 8.5, 20, 899, 900, 1440, 1441, 2160, 2161, 3600, 3601])
KEYS = some.sampled_from(
    ["cli_pager", "region", "sso_region", "aws_x", "Upper", "s3", "role_arn", "x-y", "external_id"]
)
VALUES = some.one_of(
    WORDS,
    NUMBERS,
    some.booleans(),
    some.lists(some.one_of(WORDS, NUMBERS), max_size=2),
    some.dictionaries(KEYS, WORDS),
)


def of(kind: str, name: str) -> dict[str, Any]:
    """The schema of one setting."""
    found = SCHEMA["definitions"][kind]["properties"][name]
    return {**found, "definitions": SCHEMA["definitions"]}


def accepts(schema: dict[str, Any], value: Any) -> bool:
    """Whether a value is valid by a schema."""
    return bool(jsonschema.Draft7Validator(schema).is_valid(value))


def is_valid(check: Check, value: Any) -> bool:
    """Whether the program accepts a value."""
    try:
        check(value)
    except (InvalidValue, BadInput):
        return False
    return True


def test_names() -> None:
    """Both know the same settings, of sessions, rules, chained profiles and reviews; each has its type or values."""
    assert {kind: set(SCHEMA["definitions"][kind]["properties"]) for kind in KINDS} == {
        kind: set(checks) for kind, checks in KINDS.items()
    }


@given(some.data())
def test_values(data: some.DataObject) -> None:
    """A value is valid for both or for none; a template that is valid is at least text for the schema."""
    kind = data.draw(some.sampled_from(sorted(KINDS)))
    name = data.draw(some.sampled_from(sorted(set(KINDS[kind]) - TABLES)))
    value = data.draw(VALUES)
    valid, by_schema = is_valid(KINDS[kind][name], value), accepts(of(kind, name), value)
    assert valid <= by_schema
    assert name in TEMPLATES or valid == by_schema


def test_examples() -> None:
    """The examples of the docs are valid; a misspelled setting is not."""
    examples = re.findall(r"```toml\n(.+?)```", (DOCS / "how-to.md").read_text(), re.DOTALL)
    assert len(examples) > 5
    for example in examples:
        document = tomllib.loads(example)
        jsonschema.validate(document, SCHEMA)
        assert not accepts(SCHEMA, {**document, "default": {}})
    assert not accepts(SCHEMA, {"defaults": {"stile": "sso"}})
    assert not accepts(SCHEMA, {"defaults": {"rules": [{"region": "eu-west-1"}]}})
