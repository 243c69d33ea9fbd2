"""Edits change managed profiles only: every other byte of the config file is unchanged."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from botocore.configloader import load_config
from botocore.exceptions import ConfigParseError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ssohelper.aws_config import config_edit
from ssohelper.aws_config.config_edit import Edit
from ssohelper.aws_config.config_text import parse
from ssohelper.errors import ConfigConflict
from ssohelper.roles import Account, Role
from ssohelper.settings.model import Settings
from tests.fixtures import awkward_configs, sync_worlds
from tests.fixtures.examples import examples
from tests.fixtures.sync_worlds import World, without_managed

_ADMIN = World((Role(Account("111111111111", "prod"), "Admin"),))
_VIA_PROCESS = World(_ADMIN.roles, Settings(style="credential-process"))
_BOM = b"\xef\xbb\xbf"
# Added by a user at the end of the file between two runs.
_appended = st.sampled_from(
    (b"\n[profile own]\nregion = x\n", b"\n# a note", b"\n\n\n", b"\n\n[profile own]\ns3 =\n  a = 1")
)
_slow = settings(deadline=None, max_examples=examples(120), suppress_health_check=list(HealthCheck))


def _read(path: Path, data: bytes) -> dict[str, Any] | None:
    """What botocore reads; with one more section, because without any it ignores a broken [DEFAULT]."""
    path.write_bytes(data + b"\n[probe]\n")
    try:
        return dict(load_config(str(path)))
    except ConfigParseError:
        return None


def _check_reading(before: dict[str, Any], after: dict[str, Any] | None, world: World) -> None:
    assert after is not None
    managed = {name: values for name, values in after["profiles"].items() if "ssohelper_session" in values}
    assert after == {**before, "profiles": {**before["profiles"], **managed}}
    assert not managed.keys() & before["profiles"].keys()
    assert len(managed) == sync_worlds.profile_count(world.roles, world.settings)


@_slow
@given(original=awkward_configs.files, steps=st.lists(sync_worlds.worlds | _appended, min_size=1, max_size=3))
@example(original=b"", steps=[_ADMIN, _VIA_PROCESS])
@example(original=_BOM, steps=[_ADMIN, b"\n# mine"])
@example(original=b"\n", steps=[_ADMIN])
@example(original=b"[default]\nregion = x\r\r\n", steps=[_ADMIN, sync_worlds.EMPTY])
def test_foreign_bytes(tmp_path: Path, original: bytes, steps: Sequence[World | bytes]) -> None:
    """No sync changes a foreign byte or what botocore reads from them; a second one changes nothing."""
    config = tmp_path / "config"
    data = original
    for step in steps:
        if isinstance(step, bytes):
            data, original = data + step, original + step
            continue
        before = _read(config, original)
        try:
            data = sync_worlds.synced(data, step)
        except ConfigConflict as conflict:
            assert re.search(r"\bline \d+", str(conflict))  # noqa: PT017 # not every file conflicts
            return
        assert without_managed(data) == original
        assert sync_worlds.synced(data, step) == data
        if before is not None:
            _check_reading(before, _read(config, data), step)
    assert sync_worlds.synced(data, sync_worlds.EMPTY) == original


@_slow
@given(original=awkward_configs.files, world=sync_worlds.worlds, rename=st.booleans())
def test_order_of_roles_does_not_matter(original: bytes, world: World, rename: bool) -> None:
    """The same roles in another order give the same bytes."""
    backwards = World(world.roles[::-1], world.settings, rename)
    assert sync_worlds.synced(original, World(world.roles, world.settings, rename)) == sync_worlds.synced(
        original, backwards
    )


FULL = b"""\
# mine
[profile own]
region = x
# about Prod
[profile Prod]  # renamed by me
# inside
  sso_session = main
  sso_account_id = 111111111111
  ; between
  sso_role_name = Admin
  Region : eu-west-3
  s3 =
    max = 1
  cli_pager =
  ssohelper_session = main
# behind

[profile after]
"""


def test_user_changes_stay() -> None:
    """Keys, comments, spacing, a region and a name that the user changed in a managed profile stay."""
    assert sync_worlds.synced(FULL, _ADMIN) == FULL


def test_switch_of_style() -> None:
    """Another style replaces the keys of the old one, with the same indentation; other lines are unchanged."""
    expected = FULL.replace(
        b"  sso_session = main\n  sso_account_id = 111111111111\n  ; between\n  sso_role_name = Admin\n",
        b"  ; between\n",
    ).replace(
        b"  ssohelper_session = main\n",
        b"  ssohelper_session = main\n"
        b"  credential_process = /opt/ssohelper/bin/ssohelper credential-process --session main"
        b" --account-id 111111111111 --role-name Admin\n"
        b"  ssohelper_account_id = 111111111111\n"
        b"  ssohelper_role_name = Admin\n",
    )
    assert sync_worlds.synced(FULL, _VIA_PROCESS) == expected


def test_change_of_a_value() -> None:
    """A changed value keeps its key, its delimiter and the comments between its lines."""
    data = FULL.replace(b"eu-west-3\n", b"eu-west-3\n  # why\n    more\n")
    world = World(_ADMIN.roles, Settings(region="us-east-1"))
    assert sync_worlds.synced(data, world) == FULL.replace(b"Region : eu-west-3\n", b"Region : us-east-1\n  # why\n")


def test_rename_keeps_the_header_line() -> None:
    """A rename changes only the text between the brackets."""
    assert sync_worlds.synced(FULL, World(_ADMIN.roles, rename=True)) == FULL.replace(
        b"[profile Prod]", b"[profile prod.Admin]"
    )


def test_removal() -> None:
    """Removing a profile removes the comments inside it, but not those above and below."""
    assert sync_worlds.synced(FULL, sync_worlds.EMPTY) == (
        b"# mine\n[profile own]\nregion = x\n# about Prod\n# behind\n\n[profile after]\n"
    )


def test_added_to_nothing() -> None:
    """The first profile of an empty file has no blank line above it; when it is replaced, nothing of it is left."""
    first = sync_worlds.synced(b"", _ADMIN)
    other = World((Role(Account("222222222222", "dev"), "Admin"),))
    assert first == (
        b"[profile prod.Admin]\n"
        b"sso_session = main\n"
        b"sso_account_id = 111111111111\n"
        b"sso_role_name = Admin\n"
        b"region = eu-central-1\n"
        b"ssohelper_session = main\n"
    )
    assert sync_worlds.synced(first, other) == sync_worlds.synced(b"", other)


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_line_endings(end: bytes) -> None:
    """New lines have the line ending of the file."""
    original = b"[default]\nregion = x\n".replace(b"\n", end)
    assert sync_worlds.synced(original, _ADMIN) == sync_worlds.synced(original.replace(end, b"\n"), _ADMIN).replace(
        b"\n", end
    )


@pytest.mark.parametrize(
    ("section", "end"),
    [(b"[profile prod.Admin]\r\nregion = a\r\n", b"\r\n"), (b"[profile prod.Admin]\rregion = a\r", b"\r")],
    ids=["CRLF", "CR"],
)
def test_line_ending_of_a_section(section: bytes, end: bytes) -> None:
    """New and changed lines have the line ending of their section; the other sections keep theirs."""
    above, below = b"[profile own]\nregion = x\n\n", b"\n# note\n\n[profile after]\n"
    mark = b"ssohelper_session = main"
    edit = Edit(parse(above + section + mark + below).sections[1], "prod.Admin", {"region": "b", "output": "json"})
    assert config_edit.apply(parse(above + section + mark + below), [edit]) == (
        above + section.replace(b"= a", b"= b") + mark + end + b"output = json" + below
    )


def test_different_line_endings_in_a_section() -> None:
    """Lines of a section with several line endings keep theirs; new ones have that of the header."""
    data = b"[profile a]\r\nk = 1\n\nssohelper_session = main\r# note"
    edit = Edit(parse(data).sections[0], "a", {"k": "2", "new": "3"})
    assert config_edit.apply(parse(data), [edit]) == (
        b"[profile a]\r\nk = 2\n\nssohelper_session = main\r\nnew = 3\r# note"
    )


def test_byte_order_mark_and_no_final_line_ending() -> None:
    """A byte order mark stays, and a file without a final line ending gets none."""
    data = b"\xef\xbb\xbf[profile a]\nK=1\n  2\nssohelper_session = main"
    edit = Edit(parse(data).sections[0], "b", {"k": "2", "new": "3"})
    assert config_edit.apply(parse(data), [edit]) == (
        b"\xef\xbb\xbf[profile b]\nK = 2\nssohelper_session = main\nnew = 3"
    )


def test_new_options_stand_above_trailing_lines() -> None:
    """New options are written above the blank lines and comments at the end of their section."""
    data = b"[profile a]\n  ssohelper_session = main\n\n  # note\n\n\n[profile b]\n"
    edit = Edit(parse(data).sections[0], "a", {"new": "1"})
    assert config_edit.apply(parse(data), [edit]) == data.replace(b"main\n", b"main\n  new = 1\n")


MANAGED = b"[profile prod.Admin]\nsso_account_id = 111111111111\nsso_role_name = Admin\nssohelper_session = main\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            MANAGED + b"[profile 'prod.Admin']\n",
            "profile 'prod.Admin' is defined twice, on lines 1 and 5 of the config file",
        ),
        (
            b"[profile prod.Admin]\n" + MANAGED,
            "profile 'prod.Admin' is defined twice, on lines 1 and 2 of the config file",
        ),
        (
            MANAGED + b"SSO_Role_Name = Other\n",
            "'sso_role_name' is set twice in profile 'prod.Admin', on lines 3 and 5 of the config file",
        ),
        (b"[default]\nregion = \0\n", "line 2 of the config file is not text"),
        (
            b"[default]\nregion = x\n" + MANAGED.replace(b"\nsso", b"\n  sso") + b"  [profile own]\nk = v\n",
            "line 7 of the config file would be read as part of the profile above it",
        ),
    ],
)
def test_conflicts(data: bytes, message: str) -> None:
    """An ambiguous file is refused, with the line."""
    with pytest.raises(ConfigConflict) as refused:
        sync_worlds.synced(data, sync_worlds.EMPTY)
    assert str(refused.value) == message


def test_managed_profiles_are_checked_too() -> None:
    """A managed profile is not removed if the next one would then be read as part of the one above."""
    [first, second, third] = (MANAGED.replace(b"prod", name).replace(b"111", name) for name in (b"a", b"b", b"c"))
    data = first + second.replace(b"\nsso", b"\n  sso") + b"  " + third
    [_, removed, _] = parse(data).sections
    with pytest.raises(ConfigConflict) as refused:
        config_edit.apply(parse(data), [Edit(removed, None)])
    assert str(refused.value) == "line 9 of the config file would be read as part of the profile above it"


@pytest.mark.parametrize("value", ["two\nlines", " padded", "a\n[profile other]"])
def test_values_that_cannot_be_read_back(value: str) -> None:
    """A value that would be read back differently is refused."""
    with pytest.raises(ConfigConflict, match=r"^cannot write \[profile x\] so that AWS tools read the same values$"):
        config_edit.apply(parse(b""), [Edit(None, "x", {"region": value})])


def test_append() -> None:
    """An appended section has a blank line above it, except in an empty file."""
    assert (
        config_edit.append(parse(b"[default]\n"), ["[sso-session s]", "k = v"])
        == b"[default]\n\n[sso-session s]\nk = v\n"
    )
    assert config_edit.append(parse(b""), ["[sso-session s]", "k = v"]) == b"[sso-session s]\nk = v\n"
