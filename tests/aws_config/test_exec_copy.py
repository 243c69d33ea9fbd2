"""The copy of the AWS config for a command: its role is the default profile."""

import pytest

from ssohelper.aws_config import exec_copy
from ssohelper.aws_config.config_text import parse

_CONFIG = b"""\
\xef\xbb\xbf[profile own]
SOURCE_PROFILE : default
[default]  # mine
region = eu-west-1
[profile role]
Region = us-east-1
sso_account_id = 111111111111
ssohelper_session = main
s3 =
    # note
  a = 1

  b = 2"""


@pytest.mark.parametrize(
    ("profile", "settings"),
    [
        ("role", b"Region = us-east-1\ns3 =\n  # note\n  a = 1\n  b = 2\n"),
        (None, b"region = eu-west-1\n"),
        ("none", b""),
    ],
)
def test_config(profile: str | None, settings: bytes) -> None:
    """The new default has the settings of a profile but not its credentials; the old one has another name."""
    copied = _CONFIG.removeprefix(b"\xef\xbb\xbf").replace(b": default", b": ssohelper-saved-default")
    assert exec_copy.config(parse(_CONFIG), profile, {"output": "json"}) == (
        copied.replace(b"[default]", b"[profile ssohelper-saved-default]")
        + b"\n[default]\noutput = json\n"
        + settings
    )


def test_options_override_settings() -> None:
    """An option replaces the setting of the profile."""
    text = parse(b"[profile role]\r\nregion = us-east-1\r\noutput = text\r\n")
    assert exec_copy.config(text, "role", {"region": "eu-west-1"}).endswith(
        b"[default]\r\nregion = eu-west-1\r\noutput = text\r\n"
    )


def test_credentials() -> None:
    """The default profile of the credentials file has another name, and profiles that use it name that one."""
    data = b"[default]\naws_access_key_id = x\n[other]\nsource_profile=default\n"
    assert exec_copy.credentials(parse(data)).strip() == (
        b"[ssohelper-saved-default]\naws_access_key_id = x\n[other]\nsource_profile = ssohelper-saved-default"
    )
