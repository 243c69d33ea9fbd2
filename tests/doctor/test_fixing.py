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
from ssohelper.identity_center import region_checks
from ssohelper.settings.model import Settings
from tests.fixtures import awkward_configs, botocore_view, profile_configs
from tests.fixtures.botocore_view import Refusal
from tests.fixtures.examples import examples

CONFIG, CREDENTIALS = Path("/config"), Path("/credentials")
REGIONS = region_checks.all_regions()
# Without the profile b, the header below it would be read as part of the value above.
INDENTED = """\
[profile a]
output = json
[profile b]
  sso_account_id = 111122223333
 [profile c]
region = us-east-1
"""
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
        agent={"running": False},
        agent_installed=False,
        now=0,
        which=lambda name: f"/bin/{name}",
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


@settings(deadline=None, max_examples=examples(1000), suppress_health_check=CHECKS)
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


@settings(deadline=None, max_examples=examples(1000), suppress_health_check=CHECKS)
@given(config=profile_configs.configs(), credentials=profile_configs.credentials())
def test_fixing_ends(config: str, credentials: str) -> None:
    """With all changes made, none is left to make; the profiles without a finding mean what they meant."""
    checkup = checkup_of(config.encode(), credentials.encode())
    fixed = fixing.fix(checkup, accept_all)
    assert contents(fixing.fix(fixed.checkup, accept_all).checkup) == contents(fixed.checkup)
    if not checkup.files.problem:
        # Sections with a wrong header are found under the name that they get.
        told = {name for each in fixed.findings for name in (each.profile, f"profile {each.profile}")}
        for name in checkup.files.profiles.keys() - told:
            before = meaning(checkup, name)
            # A profile that assumes a role may do so with another one that is fixed.
            if before != "refused" and "assume-role" not in before:
                assert meaning(fixed.checkup, name) == before, name


def meaning(checkup: Checkup, profile: str) -> tuple[object, ...] | Literal["refused"]:
    """What a profile gives credentials of; "refused" if botocore refuses it."""
    try:
        source = credential_source.source_of(checkup.files, profile, {}, explicit=True)
    except Refused:
        return "refused"
    return source.identity if source else ()


@settings(deadline=None, max_examples=examples(1000), suppress_health_check=CHECKS)
@given(data=awkward_configs.files)
def test_any_bytes(data: bytes) -> None:
    """Files with any lines can be checked and fixed; no change is made without a finding."""
    checkup = checkup_of(data)
    fixed = fixing.fix(checkup, accept_all)
    assert (contents(fixed.checkup) == contents(checkup)) == (fixed.findings == [])


@settings(deadline=None, max_examples=examples(500), suppress_health_check=CHECKS)
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
