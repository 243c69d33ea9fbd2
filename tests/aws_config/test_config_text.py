"""A parsed config file is written back byte for byte, and is read as botocore reads it."""

from pathlib import Path
from typing import Any

import pytest
from botocore.configloader import build_profile_map, raw_config_parse
from botocore.exceptions import ConfigParseError
from hypothesis import HealthCheck, example, given, settings

from ssohelper.aws_config import config_text
from ssohelper.aws_config.config_text import Option, parse, unparse
from tests.fixtures import awkward_configs
from tests.fixtures.examples import examples

# All examples write the same file.
_same_folder = settings(
    deadline=None, max_examples=examples(300), suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@settings(deadline=None, max_examples=examples(300))
@given(awkward_configs.files)
@example(b"")
@example(b"\n")
@example(b"\xef\xbb\xbf")
@example(b"\xff\xfe[\x00d\x00")
@example(b"[default]\r\r\n\nregion = x\x85\xe2\x80\xa8\x1c")
def test_round_trip(data: bytes) -> None:
    """A file that is parsed and unparsed is the same, whatever it holds."""
    assert unparse(parse(data)) == data


@_same_folder
@given(data=awkward_configs.files)
@example(data=b"[profile a]\ns3 =\n  x = 1\n\n\n  # c\n  y = 2\n\nregion = x\n")
@example(data=b"[DEFAULT]\nregion = a\n[profile a]\nk = v\n[DEFAULT]\noutput = b\n")
@example(data=b"[DEFAULT]\ns3 =\n  invalid\n")
@example(data=b"[DEFAULT]\ns3 =\n  invalid\n[profile a]\n")
@example(data=b"[profile a]\ns3 =\n  x = 1\n[DEFAULT]\ns3 =\n  invalid\n")
@example(data=b"[profile a]\ns3 =\n  x = 1\n[DEFAULT]\ns3 =\n  invalid\n[profile b]\n")
@example(data=b"[profile a]\ns3 =\n  x = 1\x0cinvalid\n")
@example(data=b"[profile a]\ns3 =\n  # no option\n  x = 1\n")
@example(data=b"  [profile a]\n    region = 1\n   output = 2\n  [profile b]\n")
def test_read_as_botocore_does(tmp_path: Path, data: bytes) -> None:
    """Sections, options, values and names are those that botocore finds; or both find that it cannot be read."""
    raw = _read_by_botocore(tmp_path / "config", data)
    text = parse(data)
    assert (text.problem is None) == (raw is not None)
    if raw is None:
        return
    inherited: dict[str, str] = {}
    for section in text.sections:
        inherited |= section.values() if section.header == "DEFAULT" else {}
    sections = {each.header: inherited | each.values() for each in text.sections if each.header != "DEFAULT"}
    assert sections == raw
    by_kind = {
        kind: {each.name: inherited | each.values() for each in text.of_kind(kind)}
        for kind in ("profile", "sso-session", "services")
    }
    names = build_profile_map(raw)
    assert by_kind == {
        "profile": names["profiles"],
        "sso-session": names["sso_sessions"],
        "services": names["services"],
    }


def _read_by_botocore(path: Path, data: bytes) -> dict[str, Any] | None:
    path.write_bytes(data)
    try:
        raw_config_parse(str(path))  # which refuses invalid blocks of options
        return dict(raw_config_parse(str(path), parse_subsections=False))
    except ConfigParseError:
        return None


@pytest.mark.parametrize(
    ("header", "identity"),
    [
        ("default", ("profile", "default")),
        ("profile default", ("profile", "default")),
        ("profile x", ("profile", "x")),
        ("profile\tx", ("profile", "x")),
        ("profile  x ", ("profile", "x")),
        ('profile "my prof"', ("profile", "my prof")),
        (r"profile my\ prof", ("profile", "my prof")),
        ('profile ""', ("profile", "")),
        ("profile #x", ("profile", "#x")),
        ("profilex y", ("profile", "y")),
        ("profile caf\u00e9", ("profile", "caf\u00e9")),
        ("sso-session main", ("sso-session", "main")),
        ("services s", ("services", "s")),
        (" profile x ", ("", "")),
        ("profile my prof", ("", "")),
        ("profilex", ("", "")),
        ("profile", ("", "")),
        ('profile "x', ("", "")),
        ("Default", ("", "")),
        ("DEFAULT", ("", "")),
        ("plugins", ("", "")),
    ],
)
def test_identify(header: str, identity: tuple[str, str]) -> None:
    """A header has the kind and the name that botocore reads."""
    assert config_text.identify(header) == identity
    found = build_profile_map({header: {"k": "v"}})
    expected = {"profile": found["profiles"], "sso-session": found["sso_sessions"], "services": found["services"]}
    assert {kind: list(names) for kind, names in expected.items() if names} == (
        {identity[0]: [identity[1]]} if identity[0] else {}
    )


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("default", "default"),
        ("prod.Admin", "profile prod.Admin"),
        ("my prof", "profile 'my prof'"),
        ("O'Brien", "profile 'O'\"'\"'Brien'"),
        ("back\\slash", "profile 'back\\slash'"),
        ("caf\u00e9", "profile caf\u00e9"),
        ("", "profile ''"),
    ],
)
def test_header(name: str, header: str) -> None:
    """A name is quoted only if botocore would misread it, and is always read back."""
    assert config_text.header(name) == header
    assert config_text.identify(header) == ("profile", name)


def test_lines_of_options() -> None:
    """Every option has its lines; a comment below the last one does not belong to the section."""
    text = parse(b"# top\n[profile a]\n# c\nregion = x\ns3 =\n  a = 1\n  # c\n  b = 2\n\n# next\n[profile b]\n")
    [first, second] = text.sections
    assert first.options == (
        Option("region", "x", 3, 3),
        Option("s3", "\na = 1\nb = 2", 4, 7),
    )
    assert (first.first, first.last, second.first, second.last) == (1, 7, 10, 10)


@pytest.mark.parametrize(
    ("data", "managed"),
    [
        (b"[profile a]\nssohelper_session = main\n", True),
        (b"[profile a]\nSSOHELPER_Session: main\n", True),
        (b"[default]\nssohelper_session = main\n", True),
        (b"[profile a]\n# ssohelper_session = main\n", False),
        (b"[profile a]\ns3 =\n  ssohelper_session = main\n", False),
        (b"[profile a]\nregion = ssohelper_session = main\n", False),
        (b"[sso-session a]\nssohelper_session = main\n", False),
        (b"[profile a b]\nssohelper_session = main\n", False),
    ],
)
def test_managed(data: bytes, managed: bool) -> None:
    """A profile is managed if and only if `ssohelper_session` is one of its own keys."""
    [section] = parse(data).sections
    assert section.managed == managed


@pytest.mark.parametrize(
    ("data", "newline"), [(b"", "\n"), (b"[a]", "\n"), (b"[a]\r\nb = c\n", "\r\n"), (b"a\rb", "\r"), (b"a\nb", "\n")]
)
def test_newline(data: bytes, newline: str) -> None:
    """The line ending of a file is its first one, or LF if it has none."""
    assert parse(data).newline == newline
