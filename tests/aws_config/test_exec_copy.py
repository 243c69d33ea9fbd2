"""The copy of the AWS config for a command: its role is the default profile."""

import re
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ssohelper.aws_config import exec_copy
from ssohelper.aws_config.config_text import parse
from ssohelper.aws_config.credential_source import source_of
from ssohelper.aws_config.merged import AwsFiles, Merged
from ssohelper.doctor.tools import dotnet_sdk
from ssohelper.errors import Failed
from tests.fixtures import awkward_configs, dotnet, dotnet_configs, profile_configs
from tests.fixtures.examples import examples

BOM = b"\xef\xbb\xbf"
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
        ("role", b"region = us-east-1\ns3 =\n  a = 1\n  b = 2\n"),
        (None, b"region = eu-west-1\n"),
        ("none", b""),
    ],
)
def test_config(profile: str | None, settings: bytes) -> None:
    """The new default has the settings of a profile but not its credentials; the old one has another name."""
    assert exec_copy.copies(AwsFiles(parse(_CONFIG)), profile, {"output": "json"}).config == (
        b"[profile own]\nsource_profile = ssohelper-saved-default\n"
        b"[profile ssohelper-saved-default]\nregion = eu-west-1\n"
        b"[profile role]\nregion = us-east-1\nsso_account_id = 111111111111\nssohelper_session = main\n"
        b"s3 =\n  a = 1\n  b = 2\n[default]\noutput = json\n" + settings
    )


def test_options_override_settings() -> None:
    """An option replaces the setting of the profile."""
    text = parse(b"[profile role]\r\nregion = us-east-1\r\noutput = text\r\n")
    assert exec_copy.copies(AwsFiles(text), "role", {"region": "eu-west-1"}).config.endswith(
        b"[default]\nregion = eu-west-1\noutput = text\n"
    )


def test_credentials() -> None:
    """The default profile of the credentials file has another name, and profiles that use it name that one."""
    data = b"[default]\naws_access_key_id = x\n[other]\nsource_profile=default\n"
    assert exec_copy.copies(AwsFiles(parse(b""), lambda: parse(data)), None, {}).credentials == (
        b"[ssohelper-saved-default]\naws_access_key_id = x\n[other]\nsource_profile = ssohelper-saved-default\n"
    )


@pytest.mark.parametrize(
    "header", ["default", "profile default", " default", "profile  default ", "profile\tdefault"]
)
def test_every_default(header: str) -> None:
    """What some SDK takes for the default profile has another name in both copies, each its own."""
    config = f"[profile 'default']\nregion = a\n[{header}]\nregion = b\n".encode()
    credentials = f"[{header}]\naws_access_key_id = x\n[other]\nsource_profile = {header}\n".encode()
    files = AwsFiles(parse(config), lambda: parse(credentials))
    copies = exec_copy.copies(files, None, {})
    headers = re.findall(r"^\[.*\]$", (copies.config + copies.credentials).decode(), re.MULTILINE)
    assert (len(set(headers)), headers.count("[default]")) == (5, 1) if header != "default" else (4, 1)
    assert not [each for each in headers if "default" in re.split(r"[\s'\[\]]", each) and each != "[default]"]
    exec_copy.check(files, AwsFiles(parse(copies.config), lambda: parse(copies.credentials)), None)


@pytest.mark.parametrize("kind", ["sso-session", "services"])
def test_default_of_another_kind(kind: str) -> None:
    """A session, or a services section, of the name `default` keeps it."""
    session = "sso_start_url = https://x.awsapps.com/start\nsso_region = us-east-1\n"
    profile = "[profile a]\nsso_session = default\nservices = default\nsso_account_id = 1\nsso_role_name = x\n"
    text = f"[sso-session default]\n{session}[services default]\ns3 =\n  endpoint_url = https://x\n{profile}"
    files, copy = copied(text.encode())
    exec_copy.check(files, copy, None)
    assert [each.header for each in copy.config.sections if each.kind == kind] == [f"{kind} default"]


@pytest.mark.parametrize(
    ("odd", "plain"),
    [
        (b"[profile a] # note\nregion = x\n", b"[profile a]\nregion = x\n"),
        (b"  [profile 'a b']\n\tRegion: x\n", b"[profile 'a b']\nregion = x\n"),
        (b"[profile a]\nx = 1\n   2\n\n   3\n", b"[profile a]\nx = 1 2 3\n"),
        (b"[profile a]\ncredential_process = b\n  c\n", b"[profile a]\ncredential_process = b c\n"),
        (b"[profile a]\ncredential_process = b 'c\n  d'\n", b"[profile a]\ncredential_process = b 'c\n  d'\n"),
        (
            b"[profile a]\nrole_arn = x\n  region = y\nsource_profile=a\n",
            b"[profile a]\nrole_arn = x region = y\nsource_profile = a\n",
        ),
        (b"[profile a]\nx = form\x0cfeed\n", b"[profile a]\nx = form\x0cfeed\n"),
        (b"[profile a]\ns3 =\n\n  # c\n    a=1\n  b = x = y\n  = z\n", b"[profile a]\ns3 =\n  a = 1\n  b = x = y\n"),
        (b"[profile a]\rx=\r# c\r", b"[profile a]\nx =\n"),
    ],
)
def test_form(odd: bytes, plain: bytes) -> None:
    """The copies have the form that every SDK can read."""
    files = AwsFiles(parse(odd), lambda: parse(odd))
    copies = exec_copy.copies(files, "none", {})
    assert copies == (plain + b"[default]\n", plain)
    exec_copy.check(files, AwsFiles(parse(copies.config), lambda: parse(copies.credentials)), None)


def copied(
    config: bytes, credentials: bytes = b"", options: dict[str, str] | None = None
) -> tuple[AwsFiles, AwsFiles]:
    """Both files as they are, and as a command sees them."""
    files = AwsFiles(parse(config), lambda: parse(credentials))
    copies = exec_copy.copies(files, None, options or {})
    return files, AwsFiles(parse(copies.config), lambda: parse(copies.credentials))


def test_defaults() -> None:
    """Options of [DEFAULT], which only botocore reads, are in each section that inherits them."""
    config = b"[DEFAULT]\nregion=x\n[services b]\n[profile a]\nregion=y\n[DEFAULT]\ns3=\n  a=1\n"
    assert exec_copy.copies(AwsFiles(parse(config)), "none", {"output": "json"}).config == (
        b"[services b]\nregion = x\ns3 =\n  a = 1\n[profile a]\nregion = y\ns3 =\n  a = 1\n"
        b"[default]\noutput = json\nregion = x\ns3 =\n  a = 1\n"
    )


def test_two_defaults() -> None:
    """Of a default profile that stands twice, the last one is kept under another name; tools can read the copy."""
    _, copy = copied(b"[default]\nregion = us-east-1\n[profile default]\nregion = eu-west-1\n[profile 'default']\n")
    assert copy.problem is None
    assert {name: each.text("region") for name, each in copy.profiles.items()} == {
        exec_copy.SAVED: None,
        "default": None,
    }


def test_credentials_in_defaults() -> None:
    """Credentials of [DEFAULT] stay with the profiles that inherit them; the new default has none of them."""
    config = (
        b"[DEFAULT]\naws_access_key_id = A\naws_secret_access_key = S\nregion = x\n[profile a]\n  output = json\n"
    )
    _, copy = copied(config)
    assert {name: [*each.values] for name, each in copy.profiles.items()} == {
        "a": ["aws_access_key_id", "aws_secret_access_key", "region", "output"],
        "default": ["region"],
    }


def test_unreadable() -> None:
    """Of a file that no tool can read, nothing is copied: the command has its role, and no other profile."""
    broken = parse(b"[a]\nno option\n")
    copies = exec_copy.copies(AwsFiles(broken, lambda: broken), None, {"region": "x"})
    assert copies == (b"[default]\nregion = x\n", b"")


def test_check() -> None:
    """A copy that means something else is refused: unreadable, another default, another source of a profile."""
    files, copy = copied(b"[profile a]\naws_access_key_id = A\naws_secret_access_key = S\n")
    exec_copy.check(files, copy, None)
    for config, message in (
        (
            b"no section\n",
            "^no AWS tool could read the copy of the config file: line 1: text before the first section$",
        ),
        (b"[default]\nlogin_session = x\n", "^the copy of the config file would give the command another role$"),
        (b"[profile a]\nlogin_session = x\n", "^the copy of the config file would change profile 'a'$"),
    ):
        with pytest.raises(Failed, match=message):
            exec_copy.check(files, AwsFiles(parse(config)), None)


@settings(deadline=None, max_examples=examples(300))
@given(config=profile_configs.configs(), credentials=profile_configs.credentials(), process=st.booleans())
def test_every_profile_means_the_same(config: str, credentials: str, process: bool) -> None:
    """In every copy, the default is the command's own, and each other profile has the source that it had."""
    line = "/bin/ssohelper-credential-process --session s --account-id 1 --role-name r" if process else None
    files, copy = copied(config.encode(), credentials.encode(), {"credential_process": line} if line else {})
    exec_copy.check(files, copy, line)
    source = source_of(copy, "default", {}, explicit=True)
    assert (source.process if source else None) == line


def plain(profile: Merged) -> dict[str, object]:
    """The options of a profile, without those of a block that have no name; a value of several lines on one."""
    found: dict[str, object] = {}
    for key, value in profile.values.items():
        parsed = value.parsed
        if isinstance(parsed, dict):
            found[key] = {name: text for name, text in parsed.items() if name}
        else:
            found[key] = " ".join(filter(None, parsed.split("\n")))
    return found


@settings(deadline=None, max_examples=examples(300))
@given(config=awkward_configs.tidy_files, credentials=awkward_configs.tidy_files)
def test_every_option_is_kept(config: bytes, credentials: bytes) -> None:
    """In every copy, each profile but the default has the options that botocore reads in the user's files."""
    before = AwsFiles(parse(config.removeprefix(BOM)), lambda: parse(credentials.removeprefix(BOM)))
    if before.problem:
        return
    copies = exec_copy.copies(AwsFiles(parse(config), lambda: parse(credentials)), None, {})
    copy = AwsFiles(parse(copies.config), lambda: parse(copies.credentials))
    assert copy.problem is None
    kept = {name: plain(each) for name, each in before.profiles.items() if "default" not in name}
    assert {name: plain(each) for name, each in copy.profiles.items() if name in kept} == kept


def name_in_dotnet(profile: Merged) -> str:
    """The name of a profile by its section that counts most."""
    file, section = profile.layers[0]
    return section.header if file == "credentials" else dotnet_sdk.profile_name(section)


@pytest.mark.full
@settings(
    deadline=None,
    max_examples=examples(5),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.generate),
)
@given(files=st.lists(dotnet_configs.odd_pairs, min_size=60, max_size=60))
def test_in_dotnet(tmp_path: Path, files: list[tuple[str, str]]) -> None:
    """Both versions of the SDK for .NET read every copy, and find each profile in it with the options that it had."""
    before = [AwsFiles(parse(config.encode()), partial(parse, text.encode())) for config, text in files]
    copies = [exec_copy.copies(each, None, {}) for each in before]
    texts = [(each.config.decode(), each.credentials.decode()) for each in copies]
    for version in ("3", "4"):
        answers = dotnet.profiles(f"aws-dotnet-{version}", texts, tmp_path)
        for each, copied, answer in zip(before, texts, answers, strict=True):
            found = {name: profile["options"] for name, profile in answer["profiles"].items()}
            expected = {
                name_in_dotnet(profile): {"CredentialProcess": plain(profile)["credential_process"]}
                for profile in each.profiles.values()
            }
            assert {name: found.get(name) for name in expected} == expected, (copied, answer)
