"""Both AWS files as one view: what botocore reads for each profile and session."""

import os
from pathlib import Path
from unittest import mock

import botocore.session
import pytest
from hypothesis import HealthCheck, given, settings

from ssohelper.aws_config.config_text import parse
from ssohelper.aws_config.merged import AwsFiles, Merged
from tests.fixtures import awkward_configs, botocore_view
from tests.fixtures.examples import examples

CONFIG = b"""\
[DEFAULT]
region = us-east-1
[profile a]
output = json
[profile b]
region = eu-west-1
[profile a b]
output = dropped
[sso-session main]
sso_start_url = https://a/start
[default]
output = text
[profile default]
region = eu-north-1
"""
CREDENTIALS = b"""\
[DEFAULT]
output = table
[a]
region = eu-south-1
[only]
[profile b]
region = x
"""


def values(options: Merged) -> dict[str, str]:
    """The options as text."""
    return {key: value.text for key, value in options.values.items()}


def test_merged() -> None:
    """[DEFAULT] is inherited, the credentials file overrides, and of a profile that stands twice the last counts."""
    files = AwsFiles(parse(CONFIG), lambda: parse(CREDENTIALS))
    assert {name: values(each) for name, each in files.profiles.items()} == {
        "a": {"region": "eu-south-1", "output": "table"},
        "b": {"region": "eu-west-1"},
        "default": {"region": "eu-north-1"},
        "only": {"output": "table"},
        "profile b": {"region": "x", "output": "table"},
    }
    assert {name: values(each) for name, each in files.sessions.items()} == {
        "main": {"region": "us-east-1", "sso_start_url": "https://a/start"}
    }


@pytest.mark.parametrize(
    ("profile", "key", "place"),
    [
        ("a", "region", "line 4 of the credentials file"),
        ("a", "output", "line 2 of the credentials file"),
        ("b", "region", "line 6 of the config file"),
        ("default", "region", "line 14 of the config file"),
    ],
)
def test_place(profile: str, key: str, place: str) -> None:
    """It is known where a value stands."""
    value = AwsFiles(parse(CONFIG), lambda: parse(CREDENTIALS)).profiles[profile].get(key)
    assert value is not None
    assert value.place == place
    assert value.text not in repr(value)


@settings(deadline=None, max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(config=awkward_configs.files, credentials=awkward_configs.files)
def test_same_options_as_botocore(tmp_path: Path, config: bytes, credentials: bytes) -> None:
    """Botocore reads the same profiles and sessions with the same options, or can read nothing."""
    files = AwsFiles(parse(config), lambda: parse(credentials))
    with mock.patch.dict(os.environ, botocore_view.write(tmp_path, config, credentials)):
        try:
            theirs = botocore.session.Session().full_config
        except botocore.exceptions.ConfigParseError:
            assert files.problem is not None
            return
    assert files.problem is None
    ours = {name: {k: v.parsed for k, v in each.values.items()} for name, each in files.profiles.items()}
    assert ours == theirs["profiles"]
    assert {name: {k: v.parsed for k, v in each.values.items()} for name, each in files.sessions.items()} == theirs[
        "sso_sessions"
    ]
