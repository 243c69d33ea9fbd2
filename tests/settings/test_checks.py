"""Checks of single values, by setting."""

from typing import Any

import pytest

from ssohelper.errors import BadInput
from ssohelper.settings.checks import CHECKS, RULE_CHECKS, InvalidValue

VALID = [
    ("profile_name", "{account_id}", "{account_id}"),
    ("portable_names", False, False),
    ("style", "credential-process", "credential-process"),
    ("region", "us-gov-west-1", "us-gov-west-1"),
    ("output", "yaml-stream", "yaml-stream"),
    ("prune", True, True),
    ("program", "/opt/bin/ssohelper", "/opt/bin/ssohelper"),
    ("include", ["a", "*/b"], ("a", "*/b")),
    ("exclude", [], ()),
    ("sign_in", "device-code", "device-code"),
    ("sign_in_hours", 0.25, 0.25),
    ("sign_in_hours", 2160, 2160.0),
    ("notify_minutes", 0, 0.0),
    ("keep_hours", 2160, 2160.0),
    ("store", "keyring", "keyring"),
    ("console_browser", "firefox-containers", "firefox-containers"),
    ("browser", "/opt/firefox/firefox", "/opt/firefox/firefox"),
    ("sensitive_roles", ["*/Admin"], ("*/Admin",)),
]


@pytest.mark.parametrize(("key", "value", "expected"), VALID)
def test_valid_values(key: str, value: Any, expected: Any) -> None:
    """A valid value is returned; lists become tuples, numbers floats."""
    checked = CHECKS[key](value)
    assert (checked, type(checked)) == (expected, type(expected))


INVALID = [
    ("style", "SSO", "expected one of sso, credential-process, found 'SSO'"),
    ("style", [], "expected one of sso, credential-process, found []"),
    ("prune", "no", "expected true or false, found 'no'"),
    ("portable_names", 0, "expected true or false, found 0"),
    ("region", "Ireland", "expected a region such as eu-central-1, found 'Ireland'"),
    ("region", 1, "expected one line of text, found 1"),
    ("region", "", "expected one line of text, found ''"),
    ("region", " x", "expected one line of text, found ' x'"),
    ("region", "a\nb", "expected one line of text, found 'a\\nb'"),
    ("output", "xml", "expected one of json, text, table, yaml, yaml-stream, off, found 'xml'"),
    ("program", "ssohelper", "expected an absolute path, found 'ssohelper'"),
    ("browser", "firefox", "expected an absolute path, found 'firefox'"),
    ("console_browser", "lynx", "expected one of default, firefox-containers, chrome-profiles, found 'lynx'"),
    ("include", "*", "expected a list of account/role globs, found '*'"),
    ("exclude", ["a", 1], "expected one line of text, found 1"),
    ("sign_in", "fax", "expected one of browser, device-code, found 'fax'"),
    ("store", "cloud", "expected one of file, keyring, found 'cloud'"),
    ("sign_in_hours", 0.2, "expected a number of hours, 0.25 to 2160, found 0.2"),
    ("keep_hours", True, "expected a number of hours, 0 to 2160, found True"),
    ("keep_hours", 2160.5, "expected a number of hours, 0 to 2160, found 2160.5"),
    ("notify_minutes", "5", "expected a number of minutes, 0 to 1440, found '5'"),
]


@pytest.mark.parametrize(("key", "value", "message"), INVALID)
def test_invalid_values(key: str, value: Any, message: str) -> None:
    """The message says what is expected, and what was found."""
    with pytest.raises(InvalidValue) as refused:
        CHECKS[key](value)
    assert str(refused.value) == message


def test_invalid_template() -> None:
    """Templates are checked as those of `--profile-name` are."""
    with pytest.raises(BadInput, match=r"^unknown field \{nam\} in the template '\{nam\}'"):
        CHECKS["profile_name"]("{nam}")


RESERVED = [
    "sso_session", "sso_anything", "ssohelper_session", "aws_access_key_id", "credential_process",
    "credential_source", "role_arn", "source_profile", "web_identity_token_file", "login_session", "region",
    "output", "Upper", "with-dash", "",
]  # fmt: skip


@pytest.mark.parametrize("key", RESERVED)
def test_reserved_options(key: str) -> None:
    """A rule cannot set where credentials come from, what has a setting of its own, or an invalid key."""
    with pytest.raises(InvalidValue) as refused:
        RULE_CHECKS["options"]({key: "x"})
    assert str(refused.value) == f"{key} cannot be set here"


@pytest.mark.parametrize(
    ("value", "message"),
    [("x", "expected a table of strings, found 'x'"), ({"cli_pager": 1}, "expected one line of text, found 1")],
)
def test_invalid_options(value: Any, message: str) -> None:
    """Options are a table of strings."""
    with pytest.raises(InvalidValue) as refused:
        RULE_CHECKS["options"](value)
    assert str(refused.value) == message


def test_valid_options() -> None:
    """Any other option of the AWS config file can be set."""
    options = {"cli_pager": "less", "duration_seconds": "900"}
    assert RULE_CHECKS["options"](options) == options
