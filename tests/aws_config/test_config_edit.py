"""Foreign bytes are sacred: whatever the file and whatever the worlds, only our own profiles change."""

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
from ssohelper.model import Account, Role
from ssohelper.settings.model import Settings
from tests.fixtures import awkward_configs, sync_worlds
from tests.fixtures.sync_worlds import World, without_ours

_ADMIN = World((Role(Account("111111111111", "prod"), "Admin"),))
_VIA_PROCESS = World(_ADMIN.roles, Settings(style="credential-process"))
_BOM = b"\xef\xbb\xbf"
# What a user adds at the end of the file between two of our runs.
_appended = st.sampled_from(
    (b"\n[profile own]\nregion = x\n", b"\n# a note", b"\n\n\n", b"\n\n[profile own]\ns3 =\n  a = 1")
)
_slow = settings(deadline=None, max_examples=250, suppress_health_check=list(HealthCheck))


def _read(path: Path, data: bytes) -> dict[str, Any] | None:
    """What botocore reads, with a section at the end: without any it overlooks a broken [DEFAULT]."""
    path.write_bytes(data + b"\n[probe]\n")
    try:
        return dict(load_config(str(path)))
    except ConfigParseError:
        return None


def _check_reading(before: dict[str, Any], after: dict[str, Any] | None, world: World) -> None:
    assert after is not None
    ours = {name: values for name, values in after["profiles"].items() if "ssohelper_session" in values}
    assert after == {**before, "profiles": {**before["profiles"], **ours}}
    assert not ours.keys() & before["profiles"].keys()
    assert len(ours) == sum(map(world.settings.wants, world.roles))


@_slow
@given(original=awkward_configs.files, steps=st.lists(sync_worlds.worlds | _appended, min_size=1, max_size=3))
@example(original=b"", steps=[_ADMIN, _VIA_PROCESS])
@example(original=_BOM, steps=[_ADMIN, b"\n# mine"])
@example(original=b"\n", steps=[_ADMIN])
@example(original=b"[default]\nregion = x\r\r\n", steps=[_ADMIN, sync_worlds.EMPTY])
def test_foreign_bytes_are_sacred(tmp_path: Path, original: bytes, steps: Sequence[World | bytes]) -> None:
    """After any syncs every foreign byte is as before, botocore reads the same, and again changes nothing."""
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
        assert without_ours(data) == original
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
# about ours
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


def test_user_changes_in_ours_stay() -> None:
    """Own keys, comments, spacing, a changed region and a changed name stay in a profile of ours."""
    assert sync_worlds.synced(FULL, _ADMIN) == FULL


def test_switch_of_style() -> None:
    """A switch of style takes out the one style's keys, adds the other's indented alike, and leaves the rest."""
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
    """A stated value replaces the one in the file on its own line; comments between its lines stay."""
    data = FULL.replace(b"eu-west-3\n", b"eu-west-3\n  # why\n    more\n")
    world = World(_ADMIN.roles, Settings(region="us-east-1"))
    assert sync_worlds.synced(data, world) == FULL.replace(b"Region : eu-west-3\n", b"Region = us-east-1\n  # why\n")


def test_rename_keeps_the_header_line() -> None:
    """A rename changes what stands between the brackets, and nothing else."""
    assert sync_worlds.synced(FULL, World(_ADMIN.roles, rename=True)) == FULL.replace(
        b"[profile Prod]", b"[profile prod.Admin]"
    )


def test_removal() -> None:
    """A removed profile takes its comments along, but not those above and below it."""
    assert sync_worlds.synced(FULL, sync_worlds.EMPTY) == (
        b"# mine\n[profile own]\nregion = x\n# about ours\n# behind\n\n[profile after]\n"
    )


def test_added_to_nothing() -> None:
    """The first profile of an empty file has nothing above it, and replaces another one without a trace."""
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
def test_line_ends(end: bytes) -> None:
    """New lines end as the file's lines do."""
    original = b"[default]\nregion = x\n".replace(b"\n", end)
    assert sync_worlds.synced(original, _ADMIN) == sync_worlds.synced(original.replace(end, b"\n"), _ADMIN).replace(
        b"\n", end
    )


OURS = b"[profile prod.Admin]\nsso_account_id = 111111111111\nsso_role_name = Admin\nssohelper_session = main\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            OURS + b"[profile 'prod.Admin']\n",
            "profile 'prod.Admin' stands on line 1 and on line 5 of the config file",
        ),
        (
            b"[profile prod.Admin]\n" + OURS,
            "profile 'prod.Admin' stands on line 1 and on line 2 of the config file",
        ),
        (
            OURS + b"SSO_Role_Name = Other\n",
            "'sso_role_name' of profile 'prod.Admin' stands on line 3 and on line 5 of the config file",
        ),
        (b"[default]\nregion = \0\n", "line 2 of the config file is not text"),
        (
            b"[default]\nregion = x\n" + OURS.replace(b"\nsso", b"\n  sso") + b"  [profile own]\nk = v\n",
            "line 7 of the config file would be read as part of the profile above it",
        ),
    ],
)
def test_conflicts(data: bytes, message: str) -> None:
    """A file in which we would have to guess is refused, with the line."""
    with pytest.raises(ConfigConflict) as refused:
        sync_worlds.synced(data, sync_worlds.EMPTY)
    assert str(refused.value) == message


def test_our_own_neighbours_are_checked_too() -> None:
    """A profile of ours is not removed where another one of ours would be swallowed by the one above."""
    [first, second, third] = (OURS.replace(b"prod", name).replace(b"111", name) for name in (b"a", b"b", b"c"))
    data = first + second.replace(b"\nsso", b"\n  sso") + b"  " + third
    [_, removed, _] = parse(data).sections
    with pytest.raises(ConfigConflict) as refused:
        config_edit.apply(parse(data), [Edit(removed, None)])
    assert str(refused.value) == "line 9 of the config file would be read as part of the profile above it"


@pytest.mark.parametrize("value", ["two\nlines", " padded", "a\n[profile other]"])
def test_values_that_cannot_be_read_back(value: str) -> None:
    """A value that would be read back as another one is refused."""
    with pytest.raises(ConfigConflict, match="cannot be written so that AWS tools read it back"):
        config_edit.apply(parse(b""), [Edit(None, "x", {"region": value})])


def test_append() -> None:
    """A section is appended below a blank line, and to an empty file without one."""
    assert (
        config_edit.append(parse(b"[default]\n"), ["[sso-session s]", "k = v"])
        == b"[default]\n\n[sso-session s]\nk = v\n"
    )
    assert config_edit.append(parse(b""), ["[sso-session s]", "k = v"]) == b"[sso-session s]\nk = v\n"
