"""Whatever is in the AWS files, what botocore refuses is found, and fixing ends and harms nothing else."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from unittest import mock

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from ssohelper.aws_config import config_text, credential_source, resolve
from ssohelper.aws_config.config_text import parse
from ssohelper.aws_config.credential_source import Refused
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.doctor import fixing, registry
from ssohelper.doctor.checkup import AwsFile, Checkup, SettingsFile
from ssohelper.findings import Change, Finding
from ssohelper.identity_center import regions
from ssohelper.settings.model import Settings
from tests.fixtures import awkward_configs, botocore_view, profile_configs
from tests.fixtures.botocore_view import Refusal
from tests.fixtures.examples import examples

CONFIG, CREDENTIALS = Path("/config"), Path("/credentials")
REGIONS = regions.names()
# Without the profile b, the header below it would be read as part of the value above.
INDENTED = """\
[profile a]
output = json
[profile b]
  sso_account_id = 111122223333
 [profile c]
region = us-east-1
"""
SOURCE_KINDS = (
    "static-keys",
    "program-not-found",
    "relative-program",
    "blank-in-program",
    "header-not-portable",
    "invalid-account-id",
    "invalid-role-name",
    "legacy",
)
SESSION = "[sso-session main]\nsso_start_url = https://a/start\nsso_region = eu-west-1\n"
ROLE = "sso_session = main\nsso_account_id = 111122223333\nsso_role_name = Admin\n"
KEYS = "aws_access_key_id = A\naws_secret_access_key = s\n"
# Profiles that work, although something is odd about them.
ARN = "role_arn = arn:aws:iam::999988887777:role/x\n"
CHAINED = f"{SESSION}[profile base]\n{ROLE}[profile x]\n{ARN}source_profile = base\n"
LEGACY = "sso_account_id = 222233334444\nsso_role_name = Admin\nsso_start_url ="
PUT_ASIDE = "aws_access_key_id_old = A\naws_secret_access_key_old = s\n"
# Profiles that work, although something is odd about them: the config file, and the credentials file.
WORKING = {
    "assumed role beside half a role": (f"{CHAINED}sso_account_id = 111122223333\n", ""),
    "role in the session": (f"{SESSION}sso_role_name = A\n[profile x]\nsso_session = main\nsso_account_id = 1\n", ""),
    "assumed role beside a program": (f"{CHAINED}credential_process = /gone/x\n", ""),
    "keys beside a program that is gone": ("[profile x]\ncredential_process = /gone/x\n", f"[x]\n{KEYS}"),
    "inherited region of the session": (
        f"[DEFAULT]\nsso_region = us-east-1\n{SESSION}[profile x]\n{LEGACY} https://b\n[profile base]\n{ROLE}",
        "",
    ),
    "one portable name for two": (f'[profile "a b"]\n{KEYS}[profile "a  b"]\n{KEYS.replace("A", "B")}', ""),
    "one name for two in the credentials file": ("", f"[profile x]\n{KEYS}[profile  x]\n{KEYS.replace('A', 'B')}"),
    "keys that are put aside": (f"[profile x]\nregion = eu-west-1\n{PUT_ASIDE}", ""),
    "a program that is put aside": (f"[profile x]\n{KEYS}credential_process_old = /opt/old\n", ""),
    "a name with a space that is a source": (
        f'[profile "my prof"]\n{KEYS}[profile y]\n{ARN}source_profile = my prof\n',
        "",
    ),
    "start URL in the credentials file": (
        f"{SESSION}[profile x]\nsso_region = eu-west-1\n{LEGACY} https://a/start\n",
        "[x]\nsso_start_url = https://b/start\n",
    ),
    "role in DEFAULT beside a program": (
        f"[DEFAULT]\n{ROLE}{SESSION}[profile x]\nsso_session = main\ncredential_process = /bin/true\n",
        "",
    ),
    "an option that begins with a bracket": (f"{SESSION}[profile x]\n[note = hello\n{ROLE}", ""),
    "a default that is overridden": (f"{SESSION}[default]\nsso_account_id = 1\n[profile default]\n{ROLE}", ""),
}
# Hypothesis makes many small files, which is slow where each is read by botocore.
CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def checkup_of(config: bytes, credentials: bytes = b"") -> Checkup:
    """A checkup of two files on a machine where all else is in order."""
    files = AwsFiles(parse(config), lambda: parse(credentials))
    return Checkup(
        config=AwsFile(CONFIG, files.config),
        credentials=AwsFile(CREDENTIALS, files.credentials),
        files=files,
        settings=SettingsFile(Path("/settings"), {None: Settings()}),
        environment={},
        sessions=resolve.sessions(files),
        regions=REGIONS,
        identity_center_regions=REGIONS,
        secret_files=(),
        trusted_files=(),
        own_files=(),
        leftovers=(),
        agent={"running": False},
        agent_installed=False,
        now=0,
        which=lambda name: None if "/gone/" in name or name.startswith("~") else f"/bin/{name}",
        token_data=lambda _session: {},
    )


def contents(checkup: Checkup) -> tuple[bytes, bytes]:
    """What is in the two files."""
    return config_text.unparse(checkup.config.text), config_text.unparse(checkup.credentials.text)


def accept_all(_finding: Finding, _change: Change, _file: AwsFile) -> bool:
    """Wants every change."""
    return True


def refused_by_botocore(folder: Path, config: str, credentials: str, profiles: Iterator[str]) -> set[str]:
    """The profiles that botocore refuses."""
    files = botocore_view.write(folder, config.encode(), credentials.encode())
    with mock.patch.dict(os.environ, {**files, "HOME": str(folder)}):
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            os.environ.pop(name, None)
        return {name for name in profiles if isinstance(botocore_view.source(name), Refusal)}


@settings(deadline=None, max_examples=examples(200), suppress_health_check=CHECKS)
@given(config=profile_configs.configs(), credentials=profile_configs.credentials())
def test_every_refusal_is_found(tmp_path: Path, config: str, credentials: str) -> None:
    """If botocore refuses a profile, there is an error: of the profile, or of what it leads to."""
    checkup = checkup_of(config.encode(), credentials.encode())
    refused = refused_by_botocore(tmp_path, config, credentials, iter(checkup.files.profiles))
    errors = [each for each in registry.findings(checkup) if each.severity == "error"]
    event(f"refused: {bool(refused)}")
    assert not refused or errors
    if not checkup.files.problem:
        told = {each.profile for each in errors}
        for name in refused:
            with pytest.raises(Refused) as caught:
                credential_source.source_of(checkup.files, name, {}, explicit=True)
            assert told & {name, caught.value.profile, None}


@settings(deadline=None, max_examples=examples(200), suppress_health_check=CHECKS)
@given(config=profile_configs.configs(), credentials=profile_configs.credentials())
def test_fixing_ends(config: str, credentials: str) -> None:
    """With all changes made, none is left to make; the profiles without a finding mean what they meant."""
    checkup = checkup_of(config.encode(), credentials.encode())
    fixed = fixing.fix(checkup, accept_all)
    assert contents(fixing.fix(fixed.checkup, accept_all).checkup) == contents(fixed.checkup)
    assert_same_meaning(checkup, fixed)


def assert_same_meaning(checkup: Checkup, fixed: fixing.Fixed) -> None:
    """Each profile that works means what it meant, unless a fix is about where its credentials come from."""
    if checkup.files.problem:
        return
    about_sources = {each.profile for each in fixed.findings if each.kind in SOURCE_KINDS}
    about_sources |= {f"profile {each.profile}" for each in fixed.findings if each.kind == "credentials-header"}
    for name in checkup.files.profiles.keys() - about_sources:
        before = meaning(checkup, name)
        if before not in ("refused", ()):
            assert meaning(fixed.checkup, name) == before, name


def meaning(checkup: Checkup, profile: str) -> tuple[object, ...] | Literal["refused"]:
    """What a profile gives credentials of; "refused" if botocore refuses it."""
    try:
        source = credential_source.source_of(checkup.files, profile, {}, explicit=True)
    except Refused:
        return "refused"
    if source is None:
        return ()
    # A session instead of a start URL makes no difference.
    return tuple(source.sso._replace(session_name=None)) if source.sso else source.identity


@settings(deadline=None, max_examples=examples(200), suppress_health_check=CHECKS)
@given(data=awkward_configs.files)
def test_any_bytes(data: bytes) -> None:
    """Files with any lines can be checked and fixed; no change is made without a finding."""
    checkup = checkup_of(data)
    fixed = fixing.fix(checkup, accept_all)
    assert (contents(fixed.checkup) == contents(checkup)) == (fixed.findings == [])


@settings(deadline=None, max_examples=examples(200), suppress_health_check=CHECKS)
@given(config=profile_configs.configs(), choice=st.data())
def test_declined_changes(config: str, choice: st.DataObject) -> None:
    """A change that is not wanted is not made, and not asked for again."""
    asked = []

    def accept(finding: Finding, change: Change, _file: AwsFile) -> bool:
        asked.append((finding.kind, finding.line, finding.message))
        return choice.draw(st.booleans(), label=change.summary)

    fixed = fixing.fix(checkup_of(config.encode()), accept)
    assert len(asked) == len(set(asked))
    assert {(each.kind, each.line, each.message) for each in fixed.findings} <= set(asked)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (
            "[profile x]\n# region = home\nregion = home\n  more\n",
            "[profile x]\n# region = home\n# region = home\n#   more\n",
        ),
    ],
)
def test_only_what_is_found(config: str, expected: str) -> None:
    """Lines beside the one that is found are unchanged."""
    assert contents(fixing.fix(checkup_of(config.encode()), accept_all).checkup)[0].decode() == expected


def test_lines_that_depend_on_others() -> None:
    """A change that would alter how another line is read is not made."""
    assert contents(fixing.fix(checkup_of(INDENTED.encode()), accept_all).checkup)[0].decode() == INDENTED


def test_line_numbers_stay() -> None:
    """A declined change is asked for once, though another one is to a value of several lines."""
    session = "[sso-session s]\nsso_start_url = https://s/start\nsso_region = us-east-1\n"
    profiles = "[profile a]\nregion = us-east-1\n  \u200b\n[profile b]\nregion = nowhere\n"
    asked = []

    def accept(finding: Finding, _change: Change, _file: AwsFile) -> bool:
        asked.append((finding.profile, finding.line))
        return finding.profile == "a"

    fixing.fix(checkup_of((session + profiles).encode()), accept)
    assert asked == [("a", 5), ("b", 8)]


@pytest.mark.parametrize(("config", "credentials"), WORKING.values(), ids=WORKING)
def test_working_profiles(config: str, credentials: str) -> None:
    """A profile that botocore can use gives the same credentials after all changes."""
    checkup = checkup_of(config.encode(), credentials.encode())
    before = {name: meaning(checkup, name) for name in checkup.files.profiles}
    after = fixing.fix(checkup, accept_all).checkup
    assert not after.files.problem
    for name, meant in before.items():
        new = [meaning(after, other) for other in after.files.profiles.keys() - before.keys()]
        assert meant in ((), "refused", meaning(after, name), *new), name


def test_value_of_several_lines() -> None:
    """A value that is repaired is written on one line, with all of its words."""
    config = "[profile x]\ncredential_process = ~/tool\n    --account=1\n    --role=A\n"
    after = contents(fixing.fix(checkup_of(config.encode()), accept_all).checkup)[0].decode()
    assert after.splitlines()[1].endswith("/tool --account=1 --role=A")
    assert after.splitlines()[2:] == ["#     --account=1", "#     --role=A"]
